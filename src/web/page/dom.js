// Elements. Text becomes text nodes: nothing on this page parses HTML at run time.

/**
 * Makes an element.
 * @param {string} tag
 * @param {Record<string, unknown>} [props] attributes; a function under `onclick` and the like is a listener; `false` and
 *   `null` leave the attribute out
 * @param {...(Node | string | false | null | undefined)} children strings become text nodes
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
  return node;
}

/**
 * The element with this id, which the page has.
 * @param {string} id
 * @returns {any}
 */
export const byId = (id) => document.getElementById(id);

/** @typedef {{ key: string, make: () => HTMLElement }} Row */

/** @type {WeakMap<Element, string>} */
const keys = new WeakMap();

/**
 * Makes `parent` hold one element for each row, in their order. An element stays while its key is wanted, so scroll
 * position, focus and selection survive.
 * @param {Element} parent
 * @param {Row[]} rows
 */
export function sync(parent, rows) {
  const wanted = new Set(rows.map((row) => row.key));
  const have = new Map();
  for (const node of [...parent.children]) {
    const key = keys.get(node);
    if (key !== undefined && wanted.has(key)) have.set(key, node);
    else node.remove();
  }
  let next = parent.firstElementChild;
  for (const row of rows) {
    let node = have.get(row.key);
    if (!node) keys.set((node = row.make()), row.key);
    if (node === next) next = next.nextElementSibling;
    else parent.insertBefore(node, next);
  }
}

/**
 * A number from 0 to 6 that is always the same for a name: which colour it has.
 * @param {string} name
 */
export function tint(name) {
  let sum = 7;
  for (const char of name.toLowerCase()) sum = (sum * 33 + (char.codePointAt(0) ?? 0)) & 0x7fffffff;
  return sum % 7;
}

/**
 * A disc with the first letter of a name.
 * @param {string} name
 * @param {string} is
 */
export function face(name, is) {
  const letter = is === "bot" ? "⚙" : is === "host" ? "★" : ([...name][0] ?? "?").toUpperCase();
  return el("span", { class: "face", "data-tint": tint(name), "data-is": is, "aria-hidden": "true" }, letter);
}

/**
 * Runs `work` once before the next frame, however often it is asked for; in a page that nobody sees, a little later.
 * @param {() => void} work
 * @returns {() => void}
 */
export function oncePerFrame(work) {
  let isDue = false;
  const run = () => {
    if (isDue) {
      isDue = false;
      work();
    }
  };
  return () => {
    if (isDue) return;
    isDue = true;
    if (!document.hidden) requestAnimationFrame(run);
    // A hidden page, or one that gets hidden meanwhile, has no frames.
    setTimeout(run, 250);
  };
}
