// What is asked of the server, and what follows from what is heard.

import { Connection } from "./connection.js";
import { mentions } from "./links.js";
import { Outbox } from "./outbox.js";
import { browser, tab } from "./storage.js";
import { empty, ends, hear, insert, itemOf, makeRoom, reachEnd, trim } from "./store.js";

/** @typedef {import("./store.js").Room} Room */
/** @typedef {import("./store.js").Item} Item */
/** @typedef {import("./connection.js").Heard} Heard */

const PAGE = 100;
const TYPING_MS = 5_000;
/** Reasons for a removal after which one may come back at once. */
const MAY_RETURN = ["stopping", "silent", "slow"];

export class Session {
  me = "";
  /** @type {Map<string, Room>} */
  rooms = new Map();
  /** The room that is looked at. @type {Room | null} */
  active = null;
  /** Commands of every room. @type {import("./completion.js").Command[]} */
  commands = [];
  /** What to tell on the first screen; it is shown while this is not null. @type {string | null} */
  gate = null;
  /** The first room, whatever its name, is to be joined, and looked at. */
  #wantsFirst = false;
  /** @type {Set<string>} */
  #wanted = new Set(tab.get("rooms", []));
  #started = "";
  #replies = new Map();
  #serial = 0;
  #typedAt = 0;

  /**
   * @param {{ changed: () => void, said: (room: Room, item: Item, isMention: boolean) => void, told: (text: string) => void }} on
   *   something changed; somebody said something new; the reader is told something
   */
  constructor(on) {
    this.on = on;
    this.connection = new Connection({
      heard: (what) => this.#heard(what),
      changed: () => this.#connectionChanged(),
      token: () => tab.get("token"),
    });
    this.outbox = new Outbox({
      send: (what) => this.connection.send(what),
      mayLabel: () => this.can("label"),
      open: (name) => {
        const room = this.rooms.get(name);
        return this.connection.isOnline && room?.isLive ? room.last : null;
      },
      changed: () => this.on.changed(),
      sent: (entry) => {
        const isHeard = this.rooms.get(entry.room)?.echoes && (entry.command === undefined || entry.command === "me");
        if (!this.can("label") && !isHeard) this.#isOut(entry, null);
      },
    });
  }

  /** @param {string} feature */
  can(feature) {
    return this.connection.features.has(feature);
  }

  /**
   * Comes in.
   * @param {string} name
   * @param {boolean} isKnown it was ours before the page was loaded again
   */
  enter(name, isKnown) {
    const named = decodeURIComponent(location.hash.slice(1));
    if (named) this.#wanted.add(named);
    else if (!this.#wanted.size) this.#wantsFirst = true;
    this.connection.start(name, isKnown);
  }

  /** Leaves the chat. */
  exit() {
    this.connection.send({ type: "command", name: "exit", rest: "" });
    this.#shut("");
  }

  /** @param {string} why */
  #shut(why) {
    this.connection.stop();
    for (const key of ["token", "name", "rooms", "outbox"]) tab.set(key, null);
    this.outbox.entries = [];
    this.rooms.clear();
    this.#wanted.clear();
    this.active = null;
    this.gate = why;
    this.on.changed();
  }

