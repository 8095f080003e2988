// The open conversation on screen: messages find their places by time, days and neighbours are tidied, the reader stays put.
import { keepFocus } from "./focus.js";
import { announce } from "./toasts.js";

const TOGETHER = 6 * 60_000; // ms; the server's rule (inbox/views/shown.py)
const NEAR = 160; // px from the end that still count as reading the newest
const MOST = 300; // messages kept in the page; farther ones go and come back when somebody scrolls there

let sent = false; // something was just written here, and is shown; what colleagues write moves nobody

const scroller = () => document.getElementById("messages");
const list = () => document.getElementById("message-list");

/** Whether newer messages exist than those that are loaded: the thread was opened further up. */
const isPast = () => Boolean(document.getElementById("later"));

export function atNewest() {
  const box = scroller();
  if (isPast()) return false;
  return !box || box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
}

/** Show the end of the thread; where it is not loaded, have it fetched. */
export function toNewest() {
  if (isPast()) { document.dispatchEvent(new CustomEvent("rabta:newest")); return; }
  const box = scroller();
  if (box) box.scrollTop = box.scrollHeight;
  hideNews();
}

function hideNews() {
  const button = document.getElementById("thread-news");
  if (!button) return;
  if (button === document.activeElement) scroller().focus({ preventScroll: true });
  button.hidden = true;
}

/** Where a freshly drawn thread begins to be read: at the message the address names, at the first unread one, else at its end. */
export function toStart() {
  const box = scroller();
  if (!box) return;
  box.scrollTop = isPast() ? 0 : box.scrollHeight;
  const wanted = location.hash.startsWith("#m-") ? document.getElementById(location.hash.slice(1)) : null;
  const line = document.getElementById("unread-line");
  if (wanted) { wanted.scrollIntoView({ block: "center" }); wanted.dataset.fresh = ""; }
  else if (line && isOutside(line, box)) line.scrollIntoView({ block: "start" });
}

function isOutside(item, box) {
  const place = item.getBoundingClientRect();
  const frame = box.getBoundingClientRect();
  return place.top < frame.top || place.bottom > frame.bottom;
}

/** Let go of the messages farthest from where somebody reads, and leave the button that brings them back. */
function thin(end) {
  const home = list();
  const all = [...home.querySelectorAll(":scope > [data-message]")];
  if (all.length <= MOST) return;
  const keep = end === "later" ? all.slice(0, MOST) : all.slice(-MOST);
  const edge = end === "later" ? keep.at(-1) : keep[0];
  const box = scroller();
  const fromEnd = box.scrollHeight - box.scrollTop;
  const top = box.scrollTop;
  const next = (item) => (end === "later" ? item.nextElementSibling : item.previousElementSibling);
  for (let item = next(edge); item; item = next(edge)) item.remove();
  const button = document.importNode(document.getElementById(`${end}-template`).content, true).firstElementChild;
  const url = new URL(home.dataset[end], location.href);
  url.searchParams.set(end === "later" ? "after" : "before", edge.dataset.place);
  button.querySelector("button").setAttribute("hx-get", url.pathname + url.search);
  home[end === "later" ? "append" : "prepend"](button);
  window.htmx?.process(button);
  box.scrollTop = end === "later" ? top : box.scrollHeight - fromEnd;
}

/** Older or newer messages were drawn. */
export function grown(end) {
  tidy();
  thin(end === "earlier" ? "later" : "earlier");
  if (end === "later" && !isPast()) hideNews();
}

function later(a, b) {
  if (a.dataset.at !== b.dataset.at) return a.dataset.at > b.dataset.at;
  return Number(a.id.slice(2)) > Number(b.id.slice(2));
}

/** One separator a day, and messages of one person close together drawn as a group. */
export function tidy() {
  let day = "";
  let last = null;
  for (const item of [...(list()?.children ?? [])]) {
    if (item.classList.contains("day")) {
      const next = item.nextElementSibling;
      if (item.dataset.day === day || !next || next.dataset.day !== item.dataset.day) item.remove();
      else { day = item.dataset.day; last = null; }
    } else if ("message" in item.dataset) {
      const close = last && last.dataset.by === item.dataset.by && new Date(item.dataset.at) - new Date(last.dataset.at) < TOGETHER;
      item.classList.toggle("msg-follow", Boolean(close) && !item.matches(".msg-note, .msg-post"));
      last = item;
    } else last = null;
  }
}

