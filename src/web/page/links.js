// What a message is made of: plain text, links, and one's own name.

/** @typedef {{ text: string, href?: string, isMe?: boolean }} Part */

const LINK = /https?:\/\/[^\s<>"“”«»]+/giu;

/**
 * The link at the beginning of `found` without what belongs to the sentence around it: a full stop, a closing bracket
 * that was not opened in it.
 * @param {string} found
 */
function trimmed(found) {
  let link = found;
  for (;;) {
    const last = link.at(-1) ?? "";
    const isOpenedInside = last === ")" && link.split("(").length >= link.split(")").length;
    if (!/[.,;:!?'’)\]}…*_~]/u.test(last) || isOpenedInside) return link;
    link = link.slice(0, -1);
  }
}

/**
 * An expression that finds `name` where it stands as a word of its own.
 * @param {string} name
 */
function nameAsWord(name) {
  const literal = name.replace(/[.*+?^${}()|[\]\\-]/g, (char) => (char === "-" ? "\\x2d" : "\\" + char));
  return new RegExp(`(^|[^\\p{L}\\p{N}_])(@?${literal})(?![\\p{L}\\p{N}_])`, "giu");
}

/**
 * Whether somebody is meant by `text`.
 * @param {string} text
 * @param {string} name
 */
export const mentions = (text, name) => name !== "" && nameAsWord(name).test(text);

/**
 * @param {string} text
 * @param {string} me
 * @returns {Part[]}
 */
function withNames(text, me) {
  /** @type {Part[]} */
  const parts = [];
  let from = 0;
  for (const match of me ? text.matchAll(nameAsWord(me)) : []) {
    const at = match.index + match[1].length;
    parts.push({ text: text.slice(from, at) }, { text: match[2], isMe: true });
    from = at + match[2].length;
  }
  parts.push({ text: text.slice(from) });
  return parts;
}

/**
 * Takes a message apart. Links are only what a browser takes for an address of the web.
 * @param {string} text
 * @param {string} me one's own name
 * @returns {Part[]}
 */
export function partsOf(text, me) {
  /** @type {Part[]} */
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const link = trimmed(match[0]);
    let url;
    try {
      url = new URL(link);
    } catch {
      continue;
    }
    if (!url.host || !/^https?:$/.test(url.protocol)) continue;
    parts.push(...withNames(text.slice(from, match.index), me), { text: link, href: url.href });
    from = match.index + link.length;
  }
  parts.push(...withNames(text.slice(from), me));
  return parts.filter((part) => part.text !== "");
}

/**
 * Whether a message is nothing but a few emoji, which are shown large.
 * @param {string} text
 */
export const isOnlyEmoji = (text) =>
  text.length <= 40 && /^(?:\s|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f)+$/u.test(text) &&
  /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(text);
