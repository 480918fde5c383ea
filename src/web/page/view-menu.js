// Settings, and the ways out.

import { byId } from "./dom.js";
import { browser } from "./storage.js";

/** @param {import("./session.js").Session} session @param {Record<string, boolean>} settings */
export function makeMenu(session, settings) {
  const menu = byId("menu");
  const mayNotify = isSecureContext && "Notification" in window;
  byId("may-notify").hidden = !mayNotify;
  for (const box of menu.querySelectorAll("[type=checkbox]")) {
    box.checked = settings[box.name];
    box.addEventListener("change", async () => {
      if (box.name === "notify" && box.checked) box.checked = (await Notification.requestPermission()) === "granted";
      settings[box.name] = box.checked;
      browser.set("settings", settings);
      session.on.changed();
    });
  }
  byId("show-menu").addEventListener("click", () => {
    const room = session.active;
    byId("leave-room").hidden = !room?.isJoined;
    byId("leave-room").textContent = `Leave ${room?.name}`;
    menu.showModal();
  });
  byId("leave-room").addEventListener("click", () => {
    session.connection.send({ type: "leave", room: session.active?.name });
    menu.close();
  });
  byId("leave-salon").addEventListener("click", () => {
    menu.close();
    session.exit();
  });
  menu.addEventListener("click", (/** @type {Event} */ event) => event.target === menu && menu.close());
}
