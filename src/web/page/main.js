// Puts the parts together: one session, and views that are drawn anew, once a frame, when something changed.

// What the others import is named here, too, so that a browser asks for all at once.
import "./completion.js";
import "./connection.js";
import "./emoji.js";
import "./links.js";
import "./outbox.js";
import "./private.js";
import "./store.js";
import "./view-message.js";
import { byId, oncePerFrame } from "./dom.js";
import { stepOf } from "./listbox.js";
import { chime, mark, notify, tell } from "./notify.js";
import { Session } from "./session.js";
import { browser, tab } from "./storage.js";
import { makeComposer } from "./view-composer.js";
import { makeFinder } from "./view-finder.js";
import { makeGate } from "./view-gate.js";
import { drawMembers, drawRooms } from "./view-lists.js";
import { makeLog } from "./view-log.js";
import { makeMenu } from "./view-menu.js";

const settings = { sound: true, notify: false, ...browser.get("settings") };

const session = new Session({
	changed: oncePerFrame(draw),
	said: (room, item, isMention) => {
		const isSeen = document.hasFocus() && room === session.active;
		if (isSeen) tell(`${item.who}: ${item.text}`);
		else if (room === session.active) room.newAfter ??= item.id - 1;
		if (!isMention || isSeen) return;
		if (settings.sound) chime();
		if (settings.notify) notify(room.to ? `${item.who}, privately` : `${item.who} in ${room.name}`, item.text, () => show(room));
	},
	told: tell,
});
const drawGate = makeGate(session);
const log = makeLog(session);
const composer = makeComposer(session, log.toEnd);
const find = makeFinder(session, { show, jump: log.jump });
makeMenu(session, settings);

// On a narrow page rooms and members are drawers.
const narrow = matchMedia("(max-width: 859px)");
const drawers = ["rooms", "members"];
let drawer = "";

/** @param {string} which a drawer or nothing */
function open(which) {
	const last = drawer;
	drawer = which;
	byId("chat").inert = which !== "";
	for (const name of drawers) {
		byId(name).inert = narrow.matches && which !== name;
		byId("show-" + name).setAttribute("aria-expanded", which === name);
	}
	if (which || last) byId(which || "show-" + last).focus();
}
for (const name of drawers) byId("show-" + name).onclick = () => open(name);
byId("shade").onclick = () => open("");
narrow.onchange = () => open("");

/** @param {import("./store.js").Room} room */
function show(room) {
	session.show(room);
	// At once: what is written next goes there.
	draw();
	if (drawer) open("");
}

/** Begins to write to a member, or in the room. @param {string} name @param {boolean} isPrivate */
function address(name, isPrivate) {
	if (isPrivate) return show(session.pane(name));
	if (drawer) open("");
	composer.address(name);
}

function draw() {
	drawGate();
	const { isOnline } = session.connection;
	document.body.dataset.connection = isOnline ? "online" : "offline";
	byId("banner").textContent = isOnline ? "" : "No connection. Trying again … What you write is sent then.";
	const room = session.active;
	const joined = session.joined();
	const unread = joined.reduce((sum, room) => sum + room.unread, 0);
	mark(room ? `${room.name} · Salon` : "Salon", unread, joined.some((room) => room.mentions));
	byId("elsewhere").textContent = unread - (room?.unread ?? 0) || "";
	byId("me").textContent = session.me;
	if (!room) return;
	byId("title").textContent = room.name;
	byId("purpose").textContent = byId("purpose").title = room.topic || room.purpose;
	drawRooms(session, show);
	drawMembers(room, session.me, address);
	log.draw();
	composer.draw();
}

byId("find").onclick = byId("search").onclick = find;
addEventListener("keydown", (event) => {
	const { key, altKey } = event;
	const isControl = event.ctrlKey || event.metaKey;
	const room = session.active;
	const step = stepOf(event);
	if (!room || document.querySelector("dialog[open]")) return;
	if (isControl && key === "k") find();
	else if (altKey && step) {
		const rooms = session.joined();
		show(rooms.at((rooms.indexOf(room) + step) % rooms.length) ?? room);
	} else if (key === "Escape") {
		if (drawer) return open("");
		room.newAfter = null;
		session.markRead(room);
		session.on.changed();
	} else {
		// Who begins to write anywhere writes a message.
		const isWriting = /INPUT|TEXTAREA/.test(document.activeElement?.tagName);
		if (key.length === 1 && key !== " " && !isControl && !isWriting) byId("message").focus();
		return;
	}
	event.preventDefault();
});

// iOS lays its keyboard over the page: the page is as high as what is seen of it.
const seen = window.visualViewport;
seen?.addEventListener("resize", () => {
	document.body.style.setProperty("--high", `${seen.height}px`);
	scrollTo(0, 0);
});

const name = tab.get("name");
session.gate = name ? null : "";
if (name) session.connection.start(name, true);
open("");
draw();