/** Put a new message where its time says. Returns whether it is the newest, or null where it belongs to what is not loaded. */
function put(fresh, dayMark) {
  const home = list();
  const all = [...home.querySelectorAll(":scope > [data-message]")];
  if (isPast() && all.length && later(fresh, all.at(-1))) return null;
  if (document.getElementById("earlier") && all.length && later(all[0], fresh)) return false;
  const after = all.findLast((item) => later(fresh, item));
  const next = after ? after.nextElementSibling : all[0]?.previousElementSibling?.classList.contains("day") ? all[0].previousElementSibling : all[0] ?? null;
  if (dayMark) home.insertBefore(dayMark, next);
  home.insertBefore(fresh, next);
  return !after || all.at(-1) === after;
}

/** Bring in new and changed messages. Returns whether the customer wrote something new. */
export function mendMessages(nodes) {
  const home = list();
  if (!home) return false;
  const stay = atNewest();
  let news = 0;
  let own = false;
  let mark = null;
  for (const fresh of nodes) {
    if (fresh.classList.contains("day")) { mark = fresh; continue; }
    const there = document.getElementById(fresh.id);
    if (there && there.dataset.at === fresh.dataset.at && !there.matches(".msg-post")) {
      const back = keepFocus(there);
      const unfolded = [...there.querySelectorAll("details")].map((fold) => fold.open);
      there.replaceWith(fresh);
      [...fresh.querySelectorAll("details")].forEach((fold, place) => { fold.open = unfolded[place] ?? fold.open; });
      back(fresh);
    } else if (there?.matches(".msg-post")) {
      there.querySelector(".post-body")?.replaceChildren(...(fresh.querySelector(".bubble")?.childNodes ?? []));
      there.querySelector("[data-deeds]")?.replaceWith(...[fresh.querySelector("[data-deeds]")].filter(Boolean));
      there.toggleAttribute("data-hidden", "hidden" in fresh.dataset);
      if ("gone" in fresh.dataset) there.querySelector(".post-body")?.classList.add("faint");
    } else {
      there?.remove();
      put(fresh, mark);
      if (!there) { news += 1; own ||= sent && fresh.matches(".msg-out, .msg-note"); }
    }
    // What a poll brought first and the receipt claimed later is one message.
    if (fresh.dataset.external) {
      for (const twin of home.querySelectorAll(`[data-external="${CSS.escape(fresh.dataset.external)}"]`)) if (twin !== fresh && twin.id !== fresh.id) twin.remove();
    }
    window.htmx?.process(fresh);
    mark = null;
  }
  tidy();
  runRings();
  if (own) sent = false;
  const button = document.getElementById("thread-news");
  if (own || (stay && !isPast())) { toNewest(); thin("earlier"); }
  else if (news) { button.hidden = false; button.querySelector("span").textContent = button.dataset.new; }
  if (news && !own && button) announce(button.dataset.new);
  return news > 0 && !own;
}

/** Replace a part around the messages, unless somebody is in the middle of using it. Returns whether it was done. */
export function mendPart(fresh) {
  const there = document.getElementById(fresh.id);
  if (!there) return true;
  if (there.querySelector(":popover-open") || (there.contains(document.activeElement) && document.activeElement.matches("select, input"))) return false;
  const back = keepFocus(there);
  there.replaceWith(fresh);
  window.htmx?.process(fresh);
  back(fresh);
  return true;
}

/** The ring that runs out with the time to take a reply back. Seconds come from the server, so that clocks may differ. */
export function runRings() {
  document.querySelectorAll(".undo-ring[data-left]").forEach((ring) => {
    ring.style.setProperty("--undo", `${Number(ring.dataset.left) || 0}s`);
    delete ring.dataset.left;
  });
}

/** The network's colour reaches the style sheet as a custom property of the inbox: the policy refuses style attributes, and what
 * htmx swaps must not carry one either, since it copies attributes between elements of one id. */
export function paint() {
  const colour = document.getElementById("thread")?.dataset.net;
  if (colour) document.getElementById("inbox").style.setProperty("--net", colour);
}

export function startThread() {
  document.addEventListener("rabta:sent", () => { sent = true; });
  document.addEventListener("click", (event) => { if (event.target.closest("#thread-news")) toNewest(); });
  document.addEventListener("scroll", (event) => {
    if (event.target === scroller() && atNewest()) hideNews();
  }, { capture: true, passive: true });
}
