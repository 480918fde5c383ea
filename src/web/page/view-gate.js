// The first screen: it asks for a name, and nothing else.

import { byId } from "./dom.js";
import { browser } from "./storage.js";

/** @param {import("./session.js").Session} session */
export function makeGate(session) {
  const name = byId("name");
  const said = byId("gate-said");
  name.value = browser.get("name", "");
  byId("enter").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    if (name.value.trim()) session.gate = "";
    session.enter(name.value.trim(), false);
  });
  return () => {
    const isShown = session.gate !== null;
    const wasHidden = byId("gate").hidden;
    byId("gate").hidden = !isShown;
    byId("app").hidden = isShown;
    if (!isShown) return;
    const isLost = session.connection.retryAt > Date.now() && !session.gate;
    said.textContent = isLost ? "The server does not answer. Trying again …" : session.gate;
    name.toggleAttribute("aria-invalid", Boolean(session.gate));
    if (wasHidden || session.gate) name.focus();
  };
}
