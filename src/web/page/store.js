// Rooms and messages as plain data. A room holds a window on its history, which ends at the newest unless `hasNewer`.

const WINDOW = 300;
const TAIL = 100;

/**
 * @typedef {object} Item
 * @property {number} id order in the room
 * @property {"said" | "acted" | "moved" | "reply"} kind `moved`: who came, left and has another name; `reply`: an answer to oneself
 * @property {string} who @property {"person" | "bot" | "host"} is
 * @property {string} text of a reply: what it answers
 * @property {number} time in milliseconds since 1970
 * @property {{ who: string, came: boolean | null, was?: string, why?: string }[]} [moves] `was`: the name before
 * @property {number | true} [edited] it has another text than it had first; the event that gave it
 * @property {boolean} [notice] no program answers it
 * @property {(string | Item)[]} [lines] of a reply
 * @property {boolean} [isRefusal]
 */

/** All is read. */
export const READ = { unread: 0, mentions: 0, isStirred: false };

/** Nothing is at hand. */
export const noItems = () => ({ items: [], tail: [], hasNewer: false });

/**
 * `tail`: the newest items, while the window ends earlier; `unread`: what people said, `isStirred`: bots or the host spoke.
 * @param {string} name
 */
export const makeRoom = (name) => ({
	...READ,
	...noItems(),
	name,
	/** The other member of a private pane; else empty. */
	to: "",
	purpose: "",
	topic: "",
	count: 0,
	commands: [],
	isJoined: false,
	/** One was in it, and left or was sent out. */
	isOut: false,
	/** What is said there is heard at once. */
	isLive: false,
	echoes: true,
	hasOlder: false,
	/** Its end is looked at, so the oldest may go. */
	isAtEnd: true,
	/** The greatest id that was heard. */
	last: 0,
	/** All up to this id is read. @type {number | null} */
	read: null,
	/** The line "New" is after this id. @type {number | null} */
	newAfter: null,
	tellsRead: 0,
	members: new Map(),
	host: "",
	/** Who is typing, and until when. @type {Map<string, number>} */
	typing: new Map(),
	draft: "",
});

/** @typedef {ReturnType<typeof makeRoom>} Room */

/** @param {Record<string, any>} heard @returns {Item} */
export function itemOf({ id, type, acted, from, who = from, is, text = "", time, was, by, edited, notice }) {
	const came = was ? null : type === "joined";
	const why = type === "left" && (by || text) ? `was removed by ${by || "the host"}${text ? `: ${text}` : ""}` : "";
	const moves = came || was || type === "left" ? [{ who, came, was, why }] : undefined;
	const isChange = type === "topic" || type === "changed";
	const told = type === "topic" ? (text ? `set the topic: ${text}` : "removed the topic") : text.slice(who.length + 1);
	const kind = moves ? "moved" : acted || isChange || type === "acted" ? "acted" : "said";
	return { id, kind, who, is, text: isChange ? told : text, time: Date.parse(time), moves, edited, notice };
}

/** Adds the newest item. False: it was heard before. @param {Room} room @param {Item} item */
export function hear(room, item) {
	if (item.id <= room.last) return false;
	room.last = item.id;
	const before = room.items.at(-1);
	if (room.hasNewer) room.tail = [...room.tail.slice(1 - TAIL), item];
	else if (before?.moves && item.moves) {
		room.items.splice(-1, 1, { ...item, moves: [...before.moves, ...item.moves].slice(-TAIL) });
	} else {
		room.items.push(item);
		trim(room, room.isAtEnd);
	}
	return true;
}

/** A message is erased, or has another text. @param {Room} room @param {Record<string, any>} heard */
export function amend(room, { id, message, text }) {
	room.last = Math.max(room.last, id);
	for (const key of ["items", "tail"]) {
		room[key] = room[key].flatMap((item) => item.id !== message ? [item] : text ? [{ ...item, text, edited: id }] : []);
	}
}

/** Drops what is too much for the window. @param {Room} room @param {boolean} keepsEnd */
export function trim(room, keepsEnd) {
	if (room.items.length <= WINDOW) return;
	if (keepsEnd) {
		room.items = room.items.slice(-WINDOW);
		room.hasOlder = true;
	} else {
		if (!room.hasNewer) room.tail = room.items.slice(-TAIL);
		room.items = room.items.slice(0, WINDOW);
		room.hasNewer = true;
	}
}

/** Puts items into the window, each once, in order. @param {Room} room @param {Item[]} items */
export function insert(room, items) {
	const byId = new Map([...room.items, ...items].map((item) => [item.id, item]));
	room.items = [...byId.values()].sort((a, b) => a.id - b.id);
}

/** The window reaches the newest again. @param {Room} room */
export function reachEnd(room) {
	room.hasNewer = false;
	insert(room, room.tail.filter((item) => item.id > ends(room).last));
	room.tail = [];
}

/** The first and last id in the window. @param {Room} room */
export function ends(room) {
	const ids = room.items.filter((item) => item.kind !== "reply").map((item) => item.id);
	return { first: ids[0] ?? room.last + 1, last: ids.at(-1) ?? room.last };
}
