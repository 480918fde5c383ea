// Ctrl+K: goes to a room, addresses somebody, or searches what was said.

import { byId, el, sync } from "./dom.js";
import { dayOf, textOf } from "./view-message.js";

/** @typedef {{ key: string, what: HTMLElement[], act: () => void }} Choice */

/**
 * @param {import("./session.js").Session} session
 * @param {{ show: (room: import("./store.js").Room) => void, address: (name: string) => void, jump: (id: number) => void }} go
 */
export function makeFinder(session, go) {
  const finder = byId("finder");
  const field = byId("wanted");
  const list = byId("choices");
  const note = byId("finder-said");
  /** @type {Choice[]} */
  let choices = [];
  let chosen = 0;

  function draw() {
    sync(list, choices.map((choice, at) => ({
      key: `${choice.key}|${at}|${at === chosen}`,
      make: () => el("li", { id: `choice-${at}`, role: "option", "aria-selected": String(at === chosen), onclick: () => act(at) }, ...choice.what),
    })));
    field.setAttribute("aria-activedescendant", `choice-${chosen}`);
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} at */
  function act(at) {
    const choice = choices[at];
    if (choice && choice.key !== "search") finder.close();
    choice?.act();
  }

  async function search() {
    const room = session.active;
    const words = field.value.trim();
    if (!room || !words) return;
    note.textContent = "Searching …";
    try {
      const { items, isCut } = await session.search(room, words);
      if (field.value.trim() !== words) return;
      note.textContent = items.length ? (isCut ? "There are more: other words find fewer." : "") : "Nothing was found.";
      chosen = 0;
      choices = items.map((item) => ({
        key: `${item.id}`,
        what: [el("small", {}, `${dayOf(item.time)} `), el("b", { dir: "auto" }, item.who), el("p", { dir: "auto" }, ...textOf(item.text, session.me))],
        act: () => go.jump(item.id),
      }));
      draw();
    } catch (/** @type {any} */ refusal) {
      note.textContent = refusal.text ?? "The connection is lost.";
    }
  }

  function typed() {
    const words = field.value.trim().toLowerCase();
    const fits = (/** @type {string} */ name) => name.toLowerCase().includes(words);
    const room = session.active;
    const rooms = [...session.rooms.values()].filter((room) => fits(room.name));
    rooms.sort((a, b) => Number(b.isJoined) - Number(a.isJoined) || b.mentions - a.mentions || b.unread - a.unread);
    choices = rooms.map((room) => ({
      key: "room " + room.name,
      what: [el("b", { dir: "auto" }, room.name), el("small", {}, room.unread ? ` ${room.unread} unread` : ` ${room.purpose}`)],
      act: () => go.show(room),
    }));
    if (words) {
      const names = [...(room?.members.keys() ?? [])].filter(fits).slice(0, 6);
      choices.push(...names.map((name) => ({
        key: "member " + name, what: [el("b", { dir: "auto" }, name), el("small", {}, " speak to")], act: () => go.address(name),
      })));
      if (session.can("search")) choices.push({
        key: "search", what: [el("b", {}, `Search ${room?.name} for “${field.value.trim()}”`)], act: search,
      });
    }
    chosen = 0;
    note.textContent = "";
    draw();
  }

  /** @param {boolean} [isSearch] @param {string} [words] */
  function open(isSearch = false, words = "") {
    field.value = words;
    field.placeholder = isSearch ? `Search ${session.active?.name}` : "Go to a room, or search";
    finder.dataset.search = String(isSearch);
    choices = [];
    note.textContent = "";
    if (!isSearch) typed();
    else draw();
    if (!finder.open) finder.showModal();
    field.focus();
    if (words) search();
  }

  const isSearch = () => finder.dataset.search === "true";
  field.addEventListener("input", () => {
    if (!isSearch()) return typed();
    choices = [];
    draw();
  });
  field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && choices.length) {
      chosen = (chosen + step + choices.length) % choices.length;
      draw();
    } else if (event.key === "Enter" && !event.isComposing) {
      if (isSearch() && !choices.length) search();
      else act(chosen);
    } else return;
    event.preventDefault();
  });
  finder.addEventListener("click", (/** @type {Event} */ event) => event.target === finder && finder.close());
  return open;
}
