// Rooms, messages and members as plain data. What a room holds is a window on its history: at most so many messages, which
// end at the newest unless `hasNewer`.

export const WINDOW = 300;
const TAIL = 100;

/** @typedef {"person" | "bot" | "host"} Is */

/**
 * @typedef {object} Item a message (`said`, `acted`), comings and goings (`moved`), or an answer for oneself (`reply`)
 * @property {number} id order in the room; a reply's is between those of messages
 * @property {"said" | "acted" | "moved" | "reply"} kind
 * @property {string} who
 * @property {Is} is
 * @property {string} text
 * @property {number} time in milliseconds since 1970
 * @property {{ who: string, came: boolean, why?: string }[]} [moves]
 * @property {any[]} [lines] of a reply: sentences, or items that were found
 * @property {boolean} [isRefusal]
 */

/** @param {string} name */
export function makeRoom(name) {
  return {
    name,
    kind: "",
    purpose: "",
    count: 0,
    /** @type {import("./completion.js").Command[]} */
    commands: [],
    isJoined: false,
    isLive: false,
    echoes: true,
    /** @type {Item[]} */
    items: [],
    /** The newest that were heard while the window ended earlier. @type {Item[]} */
    tail: [],
    hasOlder: false,
    hasNewer: false,
    /** Whether its end is looked at, so that the oldest may go. */
    isAtEnd: true,
    /** The greatest id that was heard. */
    last: 0,
    /** All up to this id is read. @type {number | null} */
    read: null,
    /** The line "new" is after this id. @type {number | null} */
    newAfter: null,
    unread: 0,
    mentions: 0,
    /** Only bots or the host spoke since. */
    isStirred: false,
    /** @type {Map<string, Is>} */
    members: new Map(),
    host: "",
    /** Who is typing, and until when. @type {Map<string, number>} */
    typing: new Map(),
    draft: "",
  };
}

/** @typedef {ReturnType<typeof makeRoom>} Room */

/**
 * What is heard of somebody, as an item.
 * @param {Record<string, any>} heard
 * @returns {Item}
 */
export function itemOf(heard) {
  const isMove = heard.type === "joined" || heard.type === "left";
  const move = { who: heard.who, came: heard.type === "joined", why: heard.text };
  return {
    id: heard.id,
    kind: isMove ? "moved" : heard.type === "acted" || heard.acted ? "acted" : "said",
    who: heard.who,
    is: heard.is,
    text: heard.text ?? "",
    time: Date.parse(heard.time),
    moves: isMove ? [move] : undefined,
  };
}

/**
 * Adds the newest item. False if it was heard before.
 * @param {Room} room
 * @param {Item} item
 */
export function hear(room, item) {
  if (item.id <= room.last) return false;
  room.last = item.id;
  if (room.hasNewer) {
    room.tail = [...room.tail.slice(1 - TAIL), item];
    return true;
  }
  const before = room.items.at(-1);
  if (before?.moves && item.moves) {
    room.items[room.items.length - 1] = { ...before, id: item.id, moves: [...before.moves, ...item.moves].slice(-60) };
    return true;
  }
  room.items.push(item);
  trim(room, room.isAtEnd);
  return true;
}

/**
 * Keeps the window small: drops at its beginning, or at its end.
 * @param {Room} room
 * @param {boolean} keepsEnd
 */
export function trim(room, keepsEnd) {
  if (room.items.length <= WINDOW) return;
  if (keepsEnd) {
    room.items = room.items.slice(-WINDOW);
    room.hasOlder = true;
  } else {
    room.tail = room.hasNewer ? room.tail : room.items.filter((item) => item.kind !== "reply").slice(-TAIL);
    room.items = room.items.slice(0, WINDOW);
    room.hasNewer = true;
  }
}

/**
 * Puts items into the window, each once, in order.
 * @param {Room} room
 * @param {Item[]} items
 */
export function insert(room, items) {
  const byId = new Map([...room.items, ...items].map((item) => [item.id, item]));
  room.items = [...byId.values()].sort((a, b) => a.id - b.id);
}

/**
 * The window reaches the newest again: what was heard meanwhile belongs to it.
 * @param {Room} room
 */
export function reachEnd(room) {
  room.hasNewer = false;
  const newest = room.items.at(-1)?.id ?? 0;
  insert(room, room.tail.filter((item) => item.id > newest));
  room.tail = [];
}

/**
 * Ids of the messages at both ends of the window.
 * @param {Room} room
 */
export function ends(room) {
  const ids = room.items.filter((item) => item.kind !== "reply").map((item) => item.id);
  return { first: ids[0] ?? room.last + 1, last: ids.at(-1) ?? room.last };
}

/**
 * Forgets what was heard, as ids begin anew or some is missing.
 * @param {Room} room
 */
export function empty(room) {
  Object.assign(room, { items: [], tail: [], hasOlder: false, hasNewer: false });
}
