// A list under a field: arrows choose, Enter or a click takes. The focus stays in the field.

import { el, sync } from "./dom.js";

/** @typedef {{ label: string, hint: string, more?: any[], act: () => void }} Choice */

/** @param {HTMLElement} field @param {HTMLElement} list */
export function makeListbox(field, list) {
	let choices = [];
	let chosen = 0;

	function choose(at) {
		chosen = (at + choices.length) % choices.length || 0;
		list.hidden = !choices.length;
		sync(list, choices.map(({ label, hint, more = [], act }, at) => ({
			key: [label, hint, at, at === chosen].join(),
			make: () => el("li", {
				id: `${list.id}-${at}`, role: "option", "aria-selected": `${at === chosen}`,
				onpointerdown: (event) => event.preventDefault(), onclick: act,
			}, el("b", { dir: "auto" }, label), " ", el("small", {}, hint), ...more),
		})));
		field.setAttribute("aria-activedescendant", choices.length ? `${list.id}-${chosen}` : "");
		list.children[chosen]?.scrollIntoView({ block: "nearest" });
	}

	return {
		set(these) {
			choices = these;
			choose(0);
		},
		/** What is chosen. */
		get: () => choices[chosen],
		move(step) {
			if (choices.length && step) choose(chosen + step);
			return choices.length > 0 && step !== 0;
		},
	};
}

/** Which way an arrow key goes. @param {KeyboardEvent} event */
export const stepOf = ({ key }) => (key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0);
