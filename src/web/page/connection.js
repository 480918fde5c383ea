// The WebSocket: one JSON object a frame. It comes back by itself, and knows within ten seconds that it is lost.

const SILENT_MS = 8_000;
const PING_MS = 4_000;
const LONGEST_WAIT_MS = 15_000;
const GHOST_TRIES = 6;

/** @typedef {Record<string, any>} Heard an object of the protocol; its `type` says which */

export class Connection {
	#socket = null;
	#name = "";
	/** The name is ours, so a refusal may be due to our own lost connection. */
	#isKnown = false;
	#tries = 0;
	#ghostTries = 0;
	#heardAt = 0;
	#lookedAt = 0;
	#labels = 0;
	#timer = 0;
	/** Questions whose answers are not complete, by label. */
	#asked = new Map();
	#lastQuestion = Promise.resolve();

	isOnline = false;
	/** It tries again in a while. */
	isWaiting = false;
	/** Why the last attempt failed, in the server's words. */
	why = "";

	constructor(on) {
		this.on = on;
		setInterval(() => this.#watch(), 1000);
		const now = () => this.#name && !this.#socket && !document.hidden && this.#open();
		addEventListener("online", now);
		document.addEventListener("visibilitychange", now);
	}

	start(name, isKnown = false) {
		this.#name = name;
		this.#isKnown = isKnown;
		this.#tries = this.#ghostTries = 0;
		if (this.#socket?.readyState === 1) this.#hello();
		else this.#open();
	}

	/** Closes the connection for good. */
	stop() {
		this.#name = "";
		this.#socket?.close(1000);
		this.#lost();
	}

	send(what) {
		if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(what));
	}

	/**
	 * Asks, one question at a time. Rejects with the refusal, or with an empty object when the connection is lost.
	 * @param {Heard} what @returns {Promise<{ head: Heard, found: Heard[] }>}
	 */
	ask(what) {
		const answer = this.#lastQuestion.then(() => new Promise((done, fail) => {
			if (!this.isOnline) return fail({});
			const label = `q${++this.#labels}`;
			this.#asked.set(label, { found: [], done, fail });
			this.send({ ...what, label });
		}));
		this.#lastQuestion = answer.then(() => {}, () => {});
		return answer;
	}

	#open() {
		clearTimeout(this.#timer);
		const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws", ["salon.v1"]);
		this.#socket = socket;
		this.#heardAt = Date.now();
		const ifOurs = (work) => (event) => socket === this.#socket && work(event);
		socket.onopen = ifOurs(() => this.#hello());
		socket.onmessage = ifOurs((event) => this.#hear(JSON.parse(event.data)));
		socket.onclose = ifOurs(() => this.#lost());
		// A browser does not tell why a WebSocket is refused.
		socket.onerror = ifOurs(async () => {
			const answer = await fetch("/health").catch(() => null);
			this.why = answer && !answer.ok ? await answer.text() : "";
			this.on.changed();
		});
	}

	#hello() {
		this.send({ type: "hello", version: 1, name: this.#name, lines: true, token: this.on.token() ?? undefined, password: this.on.password() ?? undefined });
	}

	#hear(what) {
		const { type } = what;
		this.#heardAt = Date.now();
		if (type === "pong") return;
		if (what.was === this.#name) this.#name = what.name;
		if (type === "hello") {
			this.#name = what.name;
			this.isOnline = this.#isKnown = true;
			this.isWaiting = false;
			this.#tries = this.#ghostTries = 0;
		} else if (type === "refused" && !this.isOnline) {
			if (what.why === "name_taken" && this.#isKnown && this.#ghostTries++ < GHOST_TRIES) {
				setTimeout(() => this.isOnline || this.#hello(), 2000);
				return;
			}
			this.#isKnown = false;
			this.#name = "";
		}
		const question = this.#asked.get(what.label);
		if (!question) return this.on.heard(what);
		if (type === "refused") question.fail(what);
		else if (type === "found" || type === "private") question.found.push(what);
		else question.head = what;
		if (type === "history" ? what.count : what.more) return;
		this.#asked.delete(what.label);
		question.done(question);
	}

	#lost() {
		this.#socket = null;
		this.isOnline = false;
		for (const question of this.#asked.values()) question.fail({});
		this.#asked.clear();
		if (this.#name) {
			const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** this.#tries++) * (0.75 + Math.random() / 2);
			this.isWaiting = true;
			this.#timer = setTimeout(() => this.#open(), wait);
		}
		this.on.changed();
	}

	#watch() {
		const now = Date.now();
		// A page that was asleep has not listened: it asks first.
		if (now - this.#lookedAt > PING_MS) this.#heardAt = now - PING_MS - 1;
		this.#lookedAt = now;
		const silent = this.#socket ? now - this.#heardAt : 0;
		if (silent > SILENT_MS) {
			const socket = this.#socket;
			this.#lost();
			socket?.close();
		} else if (silent > PING_MS && this.isOnline) this.send({ type: "ping" });
	}
}
