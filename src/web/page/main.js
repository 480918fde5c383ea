// Puts the parts together: one session, and views that are drawn anew, once a frame, when something changed.

import { byId, oncePerFrame } from "./dom.js";
import { chime, mark, notify, tell } from "./notify.js";
import { Session } from "./session.js";
import { browser, tab } from "./storage.js";
import { makeComposer } from "./view-composer.js";
import { makeFinder } from "./view-finder.js";
import { makeGate } from "./view-gate.js";
import { makeLog } from "./view-log.js";
import { drawMembers } from "./view-members.js";
import { makeMenu } from "./view-menu.js";
import { drawRooms } from "./view-rooms.js";

/** @typedef {import("./store.js").Room} Room */

const settings = { sound: true, notify: false, comings: true, ...browser.get("settings", {}) };

const session = new Session({
  changed: oncePerFrame(draw),
  said: (room, item, isMention) => {
    const isSeen = document.hasFocus() && !document.hidden && room === session.active;
    if (isSeen) tell(`${item.who}: ${item.text}`);
    else if (room === session.active && room.newAfter === null) room.newAfter = item.id - 1;
    if (!isMention || isSeen) return;
    if (settings.sound) chime();
    if (settings.notify) notify(`${item.who} in ${room.name}`, item.text, () => show(room));
  },
  told: tell,
});
const drawGate = makeGate(session);
const log = makeLog(session, settings);
const composer = makeComposer(session, () => log.toEnd());
const find = makeFinder(session, { show, address: composer.address, jump: log.jump });
makeMenu(session, settings);

// Drawers: on a narrow page rooms and members lie beside what is seen.

const narrow = matchMedia("(max-width: 699px)");
const medium = matchMedia("(max-width: 1023px)");
let drawer = "";

/** @param {string} which `rooms`, `members` or nothing */
function open(which) {
  const last = drawer;
  drawer = which;
  document.body.dataset.drawer = which;
  byId("rooms").inert = narrow.matches && which !== "rooms";
  byId("members").inert = medium.matches && which !== "members";
  byId("chat").inert = Boolean(which);
  for (const name of ["rooms", "members"]) byId("show-" + name).setAttribute("aria-expanded", String(which === name));
  if (which) byId(which).focus();
  else if (last) byId("show-" + last).focus();
}
for (const name of ["rooms", "members"]) byId("show-" + name).addEventListener("click", () => open(name));
byId("shade").addEventListener("click", () => open(""));
narrow.addEventListener("change", () => open(""));
medium.addEventListener("change", () => open(""));

/** @param {Room} room */
function show(room) {
  session.show(room);
  if (drawer) open("");
}

function draw() {
  drawGate();
  const { isOnline, retryAt } = session.connection;
  document.body.dataset.connection = isOnline ? "online" : "offline";
  const wait = Math.ceil((retryAt - Date.now()) / 1000);
  byId("banner").textContent = isOnline || session.gate !== null ? ""
    : `No connection. ${wait > 1 ? `Trying again in ${wait} s.` : "Trying again …"} What you write is sent when it is back.`;
  const room = session.active;
  const joined = [...session.rooms.values()].filter((room) => room.isJoined);
  mark(room?.name ?? "", joined.reduce((sum, room) => sum + room.unread, 0), joined.some((room) => room.mentions > 0));
  byId("me").textContent = session.me;
  byId("search").hidden = !session.can("search");
  if (!room) return;
  byId("title").textContent = room.name;
  byId("purpose").textContent = room.purpose;
  drawRooms(session, show);
  drawMembers(session, (name) => {
    if (drawer) open("");
    composer.address(name);
  });
  log.draw();
  composer.draw();
}
setInterval(() => session.connection.isOnline || draw(), 1000);

byId("find").addEventListener("click", () => find());
byId("search").addEventListener("click", () => find(true));
addEventListener("keydown", (event) => {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && session.active) find();
  else if (event.altKey && step && session.active) {
    const rooms = [...session.rooms.values()].filter((room) => room.isJoined);
    const at = rooms.indexOf(session.active) + step + rooms.length;
    if (rooms.length) show(rooms[at % rooms.length]);
  } else if (event.key === "Escape" && drawer) open("");
  else if (event.key === "Escape" && session.active && !document.querySelector("dialog[open]")) {
    session.active.newAfter = null;
    session.markRead(session.active);
    session.on.changed();
    return;
  } else return;
  event.preventDefault();
});

// iOS lays its keyboard over the page: the page is as high as what is seen of it.
const seen = window.visualViewport;
seen?.addEventListener("resize", () => {
  document.documentElement.style.setProperty("--high", `${seen.height}px`);
  scrollTo(0, 0);
});

const name = tab.get("name");
session.gate = name ? null : "";
if (name) session.enter(name, true);
open("");
draw();
