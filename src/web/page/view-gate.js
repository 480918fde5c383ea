// The first screen: it asks for a name, and for the password of the server if there is one.

import { byId } from "./dom.js";
import { browser, tab } from "./storage.js";

/** @param {import("./session.js").Session} session @returns {() => void} draws it */
export function makeGate(session) {
	const name = byId("name");
	const password = byId("password");
	let wasShown = false;
	name.disabled = false;
	name.value = browser.get("name", "");
	byId("enter").onsubmit = (event) => {
		event.preventDefault();
		session.gate = "";
		if (session.asksPassword) tab.set("password", password.value);
		session.connection.start(name.value.trim());
	};
	return () => {
		const { gate, connection } = session;
		const isShown = gate !== null;
		const asks = session.asksPassword;
		password.hidden = password.labels[0].hidden = password.disabled = !asks;
		if (isShown && (!wasShown || gate)) setTimeout(() => (asks ? password : name).focus());
		wasShown = isShown;
		byId("gate").hidden = !isShown;
		byId("app").hidden = isShown;
		byId("gate-said").textContent = gate || (connection.isWaiting ? connection.why || "The server does not answer. Trying again …" : "");
	};
}
