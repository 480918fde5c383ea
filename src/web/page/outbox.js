// What was typed and is not heard yet. It outlives a lost connection, a killed server, a page that is loaded again.

import { tab } from "./storage.js";

// The server removes whoever is faster.
const BURST = 5;
const BURST_MS = 4_200;
const BETWEEN_MS = 400;

/**
 * @typedef {{ label: string, room: string, text: string, command?: string, sent: boolean, after: number, ongoing?: boolean }} Entry
 *   `command`: its name without a slash, `text` follows it; `sent`: maybe in vain; `after`: the greatest id heard before;
 *   `ongoing`: not for whoever has the name of the other one since
 */

export class Outbox {
	entries = tab.get("outbox", []);
	#labels = Date.now() % 1e9;
	#sentAt = [];
	#timer = 0;

	/**
	 * @param {{ send: (what: object) => void, last: (room: string) => number | null, changed: () => void }} on
	 *   `last`: the greatest id of a room; null if nothing can be said there now
	 */
	constructor(on) {
		this.on = on;
	}

	add(room, text, command, ongoing) {
		this.#keep([...this.entries, { label: `o${++this.#labels}`, room, text, command, sent: false, after: 0, ongoing }]);
		this.flush();
	}

	/** Sends what may be sent now, and the rest in a while. */
	flush() {
		clearTimeout(this.#timer);
		for (const entry of this.entries) {
			const after = this.on.last(entry.room);
			if (entry.sent || after === null) continue;
			const wait = Math.max((this.#sentAt.at(-BURST) ?? 0) + BURST_MS, (this.#sentAt.at(-2) ?? 0) + BETWEEN_MS) - Date.now();
			if (wait > 0) {
				this.#timer = setTimeout(() => this.flush(), wait);
				return;
			}
			this.#sentAt = [...this.#sentAt.slice(1 - BURST), Date.now()];
			Object.assign(entry, { sent: true, after });
			const { label, room, text, command, ongoing } = entry;
			const place = room[0] === "@" ? { to: room.slice(1), ongoing } : { room };
			this.on.send(command === undefined ? { type: "say", label, ...place, text }
				: { type: "command", label, room: place.room, name: command, rest: text });
		}
		this.#keep(this.entries);
	}

	/** Takes out what has this label. */
	take(label) {
		const entry = this.entries.find((entry) => entry.label === label);
		if (entry) this.#keep(this.entries.filter((other) => other !== entry));
		return entry;
	}

	/** One's own words are heard. */
	heard(room, { id, kind, text }) {
		const entry = this.entries.find((entry) => entry.sent && id > entry.after && entry.room === room && entry.text === text &&
			entry.command === (kind === "acted" ? "me" : undefined));
		if (entry) this.take(entry.label);
	}

	/**
	 * All that was said since the loss is known: what is still here was not heard. Nobody knows whether commands were done;
	 * they are not sent again.
	 * @param {string} room
	 */
	again(room) {
		const isLost = (entry) => entry.room === room && entry.sent;
		this.#keep(this.entries.filter((entry) => !isLost(entry) || (entry.command ?? "me") === "me"));
		for (const entry of this.entries.filter(isLost)) entry.sent = false;
		this.flush();
	}

	#keep(entries) {
		this.entries = entries;
		tab.set("outbox", entries.length ? entries : null);
		this.on.changed();
	}
}
