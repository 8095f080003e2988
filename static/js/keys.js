// The keyboard map. Keys are physical places (event.code), so that Persian, Urdu and Arabic layouts work; single letters rest while
// typing and can be switched off (WCAG 2.1.4). What a key does stands on the page: [data-key="KeyR"] is pressed or focused.
import { undoLast } from "./toasts.js";

const STORE = "rabta.singleKeys";
let going = 0;

const singleKeys = () => localStorage.getItem(STORE) !== "off";
const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
const visible = (element) => element.offsetParent !== null || element.getClientRects().length > 0;

/** Press or focus the control that carries this key: the last visible one, else one that waits in a closed menu. */
function act(code) {
  const all = [...document.querySelectorAll(`[data-key="${code}"]`)].filter((element) => !element.disabled);
  const element = all.findLast(visible) ?? all.find((waiting) => waiting.hasAttribute("data-key-always"));
  if (!element) return false;
  if (element.matches("input:not([type=radio]):not([type=checkbox]), textarea")) element.focus();
  else element.click();
  return true;
}

function moveRow(step) {
  const rows = [...document.querySelectorAll("[data-rows] [data-row]")];
  if (!rows.length) return false;
  const focused = rows.indexOf(document.activeElement.closest?.("[data-row]"));
  const current = focused >= 0 ? focused : rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = rows[Math.max(0, Math.min(rows.length - 1, current < 0 ? 0 : current + step))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function letter(event) {
  if (going && Date.now() - going < 1500) {
    going = 0;
    const link = document.querySelector(`[data-go="${event.code}"]`);
    if (link) { link.click(); return true; }
  }
  switch (event.code) {
    case "KeyJ": return moveRow(1);
    case "KeyK": return moveRow(-1);
    case "KeyG": going = Date.now(); return true;
    case "KeyZ": return undoLast() || act("KeyZ");
    case "Slash":
      if (event.shiftKey || event.key === "?") { document.getElementById("keys")?.showModal(); return true; }
      return act("Slash");
    default: return event.shiftKey ? false : act(event.code);
  }
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing) return;
  const modified = event.ctrlKey || event.metaKey;
  if (modified && event.code === "Enter") {
    const form = event.target.closest?.("form[data-ctrl-enter]");
    if (!form) return;
    const button = event.shiftKey ? form.querySelector("[data-send-resolve]") : form.querySelector("[type=submit]");
    if (button && !button.disabled) form.requestSubmit(button);
    event.preventDefault();
    return;
  }
  if (event.key === "Escape" && !document.querySelector(":popover-open:not(#toasts), dialog[open]")) {
    if (typing(event.target)) event.target.blur();
    else if (!act("Escape")) document.querySelector("[data-row][aria-current=true]")?.focus();
    return;
  }
  if (modified || event.altKey || typing(event.target) || !singleKeys()) return;
  if (document.querySelector("dialog[open], .menu:popover-open")) return;
  if (letter(event)) event.preventDefault();
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  document.querySelectorAll("[data-single-keys]").forEach((box) => {
    box.checked = singleKeys();
    box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "on" : "off"));
  });
}
