// The first screen: it asks for a name, and nothing else.

import { byId } from "./dom.js";
import { browser } from "./storage.js";

/** @param {import("./session.js").Session} session @returns {() => void} draws it */
export function makeGate(session) {
	const name = byId("name");
	let wasShown = false;
	name.disabled = false;
	name.value = browser.get("name", "");
	byId("enter").onsubmit = (event) => {
		event.preventDefault();
		session.gate = "";
		session.connection.start(name.value.trim());
	};
	return () => {
		const { gate, connection } = session;
		const isShown = gate !== null;
		if (isShown && (!wasShown || gate)) setTimeout(() => name.focus());
		wasShown = isShown;
		byId("gate").hidden = !isShown;
		byId("app").hidden = isShown;
		byId("gate-said").textContent = gate || (connection.isWaiting ? connection.why || "The server does not answer. Trying again …" : "");
	};
}
