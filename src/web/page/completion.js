// What may be meant by what is typed: commands, names, `:emoji:`. Text in, suggestions out.

import { emojiLike } from "./emoji.js";

/** @typedef {{ label: string, hint: string, text: string, caret: number }} Suggestion `text` and `caret`: if it is taken */
/** @typedef {{ name: string, arguments?: string, help: string }} Command `name` with its slash */

/**
 * What fits the word before the caret.
 * @param {string} text @param {number} caret @param {Command[]} commands
 * @param {string[]} names those who spoke last first
 * @param {boolean} isAsked Tab was pressed: the beginning of a name will do
 * @returns {Suggestion[]}
 */
export function suggestions(text, caret, commands, names, isAsked) {
	const before = text.slice(0, caret);
	const offer = (label, hint, from, by) => {
		const start = text.slice(0, from) + by + " ";
		return { label, hint, text: start + text.slice(caret).trimStart(), caret: start.length };
	};

	if (/^\/[^\s/]*$/.test(before)) {
		return commands.filter(({ name }) => name.toLowerCase().startsWith(before.toLowerCase()))
			.map((one) => offer(one.name + (one.arguments ?? ""), one.help, 0, one.name.split(" ")[0]));
	}
	const emoji = /(?:^|[\s(]):([a-z_0-9+-]{2,})$/i.exec(before)?.[1].toLowerCase();
	if (emoji) {
		return emojiLike(emoji).slice(0, 8).map(([name, sign]) => offer(sign, `:${name}:`, caret - emoji.length - 1, sign));
	}
	const [, at, start] = /(?:^|\s)(@?)(\S*)$/.exec(before) ?? ["", "", ""];
	if (!at && !(isAsked && start)) return [];
	const from = caret - at.length - start.length;
	return names.filter((name) => name.toLowerCase().startsWith(start.toLowerCase())).slice(0, 8)
		.map((name) => offer(name, "", from, at + name + (from || at ? "" : ":")));
}
