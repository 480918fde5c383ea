// Private messages: each member that one exchanges them with has a pane among the rooms, `@Ben`.

import { insert, makeRoom } from "./store.js";
import { tab } from "./storage.js";

/** @typedef {import("./store.js").Room} Room */

/** The pane of a member: a room that nobody joins. @param {string} name */
export const makePane = (name) => Object.assign(makeRoom("@" + name), {
	to: name, isJoined: true, read: 0, members: new Map([[name, "person"]]), draft: tab.get("draft.@" + name, ""),
});

/** What of a request names a room, or the other member. @param {Room} room */
export const placeOf = (room) => (room.to ? { with: room.to } : { room: room.name });

/**
 * Takes in what the server has of a conversation: for a pane that is new, or after a loss. Returns what was not heard before.
 * @param {Room} pane @param {{ head: any, items: import("./store.js").Item[] }} answer
 */
export function fill(pane, { head, items }) {
	const missed = items.filter((item) => item.id > pane.last);
	pane.hasOlder ||= head.older;
	insert(pane, items);
	pane.last = Math.max(pane.last, ...items.map((item) => item.id));
	return missed;
}
