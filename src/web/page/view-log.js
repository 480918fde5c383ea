// The log: keeps its place while messages come and go at both ends, and asks for more when an end is near.

import { byId, sync } from "./dom.js";
import { rowsOf } from "./view-message.js";

const NEAR_PX = 700;
const AT_END_PX = 40;

/** @param {import("./session.js").Session} session @param {{ comings: boolean }} settings */
export function makeLog(session, settings) {
  const log = byId("log");
  const down = byId("down");
  /** The room that is drawn. @type {import("./store.js").Room | null} */
  let drawn = null;
  /** The message to go to, once it is drawn. @type {number | null} */
  let target = null;
  let isLoading = false;

  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < AT_END_PX;

  /** The first element in sight, and how far below the upper edge it is. */
  function anchor() {
    for (const node of log.children) {
      const at = node.offsetTop - log.scrollTop;
      if (at + node.offsetHeight > 0 && node.dataset.id) return { node, at };
    }
    return null;
  }

  /** @param {() => Promise<void>} load */
  async function more(load) {
    if (isLoading) return;
    isLoading = true;
    await load().catch(() => {});
    isLoading = false;
    session.on.changed();
  }

  function scrolled() {
    const room = session.active;
    if (!room || room !== drawn || !session.connection.isOnline) return;
    if (log.scrollTop < NEAR_PX && room.hasOlder) more(() => session.older(room));
    else if (room.hasNewer && log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX) more(() => session.newer(room));
    room.isAtEnd = isAtEnd() && !room.hasNewer;
    down.hidden = room.isAtEnd;
    down.textContent = room.unread ? `↓ ${room.unread} new` : "↓ Newest";
    if (room.isAtEnd && room.isLive && document.hasFocus() && !document.hidden) session.markRead(room);
  }

  /** @param {number} id */
  function jump(id) {
    const room = session.active;
    if (!room) return;
    target = id;
    session.around(room, id).then(draw, () => (target = null));
  }

  function draw() {
    const room = session.active;
    if (!room) return;
    const isOther = room !== drawn;
    const stays = !isOther && room.isAtEnd && isAtEnd();
    const held = isOther || stays ? null : anchor();
    const unsent = session.outbox.entries.filter((entry) => entry.room === room.name);
    sync(log, rowsOf(room, unsent, { me: session.me, jump, showsMoves: settings.comings }));
    drawn = room;
    const goal = target !== null && log.querySelector(`[data-id="${target}"]`);
    const line = isOther && log.querySelector(".new");
    if (goal) {
      target = null;
      goal.scrollIntoView({ block: "center" });
      goal.classList.add("found");
      goal.focus({ preventScroll: true });
    } else if (line) log.scrollTop = line.offsetTop - log.clientHeight / 4;
    else if (isOther || stays) log.scrollTop = log.scrollHeight;
    else if (held?.node.isConnected) log.scrollTop = held.node.offsetTop - held.at;
    scrolled();
  }

  log.addEventListener("scroll", scrolled, { passive: true });
  addEventListener("focus", scrolled);
  new ResizeObserver(() => session.active?.isAtEnd && (log.scrollTop = log.scrollHeight)).observe(log);
  down.addEventListener("click", async () => {
    const room = session.active;
    if (!room) return;
    await session.newest(room).catch(() => {});
    draw();
    log.scrollTop = log.scrollHeight;
  });
  return { draw, jump, toEnd: () => (log.scrollTop = log.scrollHeight) };
}
