// What outlives the page's memory. A browser may forbid storage; then everything still works until the page is closed.

/**
 * @param {() => Storage} storage of the tab, or of the browser
 */
function kept(storage) {
  return {
    /**
     * @param {string} key
     * @param {any} [otherwise] what to return if nothing is kept
     */
    get(key, otherwise = null) {
      try {
        return JSON.parse(storage().getItem("salon." + key) ?? "null") ?? otherwise;
      } catch {
        return otherwise;
      }
    },
    /**
     * @param {string} key
     * @param {unknown} value `null` forgets it
     */
    set(key, value) {
      try {
        if (value == null) storage().removeItem("salon." + key);
        else storage().setItem("salon." + key, JSON.stringify(value));
      } catch {
        // No storage, or it is full.
      }
    },
  };
}

/** Of this tab: who one is, rooms, drafts, unsent words. Each tab is somebody of its own. */
export const tab = kept(() => sessionStorage);

/** Of this browser: settings, the last name, how far one has read. */
export const browser = kept(() => localStorage);
