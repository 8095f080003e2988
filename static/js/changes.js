// Keeps an open inbox up to date: asks “what changed since my mark?” when the line says so, on every (re)connect, when the page
// is looked at again, and now and then while the line is down. Everything an agent does is answered with the same document.
import { ask, tell, Trouble } from "./ask.js";
import { keepFocus } from "./focus.js";
import { forgetRows, mendRows } from "./rows.js";
import { mendMessages, mendPart, paint, tidy, toNewest, runRings } from "./thread.js";

const REST = 250; // ms between two questions
const MAX_WAIT = 10_000; // ms between two tries while the server is away
const WITHOUT_LINE = 15_000; // ms between two looks while there is no line

const inbox = () => document.getElementById("inbox");
const thread = () => document.getElementById("thread");

let running = false;
let again = false;
let failures = 0;
let timer = 0;
let partsLater = [];

/** What this page shows, for the server to compare with. */
export function pageState() {
  const home = inbox();
  const open = thread();
  const state = { since: home.dataset.mark, list: home.dataset.list };
  if (open?.dataset.mark) Object.assign(state, { open: open.dataset.conversation, thread_since: open.dataset.mark });
  return state;
}

/** Put numbers (`data` elements below `found`, each named by an id) in their places. */
export function putNumbers(found) {
  for (const number of found.querySelectorAll(":scope > data")) {
    const place = document.getElementById(number.value);
    if (place && place.textContent !== number.textContent) place.textContent = number.textContent;
  }
}

/** Put an answer (text of a document with #changes) in its places. */
export function apply(text) {
  const found = new DOMParser().parseFromString(text, "text/html").getElementById("changes");
  const home = inbox();
  if (!found || !home) return;
  home.dataset.mark = found.dataset.mark;
  putNumbers(found);
  const take = (name) => [...document.importNode(found.querySelector(`template[data-${name}]`)?.content ?? new DocumentFragment(), true).children];
  if ("reload" in found.dataset) reloadRows().catch(() => look());
  else mendRows(take("rows"), found.dataset.gone.split(" ").filter(Boolean));
  const open = thread();
  if (!open || open.dataset.conversation !== found.dataset.open) return;
  open.dataset.mark = found.dataset.threadMark;
  if ("threadReload" in found.dataset) { reloadThread().catch(() => look()); return; }
  partsLater = [...partsLater.filter((part) => part.isConnected === false), ...take("parts")];
  mendParts();
  const wrote = mendMessages(take("messages"));
  if (wrote) document.dispatchEvent(new CustomEvent("rabta:heard"));
}

function mendParts() {
  partsLater = partsLater.filter((part) => !mendPart(part));
  paint();
}

async function reloadRows() {
  const home = inbox();
  const list = document.getElementById("rows");
  const text = await ask(`${home.dataset.rowsUrl}?${home.dataset.list}`);
  const back = keepFocus(list);
  list.innerHTML = text;
  window.htmx?.process(list);
  back(list);
  forgetRows();
  const open = thread()?.dataset.conversation;
  document.getElementById(`row-${open}`)?.setAttribute("aria-current", "true");
}

/** Too much happened in the open thread: draw its messages anew and leave everything else, above all what is being typed. */
async function reloadThread() {
  const open = thread();
  const url = new URL(open.dataset.url, location.href);
  url.searchParams.set("at", "newest");
  if (open.dataset.scope) url.searchParams.set("scope", open.dataset.scope);
  const text = await ask(url);
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = page.getElementById("message-list");
  if (!fresh || thread() !== open) return;
  const list = document.getElementById("message-list");
  const had = list.contains(document.activeElement);
  list.replaceChildren(...document.importNode(fresh, true).childNodes);
  if (had) document.getElementById("messages").focus({ preventScroll: true });
  open.dataset.mark = page.getElementById("thread").dataset.mark;
  window.htmx?.process(list);
  tidy();
  runRings();
  toNewest();
}

/** Look now, or as soon as the look under way is over. */
export function look() {
  if (!inbox()) return;
  if (running) { again = true; return; }
  clearTimeout(timer);
  running = true;
  run().finally(() => { running = false; });
}

async function run() {
  do {
    again = false;
    const state = pageState();
    try {
      const text = await ask(`${inbox().dataset.changes}?${new URLSearchParams(state)}`, { quiet: true });
      // Another conversation may have been opened meanwhile; its own page is newer, and the list is asked for again.
      if (thread()?.dataset.conversation === state.open || !state.open) apply(text);
      else again = true;
      failures = 0;
      document.documentElement.dataset.fresh = "yes";
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      if ([401, 403, 404].includes(trouble.status)) { document.documentElement.dataset.fresh = "ended"; return; }
      failures += 1;
      document.documentElement.dataset.fresh = "no";
      const wait = Math.min(MAX_WAIT, 500 * 2 ** (failures - 1)) * (0.6 + 0.4 * Math.random());
      timer = setTimeout(look, wait);
      return;
    }
    await new Promise((done) => { setTimeout(done, REST); });
  } while (again);
}

export function startChanges() {
  if (!inbox()) return;
  document.addEventListener("rabta:changed", look);
  document.addEventListener("rabta:newest", () => { reloadThread().catch(tell); });
  document.addEventListener("rabta:rows-anew", () => { reloadRows().catch(() => look()); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  window.addEventListener("online", look);
  window.addEventListener("pageshow", (event) => { if (event.persisted) look(); });
  document.addEventListener("focusout", () => setTimeout(() => { if (partsLater.length) mendParts(); }, 60));
  document.addEventListener("toggle", () => { if (partsLater.length) mendParts(); }, true);
  setInterval(() => {
    if (!document.hidden && document.documentElement.dataset.connection !== "live" && document.documentElement.dataset.fresh !== "ended") look();
  }, WITHOUT_LINE);
}
