// What a message is made of: text, links, one's own name.

/** @typedef {{ text: string, href?: string, isMe?: boolean }} Part */

// They belong to a link if it opens them.
/** @type {Record<string, string>} */
const brackets = { ")": "(", "]": "[", "}": "{" };

/** How often a character is in a text. @param {string} text @param {string} one */
const count = (text, one) => text.split(one).length - 1;

/** A link without what belongs to the sentence around it. @param {string} link */
function trimmed(link) {
	/** @type {Record<string, number>} */
	const unopened = {};
	for (const [close, open] of Object.entries(brackets)) unopened[close] = count(link, close) - count(link, open);
	let end = link.length;
	for (; end > 0; end--) {
		const last = link[end - 1];
		if (last in brackets ? unopened[last]-- <= 0 : !".,;:!?'’…*_~".includes(last)) break;
	}
	return link.slice(0, end);
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
	/** @param {string} found */
	const link = (found) => {
		const href = trimmed(found);
		return href.endsWith("//") ? { text: href } : { text: href, href };
	};
	// A zero-width space is a space to its writer.
	const parts = cut(text, /()(https?:\/\/[^\s/<>"`“”«»\u200b][^\s<>"`“”«»\u200b]*)/giu, link);
	return parts.flatMap((part) => (part.href || !me ? [part] : cut(part.text, asWord(me), (text) => ({ text, isMe: true }))));
}
