// The keyboard. Keys are physical places (event.code), so that Persian, Urdu and Arabic layouts work; single letters rest while typing
// and can be switched off (WCAG 2.1.4); with Alt they work there, too. What there is stands in the sheet, drawn from accounts/keys.py
// with the person's own keys; what a key does stands on the page: [data-key="KeyR"], the table's key, is pressed or focused.
import { ask, tell } from "./ask.js";
import { moveRow, stepView } from "./walking.js";
import { undoLast } from "./toasts.js";

const GO_WITHIN = 1500; // ms for the letter after the going key
const OWN = {
  next: () => moveRow(1),
  previous: () => moveRow(-1),
  "next-view": () => stepView(1),
  "previous-view": () => stepView(-1),
  undo: () => undoLast() || press("KeyZ"),
  help: () => { document.getElementById("keys").showModal(); return true; },
  go: () => { going = Date.now(); return true; },
  palette: () => { document.dispatchEvent(new CustomEvent("rabta:palette")); return true; },
  send: () => sendForm("[type=submit]"),
  "send-resolve": () => sendForm("[data-send-resolve]"),
};
const REPEATS = new Set(["next", "previous"]);

let going = 0;
let page = new Map(); // combination → line of the sheet
let after = new Map(); // place after the going key → line

const sheet = () => document.getElementById("keys");
const typing = (target) => target?.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
const visible = (element) => element.offsetParent !== null || element.getClientRects().length > 0;

/** Read the sheet: at the start, and when a key was changed. */
export function readKeys() {
  page = new Map();
  after = new Map();
  for (const line of sheet()?.querySelectorAll("[data-action]") ?? []) {
    if (line.dataset.code) (line.dataset.space === "go" ? after : page).set(line.dataset.code, line);
  }
}

/** The control that carries a key of the table: the last visible one, else one that waits in a closed menu. */
export function control(key) {
  const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((element) => !element.disabled && !element.querySelector(":disabled"));
  return all.findLast(visible) ?? all.find((waiting) => waiting.hasAttribute("data-key-always"));
}

function press(key) {
  const element = control(key);
  if (!element) return false;
  if (element.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) element.focus();
  else element.click();
  return true;
}

function sendForm(which) {
  const form = document.activeElement?.closest?.("form[data-ctrl-enter]");
  const button = form?.querySelector(which);
  if (!button) return false;
  if (!button.disabled) form.requestSubmit(button);
  return true;
}

/** Whether the page has what this line of the sheet does. */
export function canDo(line) {
  const { action, space, default: key } = line.dataset;
  if (space === "go") return Boolean(document.querySelector(`[data-go="${key}"]`));
  if (action === "next" || action === "previous") return Boolean(document.querySelector("[data-rows] [data-row]"));
  if (action.endsWith("-view")) return Boolean(document.querySelector("#views a.view"));
  if (["open", "back", "go", "palette", "undo", "send", "send-resolve"].includes(action)) return false;
  return action in OWN || Boolean(control(key));
}

/** Do what a line of the sheet says. Returns whether there was something to do. */
export function doAction(line) {
  if (line.dataset.space === "go") {
    const link = document.querySelector(`[data-go="${line.dataset.default}"]`);
    link?.click();
    return Boolean(link);
  }
  return OWN[line.dataset.action]?.() ?? press(line.dataset.default);
}

/** What was pressed, as the table writes it. Alt together with Ctrl is how some layouts write letters (AltGr). */
export function combination(event) {
  if (event.getModifierState?.("AltGraph") || (event.ctrlKey && event.altKey)) return "";
  const words = [];
  if (event.ctrlKey || event.metaKey) words.push("Mod");
  if (event.altKey) words.push("Alt");
  if (event.shiftKey) words.push("Shift");
  return [...words, event.code.replace("NumpadEnter", "Enter")].join("+");
}

function meant(pressed, event) {
  // Wherever a layout has its question mark.
  if (event.key === "?" && !event.ctrlKey && !event.metaKey && page.has("Shift+Slash")) return page.get("Shift+Slash");
  return page.get(pressed) ?? (event.altKey ? page.get(pressed.replace("Alt+", "")) : null);
}

function onEscape(event) {
  if (document.querySelector(":popover-open:not(#toasts), dialog[open]")) return;
  if (typing(event.target)) {
    event.target.blur();
    // Out of the composer the focus goes where the reading is, not to nowhere.
    if (event.target.closest("#composer")) document.getElementById("thread").focus({ preventScroll: true });
  }
  else if (!press("Escape")) document.querySelector("[data-row][aria-current=true]")?.focus();
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || !sheet()) return;
  if (event.key === "Escape") { onEscape(event); return; }
  const pressed = combination(event);
  if (!pressed) return;
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  if (!modified && (typing(event.target) || sheet().dataset.single === "off")) return;
  if (document.querySelector("dialog[open], .menu:popover-open")) return;
  if (!modified && going && Date.now() - going < GO_WITHIN) {
    going = 0;
    const line = after.get(pressed);
    if (line && doAction(line)) { event.preventDefault(); return; }
  }
  const line = meant(pressed, event);
  // A control whose key is in no table answers to it as long as nobody gave that key to something else.
  const known = [...page.values()].some((other) => other.dataset.default === pressed);
  if (event.repeat && !REPEATS.has(line?.dataset.action)) return;
  if (line ? doAction(line) : !modified && !known && press(pressed)) event.preventDefault();
}

/** The tooltip of a control, and the key drawn inside it, say the key that this person has. */
function teach(element) {
  const line = sheet()?.querySelector(`[data-action][data-space="page"][data-default="${CSS.escape(element.dataset.key)}"]`);
  if (!line || line.dataset.code === element.dataset.taught) return;
  element.dataset.taught = line.dataset.code;
  const caps = [...line.querySelectorAll("kbd")].map((cap) => cap.textContent).join("+");
  if (/ \([^)]*\)$/.test(element.title)) element.title = element.title.replace(/ \([^)]*\)$/, caps ? ` (${caps})` : " ()");
  const drawn = element.querySelector("kbd") ?? element.parentElement?.querySelector(":scope > kbd");
  if (drawn) { drawn.textContent = caps; drawn.hidden = !caps; }
}

async function switchSingle(box) {
  const body = new FormData();
  body.set("on", box.checked ? "yes" : "");
  sheet().dataset.single = box.checked ? "on" : "off";
  document.querySelectorAll("[data-single-keys]").forEach((other) => { other.checked = box.checked; });
  try { await ask(box.dataset.singleKeys, { body }); } catch (trouble) { tell(trouble); }
}

export function startKeys() {
  readKeys();
  document.addEventListener("keydown", onKey);
  for (const kind of ["pointerover", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const element = event.target.closest?.("[data-key]");
      if (element) teach(element);
    }, { passive: true });
  }
  document.addEventListener("toggle", (event) => event.target.querySelectorAll?.("[data-key]").forEach(teach), true);
  document.addEventListener("change", (event) => { if (event.target.matches("[data-single-keys]")) switchSingle(event.target); });
}
