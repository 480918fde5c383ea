// Settings, and the ways out.

import { byId } from "./dom.js";
import { browser } from "./storage.js";

/** @param {import("./session.js").Session} session @param {Record<string, boolean>} settings */
export function makeMenu(session, settings) {
	const menu = byId("menu");
	const leave = byId("leave-room");
	byId("may-notify").hidden = !isSecureContext || !("Notification" in window);
	for (const box of menu.querySelectorAll("input")) {
		box.checked = settings[box.name];
		box.onchange = async () => {
			if (box.name === "notify" && box.checked) box.checked = (await Notification.requestPermission()) === "granted";
			settings[box.name] = box.checked;
			browser.set("settings", settings);
			session.on.changed();
		};
	}
	byId("show-menu").onclick = () => {
		leave.hidden = !session.active?.isJoined;
		leave.textContent = `Leave ${session.active?.name}`;
		menu.showModal();
	};
	leave.onclick = () => session.connection.send({ type: "leave", room: session.active?.name });
	byId("leave-salon").onclick = () => session.exit();
	menu.onclick = (event) => /DIALOG|BUTTON/.test(event.target.tagName) && menu.close();
}
