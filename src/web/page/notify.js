// How a page that nobody looks at is noticed; and what a screen reader is told.

import { byId } from "./dom.js";

/** @type {AudioContext | undefined} */
let audio;
// A browser lets a page sound only after somebody has touched it.
for (const touched of ["pointerdown", "keydown"]) addEventListener(touched, () => (audio ??= new AudioContext()), { once: true });

export function chime() {
	for (const [pitch, after] of audio ? [[660, 0], [880, 0.12]] : []) {
		const at = audio.currentTime + after;
		const volume = new GainNode(audio, { gain: 0.12 });
		const tone = new OscillatorNode(audio, { frequency: pitch });
		volume.gain.setTargetAtTime(0, at + 0.05, 0.08);
		tone.connect(volume).connect(audio.destination);
		tone.start(at);
		tone.stop(at + 0.5);
	}
}

/** @param {string} title @param {string} body @param {() => void} open */
export function notify(title, body, open) {
	try {
		new Notification(title, { body, tag: title }).onclick = () => {
			focus();
			open();
		};
	} catch {
		// Phones let only service workers do that.
	}
}

/** @type {string[]} */
let told = [];

/** Has a screen reader read `text`; of many sentences at once, their number. @param {string} text */
export function tell(text) {
	if (told.push(text) > 1) return;
	setTimeout(() => {
		byId("live").textContent = told.length > 3 ? `${told.length} new messages` : told.join("\n");
		told = [];
	}, 400);
}

/** Title and icon. @param {string} title @param {number} unread @param {boolean} isMention */
export function mark(title, unread, isMention) {
	document.title = (unread ? `(${isMention ? "@" : ""}${unread}) ` : "") + title;
	const icon = byId("icon");
	const href = icon.href.replace(/icon[^/]*$/, unread ? "icon-unread.svg" : "icon.svg");
	if (icon.href !== href) icon.href = href;
}
