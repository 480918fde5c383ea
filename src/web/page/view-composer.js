// Where one writes: several lines, completion, drafts, what was said before, buttons for the room's own commands.

import { suggestions } from "./completion.js";
import { byId, el, sync } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { tab } from "./storage.js";
import { names } from "./view-message.js";

const BYTES = 4096;
const LINES = 20;

/** @param {import("./session.js").Session} session @param {() => void} sent */
export function makeComposer(session, sent) {
	const field = byId("message");
	const list = byId("suggestions");
	const note = byId("room-left");
	let shown = null;
	/** @type {import("./completion.js").Suggestion[]} */
	let offered = [];
	let chosen = 0;
	/** @type {string[]} */
	let said = [];
	let recalled = 0;

	function offer(isAsked = false) {
		const room = session.active;
		const there = new Set([...room.items.map((item) => item.who).reverse(), ...room.members.keys()]);
		for (const one of ["", session.me]) there.delete(one);
		offered = suggestions(field.value, field.selectionStart, [...room.commands, ...session.commands], [...there], isAsked);
		choose(0);
	}

	/** @param {number} at */
	function choose(at) {
		chosen = at;
		list.hidden = !offered.length;
		sync(list, offered.map((one, at) => ({
			key: one.label + one.hint + at + (at === chosen),
			make: () => el("li", {
				id: `offer-${at}`, role: "option", "aria-selected": String(at === chosen),
				onpointerdown: (event) => {
					event.preventDefault();
					take(one);
				},
			}, el("b", { dir: "auto" }, one.label), " ", el("small", {}, one.hint)),
		})));
		field.setAttribute("aria-activedescendant", offered.length ? `offer-${chosen}` : "");
		list.children[chosen]?.scrollIntoView({ block: "nearest" });
	}

	function close() {
		offered = [];
		choose(0);
	}

	/** @param {import("./completion.js").Suggestion} one */
	const take = ({ text, caret }) => write(text, caret);

	/** @param {string} text @param {number} [caret] */
	function write(text, caret = text.length) {
		field.value = text;
		field.setSelectionRange(caret, caret);
		typed();
		close();
	}

	function typed() {
		field.style.height = "auto";
		field.style.height = `${field.scrollHeight}px`;
		const left = BYTES - new TextEncoder().encode(field.value).length;
		note.textContent = left < 0 ? `${-left} too many` : left < 400 ? `${left} left` : "";
		session.active.draft = field.value;
		tab.set("draft." + session.active.name, field.value || null);
		return left >= 0;
	}

	function send() {
		const text = withEmoji(field.value.trimEnd());
		if (!text.trim() || !typed()) return;
		if (!session.can("lines") && text.split("\n").length > LINES) {
			note.textContent = `At most ${LINES} lines`;
			return;
		}
		said.push(field.value);
		recalled = said.length;
		write("");
		session.say(session.active, text);
		sent();
	}

	field.oninput = (event) => {
		const before = field.value.slice(0, field.selectionStart);
		if (event.data === ":" && withEmoji(before) !== before) field.setRangeText(withEmoji(before), 0, before.length, "end");
		typed();
		offer();
		if (field.value && !field.value.startsWith("/")) session.typing(session.active);
	};
	field.onblur = close;
	field.onkeydown = (event) => {
		const { key, shiftKey, isComposing, ctrlKey, altKey, metaKey } = event;
		if (isComposing || ctrlKey || altKey || metaKey) return;
		const step = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
		const isEnter = key === "Enter" && !shiftKey;
		const isOffered = offered.length > 0;
		const again = said[recalled + step] ?? (recalled + step === said.length ? "" : undefined);
		if (isOffered && step) choose((chosen + step + offered.length) % offered.length);
		else if (isOffered && (key === "Tab" || (isEnter && offered[chosen].text.trim() !== field.value.trim()))) take(offered[chosen]);
		else if (isOffered && key === "Escape") {
			close();
			event.stopPropagation();
		} else if (key === "Tab" && !shiftKey && /\S$/.test(field.value.slice(0, field.selectionStart))) {
			offer(true);
			if (!offered.length) return;
			if (offered.length === 1) take(offered[0]);
		} else if (isEnter) send();
		else if (step && again !== undefined && field.value === (said[recalled] ?? "")) {
			recalled += step;
			write(again);
		} else return;
		event.preventDefault();
	};
	byId("composer").onsubmit = (event) => {
		event.preventDefault();
		send();
		field.focus();
	};
	byId("rejoin").onclick = () => session.join(session.active);

	/** @param {string} name */
	function address(name) {
		write(field.value ? `${field.value.trimEnd()} ${name} ` : name + ": ");
		field.focus();
	}

	function draw() {
		const room = session.active;
		if (room !== shown) {
			shown = room;
			write(room.draft);
			if (!matchMedia("(pointer: coarse)").matches) field.focus();
		}
		const isOut = !room.isJoined && session.connection.isOnline;
		byId("composer").hidden = isOut;
		byId("rejoin").hidden = !isOut;
		byId("rejoin").textContent = `Join ${room.name}`;
		field.placeholder = `Message to ${room.name}`;
		byId("actions").hidden = isOut || !room.commands.length;
		sync(byId("actions"), room.commands.map(({ name, help }) => ({
			key: name + help,
			make: () => el("button", {
				onclick: () => {
					if (!name.includes(" ")) return session.say(session.active, name);
					write(name.split(" ")[0] + " ");
					field.focus();
				},
			}, el("b", {}, name), el("small", {}, help)),
		})));
		const typing = [...room.typing].filter(([, until]) => until > Date.now()).map(([who]) => who);
		byId("typing").textContent = !typing.length ? "" : typing.length > 3 ? "Several people are typing …"
			: `${names.format(typing)} ${typing.length > 1 ? "are" : "is"} typing …`;
	}
	return { draw, address };
}
