// What outlives the page. A browser may forbid it; then everything works until the page is closed.

const kept = (storage) => ({
	get(key, otherwise = null) {
		try {
			return JSON.parse(storage().getItem("salon." + key)) ?? otherwise;
		} catch {
			return otherwise;
		}
	},
	/** `null` forgets it. */
	set(key, value) {
		try {
			if (value == null) storage().removeItem("salon." + key);
			else storage().setItem("salon." + key, JSON.stringify(value));
		} catch {}
	},
});

/** Of this tab, which is somebody of its own: name, rooms, drafts, unsent words. */
export const tab = kept(() => sessionStorage);

/** Of this browser: settings, the last name, how far one has read. */
export const browser = kept(() => localStorage);
