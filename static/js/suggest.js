// What is offered while somebody types in the composer: a sign (/ saved replies, @ colleagues, : emoji) and some letters open a list.
// The field keeps the focus; the list is walked by the arrow keys and named to screen readers by aria-activedescendant.
import { announce } from "./toasts.js";

const PAUSE = 120; // ms without a key before the server is asked
const sources = new Map(); // sign → { find(form, words), choose(form, option), fits(form), least }
let open = null; // { form, field, sign, from, turn } while a list is shown
let turn = 0;
let timer = 0;

/** Offer what `source` finds behind `sign`. `find` gives option elements (or none), `choose` the text to write, or nothing. */
export function offer(sign, source) {
  sources.set(sign, source);
}

/** The options of a fragment. */
export function nodesOf(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  return [...holder.content.children];
}

const box = (form) => form.querySelector("[data-suggest]");
const list = (form) => form.querySelector("[data-suggest] [role=listbox]");
const options = (form) => [...list(form).querySelectorAll("[role=option]:not([aria-disabled])")];
const chosen = (form) => list(form).querySelector("[aria-selected=true]");

/** The sign and the letters behind it that end at the caret, where they begin a word. */
function token(field) {
  if (field.selectionStart !== field.selectionEnd) return null;
  const before = field.value.slice(0, field.selectionStart);
  const found = /(?:^|[\s(])([/@:])([^\s/@:]{0,40})$/u.exec(before);
  return found ? { sign: found[1], words: found[2], from: before.length - found[2].length - 1 } : null;
}

function mark(form, option) {
  chosen(form)?.setAttribute("aria-selected", "false");
  if (!option) { open?.field.removeAttribute("aria-activedescendant"); return; }
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  open?.field.setAttribute("aria-activedescendant", option.id);
}

export function close() {
  clearTimeout(timer);
  turn += 1;
  if (!open) return;
  const { form, field } = open;
  open = null;
  box(form).hidden = true;
  list(form).replaceChildren();
  field.removeAttribute("aria-activedescendant");
}

async function look(form, field, found, mine) {
  const source = sources.get(found.sign);
  let nodes;
  try { nodes = await source.find(form, found.words); } catch { return; } // the list is a help; a line that is down must not stop the typing
  if (mine !== turn || !form.isConnected) return;
  if (!nodes.length) { close(); return; }
  const fresh = !open || open.sign !== found.sign;
  open = { form, field, sign: found.sign, from: found.from };
  const holder = box(form);
  list(form).replaceChildren(...nodes);
  list(form).setAttribute("aria-label", holder.dataset[source.label] ?? "");
  holder.querySelectorAll("[data-suggest-foot]").forEach((foot) => { foot.hidden = foot.dataset.suggestFoot !== found.sign; });
  holder.dataset.sign = found.sign;
  holder.hidden = false;
  mark(form, options(form)[0] ?? null);
  if (fresh || !options(form).length) announce(options(form).length ? holder.dataset.opened : list(form).textContent.trim());
}

function typed(field, { forced = false } = {}) {
  const form = field.form;
  const found = token(field);
  const source = found && sources.get(found.sign);
  if (!source || (source.fits && !source.fits(form)) || (!forced && [...found.words].length < (source.least ?? 0))) { close(); return; }
  clearTimeout(timer);
  const mine = ++turn;
  timer = setTimeout(() => look(form, field, found, mine), forced || source.local ? 0 : PAUSE);
}

/** Write `words` in place of the sign and its letters, as if they were typed: undo takes them out again. */
function write(field, from, words) {
  field.focus();
  field.setSelectionRange(from, field.selectionEnd);
  if (!words || !document.execCommand?.("insertText", false, words)) {
    field.setRangeText(words, from, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

async function take(option) {
  const { form, field, sign, from } = open;
  const end = field.selectionEnd;
  close();
  let words;
  try { words = await sources.get(sign).choose(form, option); } catch (trouble) { sources.get(sign).failed?.(trouble); return; }
  if (!form.isConnected || words === null) return;
  field.setSelectionRange(end, end);
  write(field, from, words);
  close();
  sources.get(sign).chosen?.(form, field, from, words);
}

/** Write a sign at the caret and open its list: what the buttons below the field do. */
export function begin(form, sign) {
  const field = form.querySelector("textarea");
  field.focus();
  const before = field.value.slice(0, field.selectionStart);
  const now = token(field);
  if (!now || now.sign !== sign) write(field, field.selectionStart, /(^|\s)$/.test(before) ? sign : ` ${sign}`);
  typed(field, { forced: true });
}

function onKey(event) {
  if (!open || event.target !== open.field || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const all = options(open.form);
  const at = all.indexOf(chosen(open.form));
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (all.length) mark(open.form, all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
  } else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") {
    if (at < 0) { close(); return; }
    take(all[at]);
  } else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

export function startSuggest() {
  document.addEventListener("input", (event) => { if (event.target.matches?.("form.composer textarea") && event.target.form.querySelector("[data-suggest]")) typed(event.target); });
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("focusout", (event) => { if (open && event.target === open.field) close(); });
  document.addEventListener("pointerdown", (event) => { if (event.target.closest?.("[data-suggest]") && !event.target.closest("a")) event.preventDefault(); });
  document.addEventListener("click", (event) => {
    const option = event.target.closest?.("[data-suggest] [role=option]:not([aria-disabled])");
    if (option && open) { take(option); return; }
    const button = event.target.closest?.("[data-suggest-begin]");
    if (button) begin(button.form, button.dataset.suggestBegin);
    // A caret that was moved elsewhere is behind no sign any more.
    else if (open && event.target === open.field && token(open.field)?.from !== open.from) close();
  });
}
