// What is in the log: messages, days, the line "new", comings and goings, answers, words that are not heard yet.

import { el, face, tint } from "./dom.js";
import { isOnlyEmoji, mentions, partsOf } from "./links.js";

/** @typedef {import("./store.js").Item} Item */
/** @typedef {import("./dom.js").Row} Row */

const GROUPED_MS = 5 * 60_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const names = new Intl.ListFormat("en");

/** @param {number} time */
const stamp = (time) => el("time", { datetime: new Date(time).toISOString(), title: whole.format(time) }, clock.format(time));

/** @param {number} time */
export function dayOf(time) {
  const day = new Date(time).toDateString();
  if (day === new Date().toDateString()) return "Today";
  return day === new Date(Date.now() - 864e5).toDateString() ? "Yesterday" : date.format(time);
}

/** @param {string} text @param {string} me */
export const textOf = (text, me) => partsOf(text, me).map((part) =>
  part.href ? el("a", { href: part.href, target: "_blank", rel: "noreferrer noopener" }, part.text)
    : part.isMe ? el("mark", {}, part.text) : part.text);

/** @param {Item} item @param {string} me @param {boolean} isNext by the same as the one before */
function message(item, me, isNext) {
  const isActed = item.kind === "acted";
  const who = el("b", { class: isNext ? "unseen" : "who", dir: "auto", "data-tint": tint(item.who) }, item.who);
  const head = isActed ? null : el("header", {}, who, item.is !== "person" && !isNext && el("i", {}, item.is), stamp(item.time));
  const text = el("p", { dir: "auto", class: isOnlyEmoji(item.text) ? "large" : null },
    isActed && el("b", { class: "who", "data-tint": tint(item.who) }, item.who), isActed && " ", ...textOf(item.text, me));
  return el("article", {
    "data-id": item.id, "data-who": item.who, "data-is": item.is, tabindex: "-1",
    class: [isNext && "next", isActed && "acted", item.who === me && "own",
      item.who !== me && item.is !== "bot" && mentions(item.text, me) && "mention"].filter(Boolean).join(" "),
  }, !isNext && face(item.who, item.is), head, text, isActed && stamp(item.time));
}

/** @param {NonNullable<Item["moves"]>} moves */
export function movesInWords(moves) {
  const now = new Map(moves.map((move) => [move.who, move]));
  const sentence = (/** @type {boolean} */ came) => {
    const who = [...now.values()].filter((move) => move.came === came).map((move) => move.who);
    const some = who.length > 4 ? [...who.slice(0, 3), `${who.length - 3} others`] : who;
    return who.length > 0 && names.format(some) + (came ? " came" : " left");
  };
  const why = moves.find((move) => move.why)?.why;
  return [sentence(true), sentence(false)].filter(Boolean).join(", ") + (why ? ` (${why})` : "");
}

/** @param {Item} item @param {string} me @param {(id: number) => void} jump */
function reply(item, me, jump) {
  const lines = (item.lines ?? []).map((line) => typeof line === "string" ? el("p", { dir: "auto" }, ...textOf(line, me))
    : el("button", { type: "button", dir: "auto", onclick: () => jump(line.id) },
      `${dayOf(line.time)} ${clock.format(line.time)} `, el("b", {}, line.who), " " + line.text));
  return el("div", { class: item.isRefusal ? "reply refused" : "reply" },
    el("small", {}, item.isRefusal ? "Not done: " : item.text && "Only for you: ", el("code", {}, item.text)), ...lines);
}

/**
 * The rows of a room's log.
 * @param {import("./store.js").Room} room
 * @param {import("./outbox.js").Entry[]} unsent
 * @param {{ me: string, jump: (id: number) => void, showsMoves: boolean }} how
 * @returns {Row[]}
 */
export function rowsOf(room, unsent, how) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {Item | null} */
  let before = null;
  let day = "";
  let isNewShown = room.newAfter === null;
  if (room.hasOlder) rows.push({ key: "older", make: () => el("p", { class: "note" }, "Loading what was said before …") });
  for (const item of room.items) {
    if (item.moves && !how.showsMoves) continue;
    const itsDay = new Date(item.time).toDateString();
    if (itsDay !== day) {
      day = itsDay;
      before = null;
      const text = dayOf(item.time);
      rows.push({ key: "day" + day + text, make: () => el("h2", { class: "day" }, el("span", {}, text)) });
    }
    if (!isNewShown && item.id > (room.newAfter ?? 0) && item.kind !== "reply" && item.who !== how.me) {
      isNewShown = true;
      before = null;
      rows.push({ key: "new" + room.newAfter, make: () => el("p", { class: "new" }, el("span", {}, "New")) });
    }
    if (item.moves) {
      rows.push({ key: `m${item.id}`, make: () => el("p", { class: "note", dir: "auto" }, movesInWords(item.moves ?? [])) });
    } else if (item.kind === "reply") {
      rows.push({ key: `r${item.id}.${item.lines?.length}`, make: () => reply(item, how.me, how.jump) });
    } else {
      const isNext = item.kind === "said" && before?.kind === "said" && before.who === item.who && item.time - before.time < GROUPED_MS;
      rows.push({ key: `${item.id}${isNext}`, make: () => message(item, how.me, isNext) });
    }
    before = item;
  }
  if (room.hasNewer) rows.push({ key: "newer", make: () => el("p", { class: "note" }, "Loading what was said later …") });
  else for (const entry of unsent) {
    const text = (entry.command === undefined ? "" : `/${entry.command} `) + entry.text;
    rows.push({ key: entry.label, make: () => el("article", { class: "unsent", "data-unsent": "" },
      face(how.me, "person"), el("header", {}, el("b", {}, how.me), el("i", {}, "not sent yet")), el("p", { dir: "auto" }, text)) });
  }
  return rows;
}
