// Many conversations at once: rows are chosen by pointer (where the face is) or by keyboard, then something is done to all of them.
import { ask, tell, Trouble } from "./ask.js";
import { look } from "./changes.js";
import { openSheet } from "./sheet.js";
import { announce } from "./toasts.js";
import { moveRow } from "./walking.js";

const LOOK = 1000; // ms between two looks at how far a long deed is

const chosen = new Set(); // ids
let whole = false; // everything of the list, also what is not loaded
let last = null; // the row chosen last, from which Shift with a click reaches
let counted = false;
let timer = 0;

const bar = () => document.getElementById("bulk");
const rows = () => [...document.querySelectorAll("#rows > [data-row]")];
const focused = () => document.activeElement?.closest?.("#rows > [data-row]") ?? document.querySelector("#rows > [data-row][aria-current=true]");
const number = (n) => new Intl.NumberFormat(document.documentElement.lang).format(n);

/** Draw what is chosen, and the bar while something is. */
function draw() {
  for (const row of rows()) row.toggleAttribute("data-picked", whole || chosen.has(row.dataset.row));
  const any = whole || chosen.size > 0;
  const held = !any && bar().contains(document.activeElement);
  bar().hidden = !any;
  document.getElementById("list").toggleAttribute("data-choosing", any);
  if (held) (last ?? focused() ?? document.getElementById("rows")).focus({ preventScroll: true });
  if (!any) { counted = false; return; }
  const all = bar().querySelector("[data-bulk-all]");
  all.hidden = whole;
  const words = (chosen.size === 1 ? bar().dataset.one : bar().dataset.many).replace("%n", number(chosen.size));
  bar().querySelector("[data-bulk-number]").textContent = whole ? bar().dataset.many.replace("%n", all.dataset.number ?? number(rows().length)) : words;
  if (!counted) { counted = true; count(all); }
}

/** How many the list has, also what is not loaded. */
async function count(button) {
  try {
    const text = await ask(`${bar().dataset.url}?${new URLSearchParams({ action: "count", list: document.getElementById("inbox").dataset.list })}`, { quiet: true });
    const plus = text.endsWith("+") ? "+" : "";
    button.dataset.number = `${number(parseInt(text, 10))}${plus}`;
    button.textContent = button.dataset.words.replace("%n", `${number(parseInt(text, 10))}${plus}`);
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble; // the button says it without a number
  }
}

function say() { announce(bar().querySelector("[data-bulk-number]").textContent); }

function toggle(row, on = !chosen.has(row.dataset.row)) {
  if (whole) { whole = false; for (const other of rows()) chosen.add(other.dataset.row); on = false; }
  if (on) chosen.add(row.dataset.row);
  else chosen.delete(row.dataset.row);
  last = row;
  draw();
  say();
}

function reach(row) {
  const all = rows();
  const [from, to] = [all.indexOf(last), all.indexOf(row)].sort((a, b) => a - b);
  for (const between of all.slice(Math.max(from, 0), to + 1)) chosen.add(between.dataset.row);
  toggle(row, true);
}

/** Choose nothing. */
function clear() {
  chosen.clear();
  whole = false;
  draw();
}

function step(by) {
  const row = focused();
  if (row && !chosen.has(row.dataset.row)) toggle(row, true);
  moveRow(by);
  const next = focused();
  if (next) toggle(next, true);
}

function parts(more) {
  const list = document.getElementById("inbox").dataset.list;
  return { ...more, ...(whole ? { list } : { ids: [...chosen].join(",") }) };
}

async function deed(button) {
  const { bulk: action, status } = button.dataset;
  const given = parts({ action, ...(status ? { status } : {}) });
  // What is seen is done at once and can be undone; what is not seen is asked first.
  if (whole || (action !== "read" && !status)) { openSheet(`${bar().dataset.url}?${new URLSearchParams(given)}`); return; }
  const body = new FormData();
  for (const [name, value] of Object.entries(given)) body.set(name, value);
  try { await ask(bar().dataset.url, { body }); } catch (trouble) { tell(trouble); }
}

async function watch(url) {
  clearTimeout(timer);
  const place = document.getElementById("bulk-run");
  try {
    place.innerHTML = await ask(url, { quiet: true });
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (trouble.status === 404) return;
  }
  look();
  const running = place.querySelector("[data-running]");
  if (running || !place.firstElementChild) timer = setTimeout(() => watch(url), LOOK);
}

async function send(form) {
  try {
    const text = await ask(form.getAttribute("action"), { body: new FormData(form) });
    if (text.trim()) document.getElementById("bulk-run").innerHTML = text;
  } catch (trouble) { tell(trouble); }
}

function onClick(event) {
  const row = event.target.closest("[data-pick-row]")?.closest("#rows > [data-row]");
  if (row && !bar()) return;
  if (row) {
    // The row itself would open.
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey && last) reach(row);
    else toggle(row);
    return;
  }
  const button = event.target.closest("#bulk button, [data-bulk-close]");
  if (!button) return;
  if ("bulkRow" in button.dataset) { const here = focused(); if (here) toggle(here); }
  else if (button.dataset.bulkStep) step(Number(button.dataset.bulkStep));
  else if ("bulkClear" in button.dataset) clear();
  else if ("bulkAll" in button.dataset) { whole = true; draw(); say(); bar().querySelector("[data-bulk]")?.focus(); }
  else if (button.dataset.bulk) deed(button);
  else if ("bulkClose" in button.dataset) { document.getElementById("bulk-run").replaceChildren(); document.getElementById("rows").focus({ preventScroll: true }); }
}

export function startBulk() {
  if (!bar()) return;
  document.addEventListener("click", onClick, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || (!whole && !chosen.size)) return;
    if (document.querySelector(":popover-open:not(#toasts), dialog[open]") || event.target.closest?.("input, textarea, select")) return;
    event.preventDefault();
    event.stopPropagation();
    clear();
    announce(bar().dataset.many.replace("%n", number(0)));
  }, true);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-bulk-form]") || !document.getElementById("bulk-run").contains(event.target)) return;
    event.preventDefault();
    send(event.target);
  });
  document.body.addEventListener("rabta:bulk", (event) => {
    clear();
    document.getElementById("bulk-run").replaceChildren();
    if (event.detail.open) watch(event.detail.url);
    else look();
  });
  // Rows that were drawn anew show again what is chosen.
  for (const kind of ["htmx:after:swap", "rabta:drawn"]) document.addEventListener(kind, () => { if (whole || chosen.size) draw(); });
}
