// Ctrl+K: goes to a room, speaks to somebody, or searches what was said.

import { byId, el, sync } from "./dom.js";
import { dayOf, textOf } from "./view-message.js";

/** @typedef {{ key: string, what: Node[], act: () => void }} Choice */

/**
 * @param {import("./session.js").Session} session
 * @param {{ show: (room: import("./store.js").Room) => void, address: (name: string) => void, jump: (id: number) => void }} go
 */
export function makeFinder(session, go) {
	const finder = byId("finder");
	const field = byId("wanted");
	const list = byId("choices");
	const note = byId("finder-said");
	/** @type {Choice[]} */
	let choices = [];
	let chosen = 0;

	/** @param {number} at */
	function choose(at) {
		chosen = at;
		sync(list, choices.map(({ key, what, act }, at) => ({
			key: key + at + (at === chosen),
			make: () => el("li", {
				id: `choice-${at}`, role: "option", "aria-selected": String(at === chosen), onclick: act,
			}, ...what.map((node) => node.cloneNode(true))),
		})));
		field.setAttribute("aria-activedescendant", choices.length ? `choice-${chosen}` : "");
		list.children[chosen]?.scrollIntoView({ block: "nearest" });
	}

	/** @param {string} key @param {(what: any) => void} act @param {any} [what] */
	const closing = (act, what) => () => {
		finder.close();
		act(what);
	};
	const strong = (text) => el("b", { dir: "auto" }, text);

	async function search() {
		const words = field.value.trim();
		note.textContent = "Searching …";
		try {
			const { items, isCut } = await session.search(session.active, words);
			if (!items.length) note.textContent = "Nothing was found.";
			else note.textContent = isCut ? "There are more: other words find fewer." : "";
			choices = items.map((item) => ({
				key: `${item.id} `,
				what: [el("small", {}, `${dayOf(item.time)} `), strong(item.who), el("p", { dir: "auto" }, ...textOf(item.text, session.me))],
				act: closing(go.jump, item.id),
			}));
			choose(0);
		} catch (refusal) {
			note.textContent = refusal.text ?? "The connection is lost.";
		}
	}

	function typed() {
		const words = field.value.trim();
		const fits = (name) => name.toLowerCase().includes(words.toLowerCase());
		const rooms = [...session.rooms.values()].filter((room) => fits(room.name));
		rooms.sort((a, b) => Number(b.isJoined) - Number(a.isJoined) || b.mentions - a.mentions || b.unread - a.unread);
		choices = rooms.map((room) => ({
			key: room.name + room.unread,
			what: [strong(room.name), el("small", {}, room.unread ? ` ${room.unread} unread` : ` ${room.purpose}`)],
			act: closing(go.show, room),
		}));
		if (words) {
			for (const name of [...session.active.members.keys()].filter(fits).slice(0, 5)) {
				choices.push({ key: name + "@", what: [strong(name), el("small", {}, " speak to")], act: closing(go.address, name) });
			}
			const text = `Search ${session.active.name} for “${words}”`;
			if (session.can("search")) choices.push({ key: text, what: [strong(text)], act: search });
		}
		note.textContent = "";
		choose(0);
	}

	field.oninput = typed;
	field.onkeydown = (event) => {
		const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
		if (step && choices.length) choose((chosen + step + choices.length) % choices.length);
		else if (event.key === "Enter" && !event.isComposing) choices[chosen]?.act();
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