  #connectionChanged() {
    if (!this.connection.isOnline) for (const room of this.rooms.values()) room.isLive = false;
    this.on.changed();
  }

  /** @param {string} name */
  room(name) {
    let room = this.rooms.get(name);
    if (!room) {
      room = makeRoom(name);
      room.read = browser.get("read." + name);
      room.draft = tab.get("draft." + name, "");
      this.rooms.set(name, room);
    }
    return room;
  }

  /**
   * Looks at a room, and joins it if need be.
   * @param {Room} room
   */
  show(room) {
    if (this.active) this.active.newAfter = null;
    this.active = room;
    room.newAfter = room.unread || room.isStirred ? room.read : null;
    tab.set("active", room.name);
    history.replaceState(null, "", "#" + encodeURIComponent(room.name));
    if (!room.isJoined) this.join(room);
    else if (room.newAfter !== null && room.newAfter < ends(room).first && room.hasOlder) this.around(room, room.newAfter + 1);
    this.on.changed();
  }

  /** @param {Room} room */
  join(room) {
    const after = this.can("after") && room.last ? room.last : undefined;
    this.connection.send({ type: "join", room: room.name, after });
  }

  /**
   * Says or does what was typed.
   * @param {Room} room
   * @param {string} typed
   */
  say(room, typed) {
    const command = /^\/(?!\/)(\S+)\s*([^]*)$/.exec(typed);
    const [name, rest] = command ? [command[1].toLowerCase(), command[2].trim()] : ["", ""];
    if (name === "join" && rest) return this.show(this.room(rest.split(/\s/)[0]));
    if (name === "exit") return this.exit();
    if (command) this.outbox.add(room.name, rest, name);
    else {
      const text = typed.replace(/^\/\//, "/");
      for (const line of this.can("lines") ? [text] : text.split("\n").filter((line) => line.trim())) {
        this.outbox.add(room.name, line.trimEnd());
      }
    }
    room.newAfter = null;
    if (room.hasNewer) this.newest(room);
    this.on.changed();
  }

  /** Says that something is being typed, once in a while. @param {Room} room */
  typing(room) {
    if (!this.can("typing") || Date.now() - this.#typedAt < 3000) return;
    this.#typedAt = Date.now();
    this.connection.send({ type: "typing", room: room.name });
  }

  /** All that was heard in the room is read. @param {Room} room */
  markRead(room) {
    if (room.read !== null && room.read >= room.last && !room.unread && !room.isStirred) return;
    Object.assign(room, { read: room.last, unread: 0, mentions: 0, isStirred: false });
    browser.set("read." + room.name, room.last);
    if (this.can("read")) this.connection.send({ type: "read", room: room.name, id: room.last });
    this.on.changed();
  }

  // History.

  /**
   * @param {Room} room
   * @param {Heard} which
   */
  async #history(room, which) {
    for (;;) {
      try {
        const { head, found } = await this.connection.ask({ type: "history", room: room.name, limit: PAGE, ...which });
        return { head, items: found.map(itemOf) };
      } catch (/** @type {any} */ refusal) {
        if (refusal.why !== "too_fast") throw refusal;
        await new Promise((done) => setTimeout(done, 2000));
      }
    }
  }

  /** @param {Room} room */
  async older(room) {
    const { head, items } = await this.#history(room, { before: ends(room).first });
    insert(room, items);
    trim(room, false);
    room.hasOlder = head.older;
  }

  /** @param {Room} room */
  async newer(room) {
    const { head, items } = await this.#history(room, { after: ends(room).last });
    insert(room, items);
    if (!head.newer) reachEnd(room);
    trim(room, true);
  }

  /** @param {Room} room */
  async newest(room) {
    if (room.hasNewer) {
      const { head, items } = await this.#history(room, {});
      Object.assign(room, { items, hasOlder: head.older });
      reachEnd(room);
    }
    this.on.changed();
  }

  /**
   * Moves the window to where a message is.
   * @param {Room} room
   * @param {number} id
   */
  async around(room, id) {
    if (room.items.some((item) => item.id === id)) return;
    room.hasNewer = true;
    const before = await this.#history(room, { before: id + 1, limit: 50 });
    const after = await this.#history(room, { after: id, limit: 50 });
    Object.assign(room, { items: [...before.items, ...after.items], hasOlder: before.head.older });
    if (!after.head.newer) reachEnd(room);
    this.on.changed();
  }

  /**
   * @param {Room} room
   * @param {string} words
   */
  async search(room, words) {
    const { head, found } = await this.connection.ask({ type: "search", room: room.name, words, limit: 50 });
    return { isCut: head.older || head.partial, items: found.map(itemOf).reverse() };
  }

  // What is heard.

  /** @param {Heard} what */
  #heard(what) {
    const room = what.room === undefined ? null : this.room(what.room);
    switch (what.type) {
      case "hello":
        this.#hello(what);
        break;
      case "welcome":
        if (room) this.#welcome(room, what);
        break;
      case "gap":
        if (room) {
          empty(room);
          room.hasOlder = true;
          if (this.outbox.entries.some((entry) => entry.sent && entry.room === room.name)) this.#gap(room, room.last);
        }
        break;
      case "live":
        if (room) this.#live(room);
        break;
      case "said":
      case "acted":
      case "joined":
      case "left":
        if (room) this.#news(room, what);
        break;
      case "typing":
        room?.typing.set(what.who, Date.now() + TYPING_MS);
        setTimeout(() => this.on.changed(), TYPING_MS + 50);
        break;
      case "parted":
        if (room) {
          Object.assign(room, { isJoined: false, isLive: false });
          room.members.clear();
          this.#want(room.name, false);
          this.#reply(room, what.text, "", false);
        }
        break;
      case "room":
        if (what.closed && room && !room.isJoined && room !== this.active) this.rooms.delete(room.name);
        else if (room && !what.closed) this.#row(what);
        break;
      case "done": {
        const entry = this.outbox.take(what.label);
        this.#replies.delete(what.label);
        if (entry) this.#isOut(entry, what.id ?? null);
        break;
      }
      case "notice":
      case "refused":
      case "found":
        this.#answer(what);
        break;
      case "removed":
        if (!MAY_RETURN.includes(what.why)) this.#shut(what.reason);
    }
    this.on.changed();
  }

  /** @param {Heard} what */
  #hello(what) {
    this.me = what.name;
    this.gate = null;
    tab.set("name", what.name);
    tab.set("token", what.token);
    browser.set("name", what.name);
    if (what.started !== this.#started) {
      for (const room of this.#started ? this.rooms.values() : []) {
        empty(room);
        Object.assign(room, { last: 0, read: null, unread: 0, mentions: 0, isStirred: false });
      }
      this.#started = what.started ?? "";
    }
    if (this.#wantsFirst) this.connection.send({ type: "join" });
    for (const name of this.#wanted) this.join(this.room(name));
    if (!this.can("rooms")) return;
    this.connection.ask({ type: "rooms", watch: true }).then(({ head }) => {
      this.commands = head.commands;
      for (const row of head.rooms) this.#row(row);
      this.on.changed();
    }, () => {});
  }

  /** @param {Heard} row */
  #row(row) {
    const { kind, purpose, count, commands } = row;
    Object.assign(this.room(row.room), { kind, purpose, count, commands: commands ?? [] });
  }

  /**
   * Whether to come back to a room after a loss.
   * @param {string} name
   * @param {boolean} isWanted
   */
  #want(name, isWanted) {
    if (isWanted) this.#wanted.add(name);
    else this.#wanted.delete(name);
    tab.set("rooms", [...this.#wanted]);
  }

  /**
   * @param {Room} room
   * @param {Heard} what
   */
  #welcome(room, what) {
    Object.assign(room, { isJoined: true, isLive: false, echoes: what.echoes, count: what.count });
    room.members = new Map(what.present.map((/** @type {Heard} */ one) => [one.who, one.is]));
    room.members.set(this.me, "person");
    if (what.read !== undefined) room.read = Math.max(room.read ?? 0, what.read);
    this.#want(room.name, true);
    const wasActive = tab.get("active") === room.name || !this.#wanted.has(tab.get("active"));
    if (!this.active && (this.#wantsFirst || wasActive)) this.show(room);
    this.#wantsFirst = false;
    if (what.count > room.members.size && this.can("members")) {
      this.connection.ask({ type: "members", room: room.name }).then(({ head }) => {
        for (const one of head.members) room.members.set(one.who, one.is);
        this.on.changed();
      }, () => {});
    }
  }

  /**
   * Some is missing between what we heard and the replay. Our own words may be in it.
   * @param {Room} room
   * @param {number} after
   */
  async #gap(room, after) {
    const { items } = await this.#history(room, { after });
    for (const item of items) this.#own(room, item);
    this.outbox.again(room.name);
  }

  /** @param {Room} room */
  #live(room) {
    room.isLive = true;
    room.hasOlder ||= this.can("history") && room.items.some((item) => item.kind !== "moved") && ends(room).first > 1;
    // Who comes for the first time has read all of the past.
    if (room.read === null) this.markRead(room);
    else if (room === this.active && room.newAfter === null && room.unread) room.newAfter = room.read;
    this.outbox.again(room.name);
  }

  /**
   * @param {Room} room
   * @param {Item} item
   */
  #own(room, item) {
    if (item.who === this.me) this.outbox.heard(room.name, item.text, item.kind === "acted", item.id);
  }

  /**
   * @param {Room} room
   * @param {Heard} what
   */
  #news(room, what) {
    const item = itemOf(what);
    room.typing.delete(item.who);
    if (item.is === "host") room.host = item.who;
    if (!what.replayed && what.type === "joined") room.members.set(item.who, item.is);
    if (!what.replayed && what.type === "left") room.members.delete(item.who);
    if (item.kind === "moved" && (item.who === this.me || what.replayed)) {
      room.last = Math.max(room.last, item.id);
      return;
    }
    if (!hear(room, item)) return;
    this.#own(room, item);
    if (item.kind === "moved" || item.who === this.me || room.read === null || item.id <= room.read) return;
    const isMention = item.is !== "bot" && mentions(item.text, this.me);
    if (item.is === "person") room.unread += 1;
    else room.isStirred = true;
    if (isMention) room.mentions += 1;
    if (!what.replayed) this.on.said(room, item, isMention);
  }

  /**
   * Something that was typed is done.
   * @param {import("./outbox.js").Entry} entry
   * @param {number | null} id under which others heard it
   */
  #isOut(entry, id) {
    this.outbox.take(entry.label);
    const room = this.room(entry.room);
    if (room.echoes || (entry.command !== undefined && entry.command !== "me")) return;
    const kind = entry.command ? "acted" : "said";
    hear(room, { id: id ?? room.last + 0.001, kind, who: this.me, is: "person", text: entry.text, time: Date.now() });
  }

  /** @param {Heard} what a notice, a refusal, or something that was found */
  #answer(what) {
    if (what.type === "refused" && !this.connection.isOnline) {
      this.gate = what.text;
      return;
    }
    const isRefused = what.type === "refused";
    const known = this.#replies.get(what.label);
    const line = what.type === "found" ? itemOf(what) : what.text;
    const entry = isRefused ? this.outbox.take(what.label) : this.outbox.entries.find((one) => one.label === what.label);
    if (known && !isRefused) {
      known.lines = [...known.lines, line];
      return;
    }
    const room = entry ? this.room(entry.room) : this.active;
    if (!room) return this.on.told(what.text ?? "");
    const typed = entry ? (entry.command === undefined ? "" : `/${entry.command} `) + entry.text : "";
    const reply = this.#reply(room, line, typed.trim(), isRefused);
    if (what.label && !isRefused) this.#replies.set(what.label, reply);
  }

  /**
   * Puts an answer where it was asked for.
   * @param {Room} room
   * @param {string | Item} line
   * @param {string} typed what it answers
   * @param {boolean} isRefusal
   */
  #reply(room, line, typed, isRefusal) {
    const id = Math.floor(room.last) + 0.5 + ++this.#serial / 1e7;
    /** @type {Item} */
    const reply = { id, kind: "reply", who: "", is: "host", text: typed, time: Date.now(), lines: [line], isRefusal };
    insert(room, [reply]);
    trim(room, room.isAtEnd);
    if (typeof line === "string") this.on.told(line);
    return reply;
  }
}
