// Who is in the room: its host, people, bots.

import { byId, el, face, sync } from "./dom.js";

const MOST = 300;
const letters = new Intl.Collator(undefined, { sensitivity: "base" });

/** @param {import("./session.js").Session} session @param {(name: string) => void} address */
export function drawMembers(session, address) {
  const room = session.active;
  if (!room) return;
  const all = [...room.members].sort((a, b) => letters.compare(a[0], b[0]));
  const rows = [];
  const part = (/** @type {string} */ title, /** @type {string} */ is, /** @type {string[]} */ who) => {
    if (!who.length) return;
    rows.push({ key: `${title}${who.length}`, make: () => el("h3", {}, title, who.length > 1 && el("small", {}, `${who.length}`)) });
    for (const name of who.slice(0, MOST)) {
      rows.push({ key: `${is}|${name}`, make: () => el("button", {
        type: "button", "data-member": name, "data-is": is, title: `Speak to ${name}`, onclick: () => address(name),
      }, face(name, is), el("span", { dir: "auto" }, name), name === session.me && el("small", {}, "you")) });
    }
    if (who.length > MOST) rows.push({ key: "more" + is, make: () => el("p", {}, `and ${who.length - MOST} more`) });
  };
  const of = (/** @type {string} */ is) => all.filter((one) => one[1] === is).map((one) => one[0]);
  part("Host", "host", room.host && room.isJoined ? [room.host] : of("host"));
  part("People", "person", of("person"));
  part("Bots", "bot", of("bot"));
  sync(byId("member-list"), rows);
  byId("count").textContent = room.members.size ? `${room.members.size}` : "";
}
