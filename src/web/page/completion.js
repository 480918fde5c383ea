// What may be meant by what is typed: commands after a slash, names, `:emoji:`. Pure: text in, suggestions out.

import { emojiLike } from "./emoji.js";

const MOST = 8;

/**
 * @typedef {object} Suggestion
 * @property {string} label what to show
 * @property {string} hint a few words more
 * @property {string} text what stands in the field if it is taken
 * @property {number} caret where the caret goes then
 */

/** @typedef {{ name: string, arguments?: string, help: string }} Command `name` with its slash */

/**
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {string} by
 */
function replaced(text, from, to, by) {
  const rest = text.slice(to).replace(/^ /, "");
  return { text: text.slice(0, from) + by + rest, caret: from + by.length };
}

/**
 * What fits the word before the caret.
 * @param {string} text all that is typed
 * @param {number} caret
 * @param {Command[]} commands
 * @param {string[]} names who is there, those who spoke last first
 * @param {boolean} isAsked Tab was pressed: any beginning of a name will do
 * @returns {Suggestion[]}
 */
export function suggestions(text, caret, commands, names, isAsked) {
  const before = text.slice(0, caret);

  if (/^\/[^\s/]*$/.test(before)) {
    const start = before.toLowerCase();
    const fitting = commands.filter((command) => command.name.toLowerCase().startsWith(start));
    return fitting.slice(0, 2 * MOST).map((command) => ({
      label: command.name + (command.arguments ?? ""),
      hint: command.help,
      ...replaced(text, 0, caret, command.name + " "),
    }));
  }

  const colon = /(?:^|[\s(])(:[a-z_0-9+-]{2,})$/i.exec(before);
  if (colon) {
    const from = caret - colon[1].length;
    return emojiLike(colon[1].slice(1).toLowerCase(), MOST).map(({ name, emoji }) => ({
      label: emoji,
      hint: `:${name}:`,
      ...replaced(text, from, caret, emoji + " "),
    }));
  }

  const word = /(?:^|\s)(@?)(\S*)$/.exec(before);
  if (!word || (!word[1] && !(isAsked && word[2]))) return [];
  const start = word[2].toLowerCase();
  const from = caret - word[1].length - word[2].length;
  const end = from === 0 && !word[1] ? ": " : " ";
  const fitting = names.filter((name) => name.toLowerCase().startsWith(start));
  return fitting.slice(0, MOST).map((name) => ({
    label: name,
    hint: "",
    ...replaced(text, from, caret, word[1] + name + end),
  }));
}
