// Ctrl+K: goes to a room, or searches what was said.

import { byId, el } from "./dom.js";
import { makeListbox, stepOf } from "./listbox.js";
import { dayOf, textOf } from "./view-message.js";

/**
 * @param {import("./session.js").Session} session
 * @param {{ show: Function, jump: Function }} go to a room, a message
 */
export function makeFinder(session, go) {
	const finder = byId("finder");
	const field = byId("wanted");
	const note = byId("finder-said");
	const list = makeListbox(field, byId("choices"));
	const closing = (act, what) => () => {
		finder.close();
		act(what);
	};

	async function search() {
		note.textContent = "Searching …";
		try {
			const { items, isCut } = await session.search(session.active, field.value.trim());
			note.textContent = !items.length ? "Nothing found." : isCut ? "There are more." : "";
			list.set(items.map(({ id, who, time, text }) => ({
				label: who,
				hint: dayOf(time),
				more: [el("p", { dir: "auto", "data-found": id }, ...textOf(text, session.me))],
				act: closing(go.jump, id),
			})));
		} catch (refusal) {
			note.textContent = refusal.text ?? "The connection is lost.";
		}
	}

	function typed() {
		const words = field.value.trim();
		const rooms = session.all().filter((room) => room.name.toLowerCase().includes(words.toLowerCase()));
		rooms.sort((a, b) => b.isJoined - a.isJoined || b.mentions - a.mentions || b.unread - a.unread);
		const choices = rooms.map((room) => ({
			label: room.name, hint: room.unread ? `${room.unread} unread` : room.purpose, act: closing(go.show, room),
		}));
		if (words && session.active) choices.push({ label: words, hint: `search ${session.active.name}`, act: search });
		note.textContent = "";
		list.set(choices);
	}

	field.oninput = typed;
	field.onkeydown = (event) => {
		if (list.move(stepOf(event)));
		else if (event.key === "Enter" && !event.isComposing) list.get()?.act();
		else return;
		event.preventDefault();
	};
	finder.onclick = (event) => event.target === finder && finder.close();
	return () => {
		field.value = "";
		typed();
		finder.showModal();
	};
}
