// What a message is made of: text, links, one's own name.

/** @typedef {{ text: string, href?: string, isMe?: boolean }} Part */

/** A link without what belongs to the sentence around it. @param {string} link */
function trimmed(link) {
	/** How many brackets are closed and not opened. @type {Record<string, number>} */
	const extra = {};
	for (const [open, close] of ["()", "[]", "{}"]) extra[close] = link.split(close).length - link.split(open).length;
	while (extra[link.at(-1)]-- > 0 || ".,;:!?'’…*_~".includes(link.at(-1))) link = link.slice(0, -1);
	return link;
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
	const link = (found) => {
		const text = trimmed(found);
		return { text, href: text.endsWith("//") ? "" : text };
	};
	// A zero-width space is a space to its writer.
	const parts = cut(text, /()(https?:\/\/(?!\/)[^\s<>"`“”«»\u200b]+)/giu, link);
	return parts.flatMap((part) => (part.href || !me ? [part] : cut(part.text, asWord(me), (text) => ({ text, isMe: true }))));
}
