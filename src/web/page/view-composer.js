// Where one writes: several lines, completion, drafts, buttons for the room's own commands.

import { suggestions } from "./completion.js";
import { byId, el, sync } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { makeListbox, stepOf } from "./listbox.js";
import { tab } from "./storage.js";
import { names } from "./view-message.js";

const BYTES = 4096;
const LINES = 40;

/** @param {import("./session.js").Session} session @param {() => void} sent */
export function makeComposer(session, sent) {
	const field = byId("message");
	const note = byId("room-left");
	const rejoin = byId("rejoin");
	const offers = makeListbox(field, byId("suggestions"));
	/** The room to which one writes. @type {import("./store.js").Room | null} */
	let shown = null;

	function offer(isAsked) {
		if (!shown) return 0;
		const there = new Set([...shown.items.map((item) => item.who).reverse(), ...shown.members.keys()]);
		for (const one of ["", session.me]) there.delete(one);
		const found = suggestions(field.value, field.selectionStart, [...shown.commands, ...session.commands], [...there], isAsked);
		offers.set(found.map((one) => ({ ...one, act: () => write(one.text, one.caret) })));
		return found.length;
	}

	function write(text, caret = text.length) {
		field.value = text;
		field.setSelectionRange(caret, caret);
		typed();
		offers.set([]);
	}

	function typed() {
		field.style.height = "auto";
		field.style.height = `${field.scrollHeight}px`;
		const left = BYTES - new TextEncoder().encode(field.value).length;
		note.textContent = left < 0 ? `${-left} too many` : left < 400 ? `${left} left` : "";
		// Until a room is shown, what is written stays in the field.
		if (!shown) return false;
		shown.draft = field.value;
		tab.set("draft." + shown.name, field.value || null);
		return left >= 0;
	}

	function send() {
		const text = withEmoji(field.value.trimEnd());
		if (!typed() || !text) return;
		if (text.split("\n").length > LINES) return (note.textContent = `At most ${LINES} lines`);
		write("");
		session.say(shown, text);
		// It may have been a command to go to another room.
		if (session.active) draw();
		sent();
	}

	field.oninput = (event) => {
		const before = field.value.slice(0, field.selectionStart);
		const now = withEmoji(before);
		if (event.data === ":" && now !== before) field.setRangeText(now, 0, before.length, "end");
		typed();
		offer(false);
		if (shown && field.value && field.value[0] !== "/") session.typing(shown);
	};
	field.onblur = () => offers.set([]);
	field.onkeydown = (event) => {
		const { key, shiftKey } = event;
		if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
		const offered = offers.get();
		const isEnter = key === "Enter" && !shiftKey;
		if (offers.move(stepOf(event)));
		else if (offered && (key === "Tab" || (isEnter && offered.text.trim() !== field.value.trim()))) offered.act();
		else if (offered && key === "Escape") {
			offers.set([]);
			event.stopPropagation();
		} else if (key === "Tab" && !shiftKey && /\S$/.test(field.value.slice(0, field.selectionStart))) {
			const found = offer(true);
			if (!found) return;
			if (found === 1) offers.get().act();
		} else if (isEnter) send();
		else return;
		event.preventDefault();
	};
	byId("composer").onsubmit = (event) => {
		event.preventDefault();
		send();
		field.focus();
	};
	rejoin.onclick = () => session.join(session.active);

	/** Begins to speak to somebody. */
	function address(name) {
		write(field.value ? `${field.value.trimEnd()} ${name} ` : name + ": ");
		field.focus();
	}

	function draw() {
		const room = session.active;
		byId("composer").hidden = room.isOut;
		rejoin.hidden = !room.isOut;
		if (room !== shown) {
			const before = shown ? "" : field.value;
			shown = room;
			write(room.draft + before);
			if (!matchMedia("(pointer: coarse)").matches) field.focus();
		}
		rejoin.textContent = `Join ${room.name}`;
		field.placeholder = `Message to ${room.name}`;
		byId("actions").hidden = room.isOut || !room.commands.length;
		sync(byId("actions"), room.commands.map(({ name, help }) => ({
			key: name + help,
			make: () => el("button", { onclick: () => session.say(session.active, name) }, el("b", {}, name), el("small", {}, help)),
		})));
		const typing = [...room.typing].filter(([, until]) => until > Date.now()).map(([who]) => who);
		byId("typing").textContent = !typing.length ? "" : typing.length > 3 ? "Several people are typing …"
			: `${names.format(typing)} ${typing.length > 1 ? "are" : "is"} typing …`;
	}
	return { draw, address };
}
