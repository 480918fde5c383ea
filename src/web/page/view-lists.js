// Beside the log: rooms, with what is unread there, and members.

import { byId, el, face, sync } from "./dom.js";

const MOST = 300;
const compare = new Intl.Collator().compare;

/** @typedef {import("./store.js").Room} Room */
/** @typedef {import("./dom.js").Row} Row */

/** A heading, and what is under it, if there is anything. @param {Row[]} rows @param {number | string} count */
const part = (title, rows, count = "") => rows.length
	? [{ key: title + count, make: () => el("h2", {}, title, el("small", {}, count)) }, ...rows] : [];

/** @param {import("./session.js").Session} session @param {(room: Room) => void} show */
export function drawRooms(session, show) {
	const row = (room) => {
		const { name, count, unread, mentions, isStirred, isJoined } = room;
		const about = room.topic || room.purpose;
		const isActive = room === session.active;
		const mark = mentions ? `@${mentions}` : unread > 99 ? "99+" : unread;
		return {
			key: [name, about, count, unread, mentions, isStirred, isJoined, isActive].join("|"),
			make: () => el("button", {
				"data-room": name, "data-unread": unread || null, "data-mentions": mentions || null,
				"aria-current": isActive && "true", class: isStirred && "stirred", onclick: () => show(room),
			}, el("span", { dir: "auto" }, name, !isJoined && el("small", {}, about)),
			mark ? el("b", { "aria-label": mentions && !room.to ? "your name was said" : `${unread} unread` }, mark) : el("small", {}, count || "")),
		};
	};
	const those = (fits) => session.all().filter(fits).map(row);
	const isOwn = (room) => room.isJoined || room === session.active;
	sync(byId("room-list"), [
		...part("Your rooms", those((room) => isOwn(room) && !room.to)),
		...part("Private", those((room) => room.to)),
		...part("Other rooms", those((room) => !isOwn(room))),
	]);
}

/** @param {Room} room @param {string} me @param {(name: string, isPrivate: boolean) => void} address */
export function drawMembers(room, me, address) {
	const row = (name, is) => {
		const isPrivate = is !== "host" && name !== me;
		const title = isPrivate ? `Write to ${name} only` : `Speak to ${name}`;
		return {
			key: `${title} ${is}`,
			make: () => el("button", { "data-member": name, "data-is": is, title, onclick: () => address(name, isPrivate) },
				face(name, is), el("span", { dir: "auto" }, name), name === me && el("small", {}, "you")),
		};
	};
	const those = (title, is, who) => {
		const rows = who.slice(0, MOST).map((name) => row(name, is));
		if (who.length > MOST) rows.push({ key: "more", make: () => el("p", {}, `and ${who.length - MOST} more`) });
		return part(title, rows, who.length);
	};
	const names = [...room.members.keys()].sort(compare);
	const isBot = (name) => room.members.get(name) === "bot";
	sync(byId("member-list"), [
		...those("Host", "host", [room.host].filter(Boolean)),
		...those("People", "person", names.filter((name) => !isBot(name))),
		...those("Bots", "bot", names.filter(isBot)),
	]);
	byId("count").textContent = names.length || "";
}
