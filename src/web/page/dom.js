// Elements. Text becomes text nodes: nothing on this page parses HTML at run time.

/** @param {string} id @returns {any} the element of the page with this id */
export const byId = (id) => document.getElementById(id);

/**
 * Makes an element. A function among `props` listens, `false` and `null` are left out; strings become text nodes.
 * @param {string} tag @param {Record<string, unknown>} [props] @param {...any} children
 */
export function el(tag, props = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(props)) {
		if (name === "hue") node.style.setProperty("--hue", value);
		else if (typeof value === "function") node.addEventListener(name.slice(2), value);
		else if (value !== false && value != null) node.setAttribute(name, value);
	}
	node.append(...children.filter(Boolean));
	return node;
}

/** @typedef {{ key: string, make: () => HTMLElement }} Row */

const keys = new WeakMap();

/**
 * Makes `parent` hold one element for each row. Those whose keys are still wanted stay, and so do focus and selection.
 * @param {Element} parent @param {Row[]} rows
 */
export function sync(parent, rows) {
	const wanted = new Set(rows.map((row) => row.key));
	const have = new Map();
	for (const node of [...parent.children]) {
		if (wanted.has(keys.get(node))) have.set(keys.get(node), node);
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

/** Which colour a name has, in degrees. @param {string} name */
export const hue = (name) => [...name.toLowerCase()].reduce((sum, c) => (sum * 33 + c.codePointAt(0)) % 1e9, 7) % 360;

/** A disc with the first letter of a name. @param {string} name @param {string} is */
export const face = (name, is) => el("span", { class: "face", hue: hue(name), "data-is": is, "aria-hidden": "true" },
	is === "bot" ? "⚙" : is === "host" ? "★" : [...name][0]?.toUpperCase());

/** Runs `work` once before the next frame, however often it is asked for. @param {() => void} work */
export function oncePerFrame(work) {
	let isDue = false;
	const run = () => {
		if (isDue) work(isDue = false);
	};
	return () => {
		if (isDue) return;
		isDue = true;
		requestAnimationFrame(run);
		// A page that nobody sees has no frames.
		setTimeout(run, 250);
	};
}
