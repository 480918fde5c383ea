// What stands in the log: messages, days, the line "New", comings and goings, answers, words that are not heard yet.

import { el, face, hue } from "./dom.js";
import { mentions, partsOf } from "./links.js";

/** @typedef {import("./store.js").Item} Item */

const GROUPED_MS = 300_000;
const DAY_MS = 86_400_000;
const clock = new Intl.DateTimeFormat([], { timeStyle: "short" });
const date = new Intl.DateTimeFormat([], { weekday: "long", day: "numeric", month: "long" });
export const names = new Intl.ListFormat("en");

/** @param {number} time */
const stamp = (time) => el("time", { title: new Date(time).toLocaleString() }, clock.format(time));

/** @param {number} time */
export function dayOf(time) {
	const is = (other) => new Date(time).toDateString() === new Date(other).toDateString();
	return is(Date.now()) ? "Today" : is(Date.now() - DAY_MS) ? "Yesterday" : date.format(time);
}

/** @param {string} text @param {string} me */
export const textOf = (text, me) => partsOf(text, me).map((part) =>
	part.href ? el("a", { href: part.href, target: "_blank", rel: "noreferrer noopener" }, part.text)
		: part.isMe ? el("mark", {}, part.text) : part.text);

/** @param {Item} item @param {string} me @param {boolean} isNext by the same as the one before */
function message({ id, kind, who, is, text, time, edited, notice }, me, isNext) {
	const isActed = kind === "acted";
	const isMention = who !== me && is !== "bot" && mentions(text, me);
	const by = el("b", { class: isNext ? "unseen" : "who", dir: "auto", hue: hue(who) }, who);
	return el("article", {
		"data-id": id, "data-who": who, "data-is": is, tabindex: -1,
		class: `${isNext ? "next " : ""}${isActed ? "acted " : ""}${isMention ? "mention" : ""}`,
	}, !isNext && face(who, is), !isActed && el("header", {}, by, !isNext && is !== "person" && el("i", {}, is), stamp(time)),
	el("p", { dir: "auto" }, isActed && by, isActed && " ", ...textOf(text, me), notice && el("small", {}, " (notice)"), edited && el("small", {}, " (edited)")), isActed && stamp(time));
}

/** @param {NonNullable<Item["moves"]>} moves */
function inWords(moves) {
	const last = [...new Map(moves.map((move) => [move.who, move])).values()];
	const sentence = (came) => {
		const who = last.filter((move) => move.came === came && !move.why).map((move) => move.who);
		return who.length && names.format(who.length > 4 ? [...who.slice(0, 3), `${who.length - 3} others`] : who) + (came ? " came" : " left");
	};
	return [sentence(true), sentence(false), ...moves.map((move) => move.was ? move.was + " is now " + move.who : move.why && move.who + " " + move.why)].filter(Boolean).join(", ");
}

/** @param {Item} item @param {string} me @param {(id: number) => void} jump */
const reply = ({ text, lines = [], isRefusal }, me, jump) => el("div", { class: isRefusal ? "reply refused" : "reply" },
	el("small", {}, text && (isRefusal ? "Not done: " : "Only for you: "), el("code", {}, text)),
	...lines.map((line) => typeof line === "string" ? el("p", { dir: "auto" }, ...textOf(line, me))
		: el("button", { dir: "auto", onclick: () => jump(line.id) }, clock.format(line.time), " ", el("b", {}, line.who), " ", line.text)));

/**
 * The rows of a room's log.
 * @param {import("./store.js").Room} room @param {import("./outbox.js").Entry[]} unsent
 * @param {string} me @param {(id: number) => void} jump
 */
export function rowsOf(room, unsent, me, jump) {
	const rows = [];
	// Ids are of one room.
	const add = (key, make) => rows.push({ key: `${room.name} ${key}`, make });
	const note = (key, text) => add(key, () => el("p", { class: "note", dir: "auto" }, text));
	const line = (key, tag, text) => add(key, () => el(tag, { class: "line" }, text));
	let before = null;
	let day = "";
	let isNewShown = room.newAfter === null;
	if (room.hasOlder) note("older", "Loading what was said before …");
	for (const item of room.items) {
		const isMessage = item.kind === "said" || item.kind === "acted";
		const its = dayOf(item.time);
		if (its !== day) line("day" + (day = its), "h2", its);
		const isFirstNew = !isNewShown && isMessage && item.id > room.newAfter && item.who !== me;
		if (isFirstNew) line("new" + item.id, "strong", (isNewShown = "New"));
		const isNext = before?.kind === "said" && item.kind === "said" && before.who === item.who && !isFirstNew &&
			item.time - before.time < GROUPED_MS && dayOf(before.time) === its;
		if (item.moves) note(`m${item.id}`, inWords(item.moves));
		else if (isMessage) add(`${item.id} ${isNext} ${item.edited}`, () => message(item, me, isNext));
		else add(`${item.id} ${item.lines.length}`, () => reply(item, me, jump));
		before = item;
	}
	if (room.hasNewer) note("newer", "Loading what was said later …");
	else for (const { label, command, text } of unsent) {
		add(label, () => el("article", { class: "unsent" }, face(me, "person"), el("header", {}, el("b", {}, me), el("i", {}, "not sent yet")),
			el("p", { dir: "auto" }, command === undefined ? text : `/${command} ${text}`)));
	}
	return rows;
}
