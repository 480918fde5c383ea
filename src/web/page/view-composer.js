// Where one writes: several lines, completion, drafts, what was said before, buttons for the room's own commands.

import { suggestions } from "./completion.js";
import { byId, el, sync } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { tab } from "./storage.js";

const BYTES = 4096;
const LINES = 20;

/** @param {import("./session.js").Session} session @param {() => void} sent */
export function makeComposer(session, sent) {
  const field = byId("message");
  const list = byId("suggestions");
  const note = byId("room-left");
  const bytes = new TextEncoder();
  /** @type {import("./store.js").Room | null} */
  let shown = null;
  /** @type {import("./completion.js").Suggestion[]} */
  let offered = [];
  let chosen = -1;
  /** @type {string[]} */
  let said = [];
  let recalled = 0;

  function offer(isAsked = false) {
    const room = session.active;
    const spoke = room?.items.map((item) => item.who).filter(Boolean) ?? [];
    const names = [...new Set([...spoke.reverse(), ...(room?.members.keys() ?? [])])];
    const commands = [...(room?.commands ?? []), ...session.commands];
    offered = suggestions(field.value, field.selectionStart, commands, names.filter((name) => name !== session.me), isAsked);
    chosen = offered.length ? 0 : -1;
    drawOffers();
  }

  function drawOffers() {
    list.hidden = !offered.length;
    sync(list, offered.map((one, at) => ({
      key: `${one.label}|${one.hint}|${at}|${at === chosen}`,
      make: () => el("li", {
        id: `offer-${at}`, role: "option", "aria-selected": String(at === chosen), onpointerdown: (/** @type {Event} */ event) => {
          event.preventDefault();
          take(one);
        },
      }, el("b", { dir: "auto" }, one.label), " ", el("small", {}, one.hint)),
    })));
    if (chosen >= 0) {
      field.setAttribute("aria-activedescendant", `offer-${chosen}`);
      list.children[chosen]?.scrollIntoView({ block: "nearest" });
    } else field.removeAttribute("aria-activedescendant");
  }

  function closeOffers() {
    offered = [];
    chosen = -1;
    drawOffers();
  }

  /** @param {import("./completion.js").Suggestion} one */
  function take(one) {
    field.value = one.text;
    field.setSelectionRange(one.caret, one.caret);
    typed();
    closeOffers();
  }

  function typed() {
    const room = session.active;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
    const left = BYTES - bytes.encode(field.value).length;
    note.textContent = left < 0 ? `${-left} too many` : left < 400 ? `${left} left` : "";
    if (!room) return;
    room.draft = field.value;
    tab.set("draft." + room.name, field.value || null);
  }

  function send() {
    const room = session.active;
    const text = withEmoji(field.value.trimEnd());
    if (!room || !text.trim()) return;
    if (bytes.encode(text).length > BYTES && (session.can("lines") || !text.includes("\n"))) return;
    if (!session.can("lines") && text.split("\n").length > LINES) {
      note.textContent = `At most ${LINES} lines`;
      return;
    }
    said = [...said.slice(-50), field.value];
    recalled = said.length;
    write("");
    session.say(room, text);
    sent();
  }

  /** @param {string} text */
  function write(text) {
    field.value = text;
    field.setSelectionRange(text.length, text.length);
    typed();
    closeOffers();
  }

  field.addEventListener("input", (/** @type {InputEvent} */ event) => {
    if (event.data === ":") {
      const before = field.value.slice(0, field.selectionStart);
      const now = withEmoji(before);
      if (now !== before) field.setRangeText(now, 0, before.length, "end");
    }
    typed();
    offer();
    if (session.active && field.value && !field.value.startsWith("/")) session.typing(session.active);
  });
  field.addEventListener("blur", closeOffers);
  field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    const { key, shiftKey } = event;
    const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey;
    const step = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
    if (offered.length && step && isPlain) {
      chosen = (chosen + step + offered.length) % offered.length;
      drawOffers();
    } else if (offered.length && (key === "Tab" || (key === "Enter" && !shiftKey && offered[chosen].text.trim() !== field.value.trim()))) {
      take(offered[chosen]);
    } else if (offered.length && key === "Escape") {
      closeOffers();
      event.stopPropagation();
    } else if (key === "Tab" && !shiftKey && /\S$/.test(field.value.slice(0, field.selectionStart))) {
      offer(true);
      if (offered.length === 1) take(offered[0]);
      if (!list.hidden || field.value.endsWith(" ")) event.preventDefault();
      return;
    } else if (key === "Enter" && !shiftKey) send();
    else if (step && isPlain && (field.value === "" || field.value === said[recalled]) && said[recalled + step] !== undefined) {
      recalled += step;
      write(said[recalled]);
    } else return;
    event.preventDefault();
  });
  byId("composer").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    send();
    field.focus();
  });
  byId("rejoin").addEventListener("click", () => session.active && session.join(session.active));

  /** @param {string} name */
  function address(name) {
    const isFirst = field.value === "";
    write(field.value + (isFirst || /\s$/.test(field.value) ? "" : " ") + name + (isFirst ? ": " : " "));
    field.focus();
  }

  function draw() {
    const room = session.active;
    if (!room) return;
    if (room !== shown) {
      shown = room;
      write(room.draft);
      if (!matchMedia("(pointer: coarse)").matches) field.focus();
    }
    const isOut = !room.isJoined && session.connection.isOnline;
    byId("composer").hidden = isOut;
    byId("rejoin").hidden = !isOut;
    byId("rejoin").textContent = `Join ${room.name}`;
    field.placeholder = `Message to ${room.name}`;
    const actions = byId("actions");
    actions.hidden = isOut || !room.commands.length;
    sync(actions, room.commands.map((command) => ({
      key: command.name + command.help,
      make: () => el("button", { type: "button", onclick: () => {
        if (!command.arguments && !command.name.includes(" ")) return session.say(room, command.name);
        write(command.name.split(" ")[0] + " ");
        field.focus();
      } }, el("b", {}, command.name), el("small", {}, command.help)),
    })));
    const typing = [...room.typing].filter((one) => one[1] > Date.now()).map((one) => one[0]);
    byId("typing").textContent = !typing.length ? "" : typing.length > 3 ? "Several people are typing …"
      : `${new Intl.ListFormat("en").format(typing)} ${typing.length > 1 ? "are" : "is"} typing …`;
  }
  return { draw, address };
}
