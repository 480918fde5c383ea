// What a message is made of: text, links, one's own name.

/** @typedef {{ text: string, href?: string, isMe?: boolean }} Part */

/** A link without what belongs to the sentence around it. @param {string} link */
function trimmed(link) {
	for (;;) {
		const isOpenedInside = link.endsWith(")") && link.split("(").length >= link.split(")").length;
		if (isOpenedInside || !/[.,;:!?'’)\]}…*_~]$/u.test(link)) return link;
		link = link.slice(0, -1);
	}
}

/** Finds `name` where it is a word of its own. @param {string} name */
const asWord = (name) =>
	new RegExp(`(^|[^\\p{L}\\p{N}_@])(@?${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")})(?![\\p{L}\\p{N}_])`, "giu");

/** @param {string} text @param {string} name */
export const mentions = (text, name) => name !== "" && asWord(name).test(text);

/** @param {string} text @param {RegExp} what with two groups @param {(found: string) => Part} part @returns {Part[]} */
function cut(text, what, part) {
	const parts = [];
	let from = 0;
	for (const match of text.matchAll(what)) {
		const at = match.index + match[1].length;
		const one = part(match[2]);
		parts.push({ text: text.slice(from, at) }, one);
		from = at + one.text.length;
	}
	return [...parts, { text: text.slice(from) }].filter((part) => part.text);
}

/** Takes a message apart. @param {string} text @param {string} me one's own name */
export function partsOf(text, me) {
	const link = (found) => ({ text: trimmed(found), href: trimmed(found) });
	const parts = cut(text, /()(https?:\/\/[^\s/<>"“”«»][^\s<>"“”«»]*)/giu, link);
	return parts.flatMap((part) => (part.href || !me ? [part] : cut(part.text, asWord(me), (text) => ({ text, isMe: true }))));
}
