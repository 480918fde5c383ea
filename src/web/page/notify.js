// How a page that nobody looks at is noticed: title, icon, sound, notification; and what a screen reader is told.

import { byId } from "./dom.js";

/** @type {AudioContext | null} */
let audio = null;
// A browser lets a page sound only after somebody has touched it.
addEventListener("pointerdown", () => (audio ??= new AudioContext()), { once: true });
addEventListener("keydown", () => (audio ??= new AudioContext()), { once: true });

export function chime() {
  if (!audio) return;
  for (const [pitch, after] of [[660, 0], [880, 0.12]]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const at = audio.currentTime + after;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.12, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.3);
  }
}

/** @param {string} title @param {string} body @param {() => void} open */
export function notify(title, body, open) {
  if (!isSecureContext || !("Notification" in window) || Notification.permission !== "granted") return;
  try {
    const shown = new Notification(title, { body, tag: title });
    shown.onclick = () => {
      window.focus();
      shown.close();
      open();
    };
  } catch {
    // Phones have notifications for service workers only.
  }
}

/** @type {string[]} */
let told = [];

/**
 * Has a screen reader read `text`. Of many sentences at once only the number is told.
 * @param {string} text
 */
export function tell(text) {
  told.push(text);
  if (told.length > 1) return;
  setTimeout(() => {
    byId("live").textContent = told.length > 3 ? `${told.length} new messages` : told.join("\n");
    told = [];
  }, 400);
}

/** @param {string} room @param {number} unread @param {boolean} isMention */
export function mark(room, unread, isMention) {
  document.title = (unread ? `(${isMention ? "@" : ""}${unread}) ` : "") + (room ? `${room} · Salon` : "Salon");
  const icon = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]"));
  const href = icon.href.replace(/icon[^/]*\.svg/, unread ? "icon-unread.svg" : "icon.svg");
  if (icon.href !== href) icon.href = href;
}
