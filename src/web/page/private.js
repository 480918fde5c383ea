// Private messages: each member that one exchanges them with has a pane among the rooms, `@Ben`.

import { hear, insert, itemOf, makeRoom } from "./store.js";
import { tab } from "./storage.js";

/** @typedef {import("./store.js").Room} Room */

/** The pane of a member: a room that nobody joins. @param {string} name */
export const makePane = (name) => Object.assign(makeRoom("@" + name), {
	to: name, isJoined: true, read: tab.get("read.@" + name, 0), members: new Map([[name, "person"]]), draft: tab.get("draft.@" + name, ""),
});

/** What of the server's requests names a room, or the other member. @param {Room} room */
export const placeOf = (room) => (room.to ? { with: room.to } : { room: room.name });

/** The other member of a private message. @param {import("./connection.js").Heard} what @param {string} me */
export const otherOf = ({ from, to }, me) => (from === me ? to : from);

/** A found private message as a line of an answer. @param {import("./connection.js").Heard} what */
export const lineOf = ({ from, to, text }) => `[${from} to ${to}] ${text}`;

/** Takes a message in. False: it was heard before. @param {Room} pane @param {import("./connection.js").Heard} what @param {string} me */
export function take(pane, what, me) {
	const item = itemOf(what);
	if (item.who !== me) pane.members.set(item.who, item.is);
	return hear(pane, item) && item;
}

/**
 * Whatever the server has of a conversation: for a pane that is new, or after a loss. Returns the messages that were not heard.
 * @param {Room} pane @param {{ head: any, items: import("./store.js").Item[] }} answer
 */
export function fill(pane, { head, items }) {
	const missed = items.filter((item) => item.id > pane.last);
	if (!pane.items.length) pane.hasOlder = head.older;
	insert(pane, items);
	pane.last = Math.max(pane.last, ...items.map((item) => item.id));
	return missed;
}

/** The names of the panes, for when the page is loaded again. @param {Iterable<Room>} rooms */
export const keep = (rooms) => tab.set("panes", [...rooms].filter((room) => room.to).map((room) => room.to));
export const kept = () => tab.get("panes", []);
