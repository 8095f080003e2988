// Short notices at the foot of the page, with an optional undo. They never take the focus and are read out politely.

import { rescue } from "./focus.js";

const box = () => document.getElementById("toasts");

/** Say something to screen readers only. */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  // A region is read again only when its text changes after a pause.
  setTimeout(() => { region.textContent = text; }, 50);
}

function leave(toast) {
  toast.dataset.leaving = "";
  setTimeout(() => {
    const had = toast.contains(document.activeElement);
    toast.remove();
    if (had) rescue();
  }, 220);
}

function arm(toast, seconds) {
  let timer = setTimeout(() => leave(toast), seconds * 1000);
  // Whoever reads or aims at the button gets the time to do so.
  const hold = () => clearTimeout(timer);
  const release = () => { timer = setTimeout(() => leave(toast), 3000); };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", release);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", release);
}

/** Show a notice. `undo` is a function; tone is info or bad. */
export function toast(text, { tone = "info", seconds = 6, undo = null, undoLabel = "" } = {}) {
  const home = box();
  if (!home) return;
  const line = document.createElement("div");
  line.className = `toast toast-${tone}`;
  const words = document.createElement("span");
  words.className = "toast-text";
  words.dir = "auto";
  words.textContent = text;
  line.append(words);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-s";
    button.dataset.undo = "";
    button.textContent = undoLabel || home.dataset.undo;
    button.addEventListener("click", () => { leave(line); undo(); }, { once: true });
    line.append(button);
  }
  home.append(line);
  // A telephone that rings is no old notice.
  const old = home.querySelectorAll(".toast:not([data-ring])");
  if (old.length > 4) old[0].remove();
  open(home);
  arm(line, seconds);
  announce(text);
}

/** Press the newest undo button, if there is one. */
export function undoLast() {
  const buttons = box()?.querySelectorAll("[data-undo]:is(button)") ?? [];
  buttons[buttons.length - 1]?.click();
  return buttons.length > 0;
}

function open(home) {
  // The top layer, above dialogs. Re-opening puts it above whatever opened since.
  if (!home.showPopover) return;
  if (home.matches(":popover-open")) home.hidePopover();
  home.showPopover();
}

/** Put the box of notices on top of everything. */
export function raise() {
  const home = box();
  if (home) open(home);
}

export function startToasts() {
  const home = box();
  if (!home) return;
  const waiting = home.querySelectorAll(".toast");
  if (waiting.length) open(home);
  waiting.forEach((line) => arm(line, Number(line.dataset.seconds || 8)));
  // Sent by the server in HX-Trigger (core/htmx.py).
  document.body.addEventListener("rabta:toast", (event) => {
    const { text, tone, seconds, undoUrl, undoLabel } = event.detail;
    // Whoever speaks with the server does it (deeds.js): this module knows only boxes.
    const undo = undoUrl ? () => document.dispatchEvent(new CustomEvent("rabta:undo", { detail: undoUrl })) : null;
    toast(text, { tone, seconds, undo, undoLabel });
  });
}
