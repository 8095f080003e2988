// The bell: how many are unread, the newest of them in a menu, and marking, there and on their own page.
import { ask, tell, Trouble } from "./ask.js";
import { announce } from "./toasts.js";
import { drawTimes } from "./times.js";

const REST = 250; // ms: pushes that come together are one question
const bell = () => document.querySelector("[data-bell]");
let timer = 0;
let last = null;

function shown(unread) {
  const home = bell();
  const grew = last !== null && unread > last;
  last = unread;
  const number = home.querySelector(".count");
  const text = unread ? new Intl.NumberFormat(document.documentElement.lang).format(unread) : "";
  if (number.textContent !== text) number.textContent = text;
  home.setAttribute("aria-label", unread ? home.dataset.some.replace("%n", text) : home.dataset.none);
  for (const button of document.querySelectorAll("[data-notices-all]")) button.disabled = unread === 0;
  return grew;
}

async function look() {
  const home = bell();
  if (!home) return;
  try {
    const first = last === null;
    const grew = shown(JSON.parse(await ask(home.dataset.count, { quiet: true })).unread);
    if (first) seen();
    if (!grew) return;
    announce(home.getAttribute("aria-label"));
    // Nothing moves under the reader: a list that is open says that there is more.
    document.querySelector("[data-notices-new]")?.removeAttribute("hidden");
    const menu = document.getElementById("notices");
    if (menu?.matches(":popover-open") && !menu.matches(":focus-within")) fill(menu);
  } catch (trouble) { if (!(trouble instanceof Trouble)) throw trouble; /* the next push or page asks again */ }
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(look, REST);
}

async function fill(menu) {
  const place = menu.querySelector("[data-notices-place]");
  try {
    place.innerHTML = await ask(menu.dataset.url);
    drawTimes(place);
    if (menu.matches(":popover-open")) (place.querySelector(".notice-main") ?? place.querySelector("a, button:not(:disabled)"))?.focus({ preventScroll: true });
  } catch (trouble) { tell(trouble); }
}

/** Tell the server what is read; the number that comes back is the bell's. */
async function mark(fields, { quiet = false } = {}) {
  const body = new URLSearchParams(fields);
  try {
    shown(JSON.parse(await ask(bell().dataset.mark, { body, quiet })).unread);
    return true;
  } catch (trouble) {
    if (!quiet) tell(trouble);
    else if (!(trouble instanceof Trouble)) throw trouble;
    return false;
  }
}

/** Draw one as read or unread, wherever it stands. */
function draw(row, unread) {
  row.toggleAttribute("data-unread", unread);
  const button = row.querySelector("[data-notice-mark]");
  button.setAttribute("aria-label", unread ? button.dataset.read : button.dataset.later);
}

async function turn(button) {
  const row = button.closest("[data-notice]");
  const unread = row.hasAttribute("data-unread");
  draw(row, !unread);
  if (!await mark({ ids: row.dataset.notice, read: unread ? "yes" : "no" })) draw(row, unread);
}

/** What is about the conversation on the screen has been seen. */
function seen() {
  const open = document.getElementById("thread")?.dataset.conversation;
  if (open && last) mark({ subject: `inbox.Conversation:${open}` }, { quiet: true });
}

function onClick(event) {
  const button = event.target.closest("[data-notice-mark]");
  if (button) { turn(button); return; }
  if (event.target.closest("[data-notices-all]")) {
    mark({ all: "yes" }).then((done) => { if (done) document.querySelectorAll("[data-notice]").forEach((row) => draw(row, false)); });
    return;
  }
  const link = event.target.closest(".notice-main");
  const row = link?.closest("[data-notice][data-unread]");
  if (!row) return;
  // The page goes on to where the link leads; what is told on the way is kept alive by the browser.
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  draw(row, false);
  fetch(bell().dataset.mark, { method: "POST", body: new URLSearchParams({ ids: row.dataset.notice }), headers: { "X-CSRFToken": token }, keepalive: true }).then(soon, soon);
}

export function startNotices() {
  if (!bell()) return;
  document.addEventListener("click", onClick);
  document.addEventListener("toggle", (event) => {
    if (event.target.id !== "notices") return;
    if (event.newState === "open") fill(event.target);
    // Opened by a key from nowhere, the browser gives the focus back to nowhere.
    else if (document.activeElement === document.body || event.target.contains(document.activeElement)) bell().focus({ preventScroll: true });
  }, true);
  document.addEventListener("rabta:notices", soon);
  document.addEventListener("rabta:opened", seen);
  soon();
}
