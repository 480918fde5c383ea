// The rooms: those that one is in, with what is unread there, and the others.

import { byId, el, sync } from "./dom.js";

/** @typedef {import("./store.js").Room} Room */

/** @param {Room} room */
const badge = (room) => room.mentions ? `@${room.mentions}` : room.unread ? (room.unread > 99 ? "99+" : `${room.unread}`) : "";

/** @param {import("./session.js").Session} session @param {(room: Room) => void} show */
export function drawRooms(session, show) {
  const rooms = [...session.rooms.values()];
  const row = (/** @type {Room} */ room) => {
    const isActive = room === session.active;
    const mark = badge(room);
    const said = room.mentions ? "your name was said" : room.unread ? `${room.unread} unread` : "";
    return {
      key: [room.name, isActive, mark, room.isStirred, room.isJoined, room.count, room.purpose].join("|"),
      make: () => el("button", {
        type: "button", "data-room": room.name, "data-unread": room.unread || null, "data-mentions": room.mentions || null,
        "aria-current": isActive && "true", class: room.isStirred ? "stirred" : null, title: room.purpose, onclick: () => show(room),
      }, el("span", { dir: "auto" }, room.name, !room.isJoined && room.purpose && el("small", {}, room.purpose)),
      mark ? el("b", {}, mark) : el("small", { title: "members" }, room.count ? `${room.count}` : ""), said && el("span", { class: "unseen" }, said)),
    };
  };
  const title = (/** @type {string} */ text) => ({ key: text, make: () => el("h2", {}, text) });
  const own = rooms.filter((room) => room.isJoined || room === session.active);
  const others = rooms.filter((room) => !own.includes(room));
  sync(byId("room-list"), [title("Your rooms"), ...own.map(row), ...(others.length ? [title("Other rooms"), ...others.map(row)] : [])]);
  const elsewhere = own.filter((room) => room !== session.active).reduce((sum, room) => sum + room.unread, 0);
  byId("elsewhere").textContent = elsewhere ? `${elsewhere}` : "";
}
