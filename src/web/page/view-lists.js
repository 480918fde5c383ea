// Beside the log: rooms, with what is unread there, and members.

import { byId, el, face, sync } from "./dom.js";

const MOST = 300;
const compare = new Intl.Collator().compare;

/** @typedef {import("./store.js").Room} Room */

/** @param {import("./session.js").Session} session @param {(room: Room) => void} show */
export function drawRooms(session, show) {
	const rows = [];
	const part = (title, rooms) => {
		if (rooms.length) rows.push({ key: title, make: () => el("h2", {}, title) });
		for (const room of rooms) {
			const { name, count, unread, mentions, isStirred, isJoined } = room;
			const about = room.topic || room.purpose;
			const isActive = room === session.active;
			const mark = mentions ? `@${mentions}` : unread > 99 ? "99+" : unread;
			rows.push({
				key: [name, about, count, unread, mentions, isStirred, isJoined, isActive].join("|"),
				make: () => el("button", {
					"data-room": name, "data-unread": unread || null, "data-mentions": mentions || null,
					"aria-current": isActive && "true", class: isStirred && "stirred", onclick: () => show(room),
				}, el("span", { dir: "auto" }, name, !isJoined && el("small", {}, about)),
				mark ? el("b", { "aria-label": mentions && !room.to ? "your name was said" : `${unread} unread` }, mark) : el("small", {}, count || "")),
			});
		}
	};
	const rooms = [...session.rooms.values()];
	const isOwn = (room) => room.isJoined || room === session.active;
	part("Your rooms", rooms.filter((room) => isOwn(room) && !room.to));
	part("Private", rooms.filter((room) => room.to));
	part("Other rooms", rooms.filter((room) => !isOwn(room)));
	sync(byId("room-list"), rows);
}

/** @param {Room} room @param {string} me @param {(name: string) => void} address */
export function drawMembers(room, me, address) {
	const rows = [];
	const part = (title, is, who) => {
		if (who.length) rows.push({ key: title + who.length, make: () => el("h2", {}, title, el("small", {}, who.length)) });
		for (const name of who.slice(0, MOST)) rows.push({
			key: `${is} ${name}`,
			make: () => el("button", { "data-member": name, "data-is": is, title: `Speak to ${name}`, onclick: () => address(name) },
				face(name, is), el("span", { dir: "auto" }, name), name === me && el("small", {}, "you")),
		});
		if (who.length > MOST) rows.push({ key: "more", make: () => el("p", {}, `and ${who.length - MOST} more`) });
	};
	const names = [...room.members.keys()].sort(compare);
	part("Host", "host", [room.host].filter(Boolean));
	part("People", "person", names.filter((name) => room.members.get(name) !== "bot"));
	part("Bots", "bot", names.filter((name) => room.members.get(name) === "bot"));
	sync(byId("member-list"), rows);
	byId("count").textContent = names.length || "";
}
