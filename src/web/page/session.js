// What is asked of the server, and what follows from what is heard.

import { Connection } from "./connection.js";
import { mentions } from "./links.js";
import { Outbox } from "./outbox.js";
import { fill, makePane, placeOf } from "./private.js";
import { browser, tab } from "./storage.js";
import { READ, amend, ends, hear, insert, itemOf, makeRoom, noItems, reachEnd, trim } from "./store.js";

/** @typedef {import("./store.js").Room} Room */
/** @typedef {import("./store.js").Item} Item */
/** @typedef {import("./connection.js").Heard} Heard */

const PAGE = 100;
// How many pages that were missed are looked at for what is unread.
const GAP_PAGES = 5;
/** How often one's own typing is told, and how long that of others is shown. */
const TYPED_MS = 3_000;
const TYPING_MS = 5_000;
const READ_MS = 2_000;
/** Reasons for a removal after which one may come back at once. */
const MAY_RETURN = ["stopping", "silent", "slow"];
/** @param {string} text */
const inOneLine = (text) => text.trim().replace(/\s*\n\s*/g, " ");
/** The first word, and the rest. @param {string} text */
const split = (text) => (/^(\S+)\s*([^]*)$/.exec(text) ?? []).slice(1);

export class Session {
	me = "";
	rooms = new Map();
	/** The room that is looked at. @type {Room | null} */
	active = null;
	/** Commands of every room. @type {import("./completion.js").Command[]} */
	commands = [];
	/** What the first screen tells; it is shown unless this is null. @type {string | null} */
	gate = null;
	/** The server asks for a password. */
	asksPassword = false;
	/** Rooms to come back to. @type {Set<string>} */
	#wanted = new Set(tab.get("rooms", []));
	#started = "";
	#replies = new Map();
	#serial = 0;
	/** The room that is to be shown once it is open, in small letters. */
	#opening = "";
	#typedAt = 0;

	/**
	 * @param {{ changed: () => void, said: (room: Room, item: Item, isMention: boolean) => void, told: (text: string) => void }} on
	 */
	constructor(on) {
		this.on = on;
		this.connection = new Connection({ heard: (what) => this.#heard(what), changed: () => this.#lost(), token: () => tab.get("token"), password: () => tab.get("password") });
		this.outbox = new Outbox({
			send: (what) => this.connection.send(what),
			last: (name) => (this.rooms.get(name)?.isLive ? this.room(name).last : null),
			changed: () => on.changed(),
		});
	}

	all = () => [...this.rooms.values()];
	/** The rooms that one is in, and the private panes. */
	joined = () => this.all().filter((room) => room.isJoined);
	#inRooms = () => this.joined().filter((room) => !room.to);

	#send(type, what) {
		this.connection.send({ type, ...what });
	}

	exit() {
		this.#send("command", { name: "exit" });
		this.#shut("");
	}

	#shut(why) {
		this.connection.stop();
		for (const key of ["token", "password", "name", "rooms", "outbox"]) tab.set(key, null);
		this.outbox.entries = [];
		this.rooms.clear();
		this.#wanted.clear();
		this.active = null;
		this.gate = why;
	}

