// The open conversation on screen: messages find their places by time, days and neighbours are tidied, the reader stays put.
import { announce } from "./toasts.js";

const TOGETHER = 6 * 60_000; // ms; the server's rule (inbox/views/shown.py)
const NEAR = 160; // px from the end that still count as reading the newest

const scroller = () => document.getElementById("messages");
const list = () => document.getElementById("message-list");

export function atNewest() {
  const box = scroller();
  return !box || box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
}

export function toNewest() {
  const box = scroller();
  if (box) box.scrollTop = box.scrollHeight;
  const button = document.getElementById("thread-news");
  if (button) button.hidden = true;
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
    }
  }
}

function put(fresh, dayMark) {
  const home = list();
  const all = [...home.querySelectorAll(":scope > [data-message]")];
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
      const focus = there.contains(document.activeElement);
      there.replaceWith(fresh);
      if (focus) (fresh.querySelector("button") ?? document.getElementById("composer-text"))?.focus({ preventScroll: true });
    } else if (there?.matches(".msg-post")) {
      there.querySelector(".post-body")?.replaceChildren(...(fresh.querySelector(".bubble")?.childNodes ?? []));
      there.querySelector("[data-deeds]")?.replaceWith(...[fresh.querySelector("[data-deeds]")].filter(Boolean));
      there.toggleAttribute("data-hidden", "hidden" in fresh.dataset);
      if ("gone" in fresh.dataset) there.querySelector(".post-body")?.classList.add("faint");
    } else {
      there?.remove();
      put(fresh, mark);
      if (!there) { news += 1; own ||= !fresh.matches(".msg:not(.msg-out, .msg-note)"); }
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
  if (stay || own) toNewest();
  else if (news) document.getElementById("thread-news").hidden = false;
  const button = document.getElementById("thread-news");
  if (news && !own && button) announce(button.textContent.trim());
  return news > 0 && !own;
}

/** Replace a part around the messages, unless somebody is in the middle of using it. Returns whether it was done. */
export function mendPart(fresh) {
  const there = document.getElementById(fresh.id);
  if (!there) return true;
  if (there.querySelector(":popover-open") || (there.contains(document.activeElement) && document.activeElement.matches("select, input"))) return false;
  const key = there.contains(document.activeElement) ? document.activeElement.dataset.key : "";
  there.replaceWith(fresh);
  window.htmx?.process(fresh);
  if (key) fresh.querySelector(`[data-key="${key}"]`)?.focus({ preventScroll: true });
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
  document.addEventListener("click", (event) => { if (event.target.closest("#thread-news")) toNewest(); });
  document.addEventListener("scroll", (event) => {
    if (event.target === scroller() && atNewest()) document.getElementById("thread-news").hidden = true;
  }, { capture: true, passive: true });
}
