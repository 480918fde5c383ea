// The WebSocket: one JSON object a frame. It comes back by itself, and knows within ten seconds that it is lost.

const SILENT_MS = 9_000;
const PING_MS = 4_500;
const LONGEST_WAIT_MS = 15_000;
const GHOST_TRIES = 6;

/** @typedef {Record<string, any>} Heard an object of the protocol; its `type` says which */

export class Connection {
  /** @type {WebSocket | null} */
  #socket = null;
  #name = "";
  /** A name was given on this connection, and none before it was lost on purpose. */
  #isKnown = false;
  #tries = 0;
  #ghostTries = 0;
  #heardAt = 0;
  #labels = 0;
  #timer = 0;
  /** Questions whose answers are not complete. @type {Map<string, { found: Heard[], head: Heard, done: Function, fail: Function }>} */
  #asked = new Map();
  #lastQuestion = Promise.resolve();

  isOnline = false;
  /** When the next attempt is made, in milliseconds since 1970. */
  retryAt = 0;
  /** What the server can do. @type {Set<string>} */
  features = new Set();

  /**
   * @param {{ heard: (what: Heard) => void, changed: () => void, token: () => string | null }} on
   */
  constructor(on) {
    this.on = on;
    setInterval(() => this.#watch(), 1000);
    const now = () => this.#name && !this.#socket && this.#open();
    addEventListener("online", now);
    document.addEventListener("visibilitychange", () => document.hidden || now());
  }

  /**
   * Comes in under a name.
   * @param {string} name
   * @param {boolean} isKnown the name was ours before the page was loaded again
   */
  start(name, isKnown) {
    this.#name = name;
    this.#isKnown = isKnown;
    this.#tries = this.#ghostTries = 0;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#hello();
    else this.#open();
  }

  /** Closes the connection, and lets it stay closed. */
  stop() {
    this.#name = "";
    this.#socket?.close(1000);
    this.#lost(null);
  }

  /** @param {Heard} what */
  send(what) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(what));
  }

  /**
   * Asks, and resolves with the answer and what was found. One question is asked at a time. Rejects with the refusal, or
   * with an empty object when the connection is lost.
   * @param {Heard} what
   * @returns {Promise<{ head: Heard, found: Heard[] }>}
   */
  ask(what) {
    const answer = this.#lastQuestion.then(() => new Promise((done, fail) => {
      if (!this.isOnline) return fail({});
      const label = "q" + ++this.#labels;
      this.#asked.set(label, { found: [], head: {}, done, fail });
      this.send({ ...what, label });
    }));
    this.#lastQuestion = answer.then(() => {}, () => {});
    return answer;
  }

  #open() {
    clearTimeout(this.#timer);
    this.#socket?.close();
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    const socket = new WebSocket(scheme + location.host + "/ws", ["salon.v1"]);
    this.#socket = socket;
    this.#heardAt = Date.now();
    socket.onopen = () => socket === this.#socket && this.#hello();
    socket.onmessage = (event) => socket === this.#socket && this.#hear(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.#socket && this.#lost(event);
  }

  #hello() {
    const token = this.on.token() ?? undefined;
    this.send({ type: "hello", version: 1, name: this.#name, bot: false, typing: true, token });
  }

  /** @param {Heard} what */
  #hear(what) {
    this.#heardAt = Date.now();
    if (what.type === "hello") {
      this.features = new Set(what.features ?? []);
      this.#name = what.name;
      this.isOnline = this.#isKnown = true;
      this.#tries = this.#ghostTries = 0;
      this.on.changed();
    } else if (what.type === "refused" && !this.isOnline) {
      // After a loss the server may still hold our old connection for a while.
      if (what.why === "name_taken" && this.#isKnown && this.#ghostTries++ < GHOST_TRIES) {
        setTimeout(() => this.#socket?.readyState === WebSocket.OPEN && this.#hello(), 2000);
        return;
      }
      this.#isKnown = false;
    }
    const question = this.#asked.get(what.label);
    if (what.type === "pong") return;
    if (!question) return this.on.heard(what);
    if (what.type === "refused") question.fail(what);
    else if (what.type === "found") question.found.push(what);
    else if (what.type === "history" || what.type === "rooms" || what.type === "members") question.head = what;
    else return this.on.heard(what);
    if (what.type === "history" ? what.count > 0 : what.more > 0) return;
    this.#asked.delete(what.label);
    question.done({ head: question.head, found: question.found });
  }

  /** @param {CloseEvent | null} event */
  #lost(event) {
    const wasOnline = this.isOnline;
    this.#socket = null;
    this.isOnline = false;
    for (const question of this.#asked.values()) question.fail({});
    this.#asked.clear();
    if (event?.code === 1000 || event?.code === 1008) this.#name = "";
    if (wasOnline) this.#tries = 0;
    if (this.#name) {
      const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** this.#tries++) * (0.75 + Math.random() / 2);
      this.retryAt = Date.now() + wait;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#open(), wait);
    }
    this.on.changed();
  }

  /** Looks, once a second, whether anything is heard. */
  #watch() {
    const silent = Date.now() - this.#heardAt;
    if (!this.#socket) return;
    if (silent >= SILENT_MS && (!this.isOnline || this.features.has("ping"))) {
      // A socket that is not answered may take minutes to close; it is left alone.
      const socket = this.#socket;
      this.#lost(null);
      socket.close();
    } else if (silent >= PING_MS && this.isOnline && this.features.has("ping")) this.send({ type: "ping" });
  }
}
