// The log: keeps its place while messages come and go at both ends, and asks for more when an end is near.

import { byId, sync } from "./dom.js";
import { rowsOf } from "./view-message.js";

const NEAR_PX = 700;
const AT_END_PX = 40;

/** @param {import("./session.js").Session} session */
export function makeLog(session) {
	const log = byId("log");
	const down = byId("down");
	/** The room that is drawn. @type {import("./store.js").Room | null} */
	let drawn = null;
	/** The message to go to, when it is drawn. */
	let target = 0;
	let isLoading = false;
	/** What is seen: the first message that begins there, and how far from the top. */
	let held = "";
	let at = 0;
	let size = "";

	const below = () => log.scrollHeight - log.scrollTop - log.clientHeight;
	const toEnd = () => (log.scrollTop = log.scrollHeight);

	async function more(loaded) {
		isLoading = true;
		await loaded.catch(() => {});
		isLoading = false;
		session.on.changed();
	}

	const nodeOf = (id) => log.querySelector(`[data-id="${id}"]`);

	function hold() {
		const first = [...log.children].find((node) => node.dataset.id && node.offsetTop >= log.scrollTop);
		held = first?.dataset.id;
		at = first?.offsetTop - log.scrollTop;
	}

	/** Has the same in sight as before. @param {boolean} isEnd */
	function stay(isEnd) {
		const node = nodeOf(held);
		if (isEnd) toEnd();
		else if (node) log.scrollTop = node.offsetTop - at;
	}

	/** When the log has another size, as when a keyboard opens, the same is in sight. */
	function settle() {
		const now = `${log.clientWidth} ${log.clientHeight}`;
		if (now !== size) stay(session.active.isAtEnd);
		size = now;
		hold();
	}

	function scrolled() {
		const room = session.active;
		if (!room || room !== drawn) return;
		settle();
		if (!isLoading && session.connection.isOnline) {
			if (log.scrollTop < NEAR_PX && room.hasOlder) more(session.older(room));
			else if (below() < NEAR_PX && room.hasNewer) more(session.newer(room));
		}
		room.isAtEnd = below() < AT_END_PX && !room.hasNewer;
		down.hidden = room.isAtEnd;
		down.textContent = room.unread ? `↓ ${room.unread} new` : "↓ Newest";
		if (room.isAtEnd && room.isLive && document.hasFocus()) session.markRead(room);
	}

	function draw() {
		const room = session.active;
		if (!room) return;
		const isOther = room !== drawn;
		if (!isOther) settle();
		const stays = isOther || (room.isAtEnd && below() < AT_END_PX);
		const unsent = session.outbox.entries.filter((entry) => entry.room === room.name);
		sync(log, rowsOf(room, unsent, session.me, jump));
		// Until all is replayed it is not known what is unread.
		if (room.isLive) drawn = room;
		const goal = target && nodeOf(target);
		const line = isOther && log.querySelector("strong.line");
		if (goal) {
			target = 0;
			goal.scrollIntoView({ block: "center" });
			goal.classList.add("found");
			goal.focus({ preventScroll: true });
		} else if (line) log.scrollTop = line.offsetTop - log.clientHeight / 4;
		else stay(stays);
		scrolled();
	}

	function jump(id) {
		target = id;
		session.go(session.active, id).then(draw, () => (target = 0));
	}

	log.addEventListener("scroll", scrolled, { passive: true });
	addEventListener("focus", scrolled);
	new ResizeObserver(scrolled).observe(log);
	down.onclick = () => session.go(session.active).then(draw).then(toEnd, () => {});
	return { draw, jump, toEnd };
}
