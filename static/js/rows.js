// The list on screen. A row that is there changes in its place; nothing moves while somebody reads, aims or walks the list.
// What is new waits behind a button, unless the list stands at its top and nobody is in it: then it settles at once.

import { clearShelf, isShelved, mendShelved, shelve, unshelve } from "./shelf.js";

const HOVER_REST = 1500; // ms after which a resting pointer no longer counts as aiming
const MANY = 400; // rows past which a list at its top is drawn anew, so that a day's work does not pile up

const FLEETING = ["data-unread", "data-gone", "data-draft"]; // marks that a row may lose
const waiting = new Map(); // id → fresh row that is not in the list yet
const beyond = new Set(); // ids of newcomers past MANY: their rows are not kept, the list is drawn anew instead
const pressed = new Map(); // row under a finger → what it will show once that is lifted
let pointerAt = 0;
let restless = 0;

const box = () => document.getElementById("rows");
const rowsIn = (list) => [...list.querySelectorAll(":scope > [data-row]")];

function isCalm(list) {
  if (list.scrollTop > 4 || isShelved() || list.contains(document.activeElement)) return false;
  return Date.now() - pointerAt > HOVER_REST;
}

/** As the server orders them: it gives each row a rank, the greater the nearer to the top. */
const before = (a, b) => a.dataset.rank > b.dataset.rank;

/** Give a row its new content and keep the element: a press under way, its answer from the server, and the focus stay with it. */
function mend(there, fresh) {
  // A click is lost when what was pressed is gone before the finger lifts.
  if (there.matches(":active")) { pressed.set(there, fresh); return; }
  for (const name of FLEETING) if (!fresh.hasAttribute(name)) there.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (name !== "aria-current" && there.getAttribute(name) !== value) there.setAttribute(name, value);
  }
  there.replaceChildren(...fresh.childNodes);
  document.dispatchEvent(new CustomEvent("rabta:drawn")); // who is here is not in what the server draws
}

function released() {
  // After the click that this release may be.
  setTimeout(() => {
    const rows = [...pressed];
    pressed.clear();
    for (const [there, fresh] of rows) mend(there, fresh);
  });
}

/** Put every row where it belongs, let go of those that left, and bring in what waited. */
export function settle() {
  const list = box();
  if (!list) return;
  clearTimeout(restless);
  if (beyond.size || isShelved()) { forgetRows(); document.dispatchEvent(new CustomEvent("rabta:rows-anew")); return; }
  const open = document.getElementById("inbox").dataset.open;
  for (const row of rowsIn(list)) if ("gone" in row.dataset && row.dataset.row !== open) row.remove();
  const more = list.querySelector("#rows-more");
  const rows = rowsIn(list);
  const last = rows.at(-1);
  for (const [id, row] of waiting) {
    const there = document.getElementById(`row-${id}`);
    if (there) { mend(there, row); continue; }
    // Older than what is loaded: it comes when the list is scrolled there.
    if (more && last && before(last, row)) continue;
    list.prepend(row);
    window.htmx?.process(row);
    row.dataset.fresh = "";
  }
  waiting.clear();
  const order = rowsIn(list).sort((a, b) => (before(a, b) ? -1 : 1));
  let place = list.firstElementChild;
  for (const row of order) {
    if (row === place) place = place.nextElementSibling;
    else list.insertBefore(row, place);
  }
  list.querySelector("#rows-empty")?.remove();
  showNews();
  if ((!order.length && !more) || (order.length > MANY && isCalm(list))) document.dispatchEvent(new CustomEvent("rabta:rows-anew"));
}

function showNews() {
  const button = document.getElementById("news");
  if (!button) return;
  const n = waiting.size + beyond.size;
  button.hidden = n === 0;
  const words = (n === 1 ? button.dataset.one : button.dataset.many).replace("%n", new Intl.NumberFormat(document.documentElement.lang).format(n));
  button.querySelector("span").textContent = words;
}

/** Take changed rows (elements) and ids of rows that left this list. */
export function mendRows(fresh, gone) {
  const list = box();
  if (!list) return;
  for (const row of fresh) {
    const there = document.getElementById(`row-${row.dataset.row}`);
    if (there) mend(there, row);
    else if (mendShelved(row.dataset.row, row)) continue;
    else if (waiting.size < MANY || waiting.has(row.dataset.row)) waiting.set(row.dataset.row, row);
    else beyond.add(row.dataset.row);
  }
  for (const id of gone) {
    waiting.delete(id);
    beyond.delete(id);
    mendShelved(id, null);
    const there = document.getElementById(`row-${id}`);
    if (there) there.dataset.gone = "";
  }
  calmly();
}

function calmly() {
  const list = box();
  clearTimeout(restless);
  if (isCalm(list)) settle();
  else {
    showNews();
    // A pointer that only rests there lets the list settle in the end.
    if (list.scrollTop <= 4 && !list.contains(document.activeElement)) restless = setTimeout(calmly, HOVER_REST + 100);
  }
}

/** Forget what waited: the list was drawn anew. */
export function forgetRows() {
  waiting.clear();
  beyond.clear();
  clearShelf();
  showNews();
}

/** Mark the row of the open conversation. */
export function markOpen(id) {
  for (const row of document.querySelectorAll("#rows > [data-row]")) {
    if (row.dataset.row === id) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

/** Draw a row as read before the server has said so. */
export function drawRead(id) {
  const row = document.getElementById(`row-${id}`);
  if (!row || !("unread" in row.dataset)) return;
  delete row.dataset.unread;
  row.querySelector(".count-row")?.remove();
}

export function startRows() {
  document.addEventListener("scroll", (event) => { if (event.target === box() && event.target.scrollTop < 200) unshelve(event.target); }, { capture: true, passive: true });
  for (const kind of ["pointerup", "pointercancel", "dragend"]) document.addEventListener(kind, released, { passive: true });
  document.addEventListener("pointermove", (event) => { if (event.target.closest?.("#rows")) pointerAt = Date.now(); }, { passive: true });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#news")) return;
    settle();
    const list = box();
    list.scrollTop = 0;
    list.querySelector("[data-row]")?.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:after:swap", () => {
    // Rows that moved up while older ones were being fetched must not stand there twice.
    const seen = new Set();
    for (const row of document.querySelectorAll("#rows > [data-row]")) {
      if (seen.has(row.dataset.row)) row.remove();
      seen.add(row.dataset.row);
    }
    if (box()) shelve(box());
  });
}
