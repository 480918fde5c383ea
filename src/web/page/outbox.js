// What was typed and is not heard yet. It outlives a lost connection, a killed server and a page that is loaded again.

import { tab } from "./storage.js";

/** So many in so much time, and then one after another: the server removes whoever is faster. */
const BURST = 5;
const BURST_MS = 4_200;
const BETWEEN_MS = 400;

/**
 * @typedef {object} Entry
 * @property {string} label
 * @property {string} room
 * @property {string} text as it was typed
 * @property {string} [command] a command's name without its slash; then `text` is what follows it
 * @property {boolean} sent it was sent, maybe in vain
 * @property {number} after the room's greatest id when it was sent
 */

export class Outbox {
  /** @type {Entry[]} */
  entries = tab.get("outbox", []);
  #labels = Date.now() % 1e9;
  /** @type {number[]} */
  #sentAt = [];
  #timer = 0;

  /**
   * @param {{ send: (what: Record<string, any>) => void, mayLabel: () => boolean, open: (room: string) => number | null,
   *   changed: (room: string) => void, sent: (entry: Entry) => void }} on `open`: the greatest id that was heard in the
   *   room; null if nothing can be said there now
   */
  constructor(on) {
    this.on = on;
  }

  /**
   * @param {string} room
   * @param {string} text
   * @param {string} [command]
   */
  add(room, text, command) {
    this.entries.push({ label: "o" + ++this.#labels, room, text, command, sent: false, after: 0 });
    this.#keep(room);
    this.flush();
  }

  /** Sends what may be sent now, and the rest in a while. */
  flush() {
    clearTimeout(this.#timer);
    for (const entry of this.entries) {
      const after = this.on.open(entry.room);
      if (entry.sent || after === null) continue;
      const now = Date.now();
      const last = this.#sentAt;
      const wait = Math.max((last.at(-BURST) ?? 0) + BURST_MS, (last.at(-2) ?? 0) + BETWEEN_MS) - now;
      if (wait > 0) {
        this.#timer = setTimeout(() => this.flush(), wait);
        return;
      }
      this.#sentAt = [...last.slice(1 - BURST), now];
      Object.assign(entry, { sent: true, after });
      const { room, text, command } = entry;
      const what = command === undefined ? { type: "say", room, text } : { type: "command", room, name: command, rest: text };
      this.on.send(this.on.mayLabel() ? { ...what, label: entry.label } : what);
      this.#keep(room);
      this.on.sent(entry);
    }
  }

  /**
   * Takes out the entry with this label, and returns it.
   * @param {string} label
   */
  take(label) {
    const entry = this.entries.find((entry) => entry.label === label);
    if (entry) this.#drop(entry);
    return entry;
  }

  /**
   * One's own words are heard: they are out.
   * @param {string} room
   * @param {string} text
   * @param {boolean} isActed
   * @param {number} id
   */
  heard(room, text, isActed, id) {
    const command = isActed ? "me" : undefined;
    const entry = this.entries.find((entry) =>
      entry.sent && id > entry.after && entry.room === room && entry.text === text && entry.command === command);
    if (entry) this.#drop(entry);
  }

  /**
   * After a loss, when all that was said meanwhile is known: what is still here was not heard, and is sent again. Commands
   * are not: nobody knows whether they were done.
   * @param {string} room
   */
  again(room) {
    const isIn = (/** @type {Entry} */ entry) => entry.room === room && entry.sent;
    for (const entry of this.entries.filter(isIn)) {
      if (entry.command === undefined || entry.command === "me") entry.sent = false;
      else this.#drop(entry);
    }
    this.flush();
  }

  /** @param {Entry} entry */
  #drop(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    this.#keep(entry.room);
  }

  /** @param {string} room */
  #keep(room) {
    tab.set("outbox", this.entries.length ? this.entries : null);
    this.on.changed(room);
  }
}