	#lost() {
		for (const room of this.all()) room.isLive = false;
		this.on.changed();
	}

	room(name) {
		if (name[0] === "@") return this.pane(name.slice(1));
		if (!this.rooms.has(name)) {
			this.rooms.set(name, Object.assign(makeRoom(name), { read: browser.get("read." + name), draft: tab.get("draft." + name, "") }));
		}
		return this.rooms.get(name);
	}

	/** The private pane of a member. @param {string} name */
	pane(name) {
		const known = this.all().find((room) => room.to.toLowerCase() === name.toLowerCase());
		if (known) return known;
		const pane = makePane(name);
		this.rooms.set(pane.name, pane);
		this.#refill(pane);
		return pane;
	}

	/** Hears what was written there and not heard. What was sent in vain is sent again. */
	#refill(pane) {
		this.#history(pane, {}).then((found) => {
			for (const item of fill(pane, found)) this.#heardItem(pane, item, true);
		}).catch(() => {}).then(() => {
			pane.isLive = this.connection.isOnline;
			this.outbox.again(pane.name);
			this.on.changed();
		});
	}

	#closePane(pane) {
		this.rooms.delete(pane.name);
		const [other] = this.#inRooms();
		this.active = null;
		if (other) this.show(other);
	}

	/** Looks at a room, and joins it if need be. */
	show(room) {
		if (this.active) this.active.newAfter = null;
		this.active = room;
		tab.set("active", room.name);
		room.newAfter = null;
		if (!room.isJoined) this.join(room);
		else if (room.unread || room.isStirred) this.#openAtUnread(room);
		this.on.changed();
	}

	/** What is unread begins after a line; it may be further back than what is at hand. */
	#openAtUnread(room) {
		room.newAfter ??= room.read;
		if (room.newAfter < ends(room).first && room.hasOlder) this.go(room, room.newAfter + 1).catch(() => {});
	}

	join(room) {
		room.isOut = false;
		this.#want(room.name, true);
		this.#send("join", { room: room.name, after: room.last || undefined });
	}

	/** Says or does what was typed. */
	say(room, typed) {
		const [name, rest = ""] = /^\/[^/]/.test(typed) ? split(typed.slice(1)) : [];
		if (name === "join" && rest) return this.show(this.room(rest.trim()));
		if (name === "open" && rest) return this.#open(rest);
		if (name === "exit" || name === "quit") return this.exit();
		const [to, words] = name === "msg" ? split(rest.replace(/^@/, "")) : [];
		if (to) {
			const pane = this.pane(to);
			if (words) this.outbox.add(pane.name, words);
			return this.show(pane);
		}
		if (room.to && name === "leave") return this.#closePane(room);
		// Nothing that is typed here may be heard in a room.
		if (room.to && /^(me|undo|edit)$/i.test(name)) this.#reply(room, `/${name} is for rooms.`, typed, true);
		else if (room.to && /^(history|search)$/.test(name)) this.outbox.add(room.name, `${room.name} ${rest}`.trim(), name);
		else if (name) this.outbox.add(room.name, inOneLine(rest), name.toLowerCase());
		else this.outbox.add(room.name, typed.replace(/^\/\//, "/"), undefined, room.last > 0);
		this.#typedAt = 0;
		room.newAfter = null;
		this.go(room).catch(() => {});
		this.on.changed();
	}

	#open(rest) {
		const [room, topic] = split(rest);
		this.#opening = room.toLowerCase();
		this.#send("open", { room, topic: inOneLine(topic) });
	}

	typing(room) {
		if (room.to || !room.isLive || Date.now() - this.#typedAt < TYPED_MS) return;
		this.#typedAt = Date.now();
		this.#send("typing", { room: room.name });
	}

	markRead(room) {
		if (room.read === room.last && !room.unread) return;
		Object.assign(room, READ, { read: room.last });
		if (room.to) return this.on.changed();
		browser.set("read." + room.name, room.last);
		room.tellsRead ||= setTimeout(() => {
			room.tellsRead = 0;
			if (room.isLive) this.#send("read", { room: room.name, id: room.read });
		}, READ_MS);
		this.on.changed();
	}

	async #history(room, which) {
		try {
			const { head, found } = await this.connection.ask({ type: "history", ...placeOf(room), limit: PAGE, ...which });
			return { head, items: found.map(itemOf) };
		} catch (refusal) {
			if (refusal.why !== "too_fast") throw refusal;
			await new Promise((done) => setTimeout(done, 2000));
			return this.#history(room, which);
		}
	}

	async older(room) {
		const { head, items } = await this.#history(room, { before: ends(room).first });
		insert(room, items);
		trim(room, false);
		room.hasOlder = head.older;
	}

	async newer(room) {
		const { head, items } = await this.#history(room, { after: ends(room).last });
		insert(room, items);
		if (!head.newer) reachEnd(room);
		trim(room, true);
	}

	/** Moves the window to where a message is, or to the newest. */
	async go(room, id) {
		if (id ? room.items.some((item) => item.id === id) : !room.hasNewer) return;
		const before = await this.#history(room, { before: id && id + 1 });
		const after = id ? await this.#history(room, { after: id }) : { head: {}, items: [] };
		Object.assign(room, { items: [...before.items, ...after.items], hasOlder: before.head.older, hasNewer: true });
		if (!after.head.newer) reachEnd(room);
		this.on.changed();
	}

	async search(room, words) {
		const { head, found } = await this.connection.ask({ type: "search", ...placeOf(room), words, limit: 50 });
		return { isCut: head.older || head.partial, items: found.map(itemOf).reverse() };
	}

	#heard(what) {
		const { type } = what;
		const room = what.closed && !this.rooms.has(what.room) ? null : what.room && this.room(what.room);
		if (type === "hello") this.#hello(what);
		else if (type === "welcome") this.#welcome(room, what);
		else if (type === "gap") this.#gap(room, what.before);
		else if (type === "live") this.#live(room);
		else if (type === "private" && !what.replayed) this.#private(what);
		else if (what.time && type !== "found" && type !== "private") this.#news(room, what);
		else if (type === "typing") {
			room.typing.set(what.who, Date.now() + TYPING_MS);
			setTimeout(this.on.changed, TYPING_MS + 50);
		} else if (type === "parted") {
			Object.assign(room, { isJoined: false, isLive: false, isOut: true, members: new Map() });
			this.#want(room.name, false);
			this.#reply(room, what.text);
		} else if (type === "nick") this.#renamed(what);
		else if (type === "gone") {
			const pane = this.rooms.get("@" + what.name);
			if (pane) this.#reply(pane, what.name + " has left.");
		}
		else if (type === "room") {
			if (!what.closed) this.#row(what);
			else if (room && !room.isJoined && room !== this.active) this.rooms.delete(room.name);
		} else if (type === "done") {
			this.#replies.delete(what.label);
			this.#done(what);
		} else if (type === "removed") {
			if (!MAY_RETURN.includes(what.why)) this.#shut(`You were removed: ${what.reason}`);
		} else this.#answer(what);
		this.on.changed();
	}

	#hello({ name, token, started = "" }) {
		this.me = name;
		this.gate = null;
		tab.set("name", name);
		tab.set("token", token);
		browser.set("name", name);
		// The ids begin anew.
		if (this.#started && started !== this.#started) {
			for (const room of this.all()) Object.assign(room, noItems(), READ, { last: 0, read: room.to ? 0 : null });
		}
		this.#started = started;
		for (const room of this.all()) if (room.to) this.#refill(room);
		for (const name of this.#wanted) this.join(this.room(name));
		if (!this.#wanted.size) this.#send("join");
		this.#send("typing", { watch: true });
		this.#listRooms(true);
	}

	#listRooms(watch) {
		this.#ask({ type: "rooms", watch }, ({ rooms, commands }) => {
			this.commands = commands;
			for (const row of rooms) this.#row(row);
		});
	}

	#row({ room, purpose, count, topic, commands = [] }) {
		Object.assign(this.room(room), { purpose, count, commands, topic: topic?.text ?? "" });
	}

	#want(name, isWanted) {
		this.#wanted[isWanted ? "add" : "delete"](name);
		tab.set("rooms", [...this.#wanted]);
	}

	#welcome(room, { echoes, count, present, read, topic }) {
		Object.assign(room, { isJoined: true, isLive: false, echoes, count, topic: topic?.text ?? "" });
		room.members = new Map([...present.map((one) => [one.who, one.is]), [this.me, "person"]]);
		if (read) room.read = Math.max(room.read ?? 0, read);
		this.#want(room.name, true);
		const last = tab.get("active");
		if (!this.active && (last === room.name || !this.#wanted.has(last))) this.show(room);
		if (room.name.toLowerCase() === this.#opening) {
			this.#opening = "";
			this.show(room);
			if (!room.commands.length) this.#listRooms(false);
		}
		if (count <= room.members.size) return;
		this.#ask({ type: "members", room: room.name }, ({ members }) => {
			for (const one of members) room.members.set(one.who, one.is);
		});
	}

	#ask(what, take) {
		this.connection.ask(what).then(({ head }) => {
			take(head);
			this.on.changed();
		}, () => {});
	}

	/** Some of what was said since the loss is not replayed. Our own words may be in it, and words to us. */
	async #gap(room, before) {
		let after = room.last;
		Object.assign(room, noItems(), { hasOlder: true });
		if (!after) return;
		room.isGapAsked = true;
		for (let page = 0; after < before && page < GAP_PAGES; page++) {
			const { head = {}, items = [] } = await this.#history(room, { after }).catch(() => ({}));
			for (const item of items) {
				this.#own(room, item);
				if (item.id < before) this.#count(room, item, true);
			}
			after = head.newer ? items.at(-1).id : before;
		}
		room.isGapAsked = false;
		this.#live(room);
	}

	#live(room) {
		if (room.isGapAsked) return;
		room.isLive = this.connection.isOnline;
		room.hasOlder ||= room.items.length > 0 && ends(room).first > 1;
		// Who comes for the first time has read all of the past.
		if (room.read === null) this.markRead(room);
		else if (room === this.active && room.unread) this.#openAtUnread(room);
		this.outbox.again(room.name);
		this.on.changed();
	}

	#own(room, item) {
		if (item.who === this.me) this.outbox.heard(room.name, item);
	}

	#news(room, what) {
		if (what.message) return amend(room, what);
		const item = itemOf(what);
		room.typing.delete(item.who);
		if (what.type === "topic") room.topic = what.text;
		else if (item.is === "host") room.host = item.who;
		if (item.kind === "moved") {
			room.members.delete(what.was ?? item.who);
			if (what.type !== "left") room.members.set(item.who, item.is);
			if (what.was) this.#renamePane(what.was, item.who);
		}
		if (item.kind === "moved" && item.who === this.me) room.last = Math.max(room.last, item.id);
		else if (hear(room, item) && item.kind !== "moved") this.#heardItem(room, item, what.replayed);
	}

	/** Somebody that one writes to has another name, or oneself. */
	#renamed({ was, name, label }) {
		this.#renamePane(was, name);
		if (was !== this.me) return;
		this.me = name;
		tab.set("name", name);
		for (const room of this.all()) if (room.members.delete(was)) room.members.set(name, "person");
		this.outbox.take(label);
		if (this.active) this.#reply(this.active, "You are now " + name);
	}

	/** A pane follows its member, unless the new name has one. */
	#renamePane(was, name) {
		const key = "@" + name;
		const pane = this.rooms.get("@" + was);
		if (!pane || this.rooms.has(key)) return;
		this.rooms.delete(pane.name);
		for (const entry of this.outbox.entries) if (entry.room === pane.name) entry.room = key;
		this.rooms.set(key, Object.assign(pane, { name: key, to: name }));
	}

	#private(what) {
		const pane = this.pane(what.from === this.me ? what.to : what.from);
		const item = itemOf(what);
		if (item.who !== this.me) pane.members.set(item.who, item.is);
		if (hear(pane, item)) this.#heardItem(pane, item, false);
	}

	/** Something new was said: it may be our own words, and else it is unread. */
	#heardItem(room, item, isReplayed) {
		this.#own(room, item);
		this.#count(room, item, isReplayed);
	}

	/** Counts what is not read yet. */
	#count(room, item, isReplayed) {
		if (item.who === this.me || room.read === null || item.id <= room.read) return;
		const isMention = item.is !== "bot" && (room.to !== "" || mentions(item.text, this.me));
		if (item.is === "person") room.unread += 1;
		else room.isStirred = true;
		if (isMention) room.mentions += 1;
		if (!isReplayed) this.on.said(room, item, isMention);
	}

	/** What was typed is done. */
	#done({ label, id }) {
		const entry = this.outbox.take(label);
		const room = entry && this.room(entry.room);
		if (!room || room.echoes || !id || (entry.command ?? "me") !== "me") return;
		hear(room, { id, kind: entry.command ? "acted" : "said", who: this.me, is: "person", text: entry.text, time: Date.now() });
	}

	#answer(what) {
		const isRefused = what.type === "refused";
		if (isRefused && !this.connection.isOnline) {
			this.gate = what.text;
			this.asksPassword ||= what.why === "password";
			return;
		}
		const line = what.type === "found" ? itemOf(what) : what.type === "private" ? `[${what.from} to ${what.to}] ${what.text}` : what.text;
		const entry = this.outbox.entries.find((one) => one.label === what.label);
		if (isRefused && !entry && !this.active?.isJoined) {
			// It was a room that one may not join, or that is closed by now.
			const [other] = this.#inRooms();
			if (what.why === "no_room" && this.active) this.rooms.delete(this.active.name);
			if (other) this.show(other);
			else if (this.#wanted.size) this.#send("join");
			this.#wanted = new Set(this.#inRooms().map((room) => room.name));
		}
		const room = entry ? this.room(entry.room) : this.active;
		if (!room || !line) return;
		const known = this.#replies.get(what.label);
		if (known && !isRefused) {
			known.lines = [...known.lines, line];
			return;
		}
		if (isRefused && entry) this.outbox.take(entry.label);
		const reply = this.#reply(room, line, entry ? (entry.command ? `/${entry.command} ` : "") + entry.text : "", isRefused);
		if (what.label) this.#replies.set(what.label, reply);
	}

	#reply(room, line, text = "", isRefusal = false) {
		const id = Math.floor(room.last) + 0.5 + (++this.#serial % 500) / 1024;
		const reply = { id, kind: "reply", who: "", is: "host", text, time: Date.now(), lines: [line], isRefusal };
		insert(room, [reply]);
		this.on.told(typeof line === "string" ? line : line.text);
		return reply;
	}
}
