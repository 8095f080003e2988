// The inbox on screen: panes that open and close, the composer with its counter.
import { measure } from "./measure.js";

function pane(name, value) {
  const inbox = document.querySelector(".inbox");
  if (inbox) inbox.dataset[name] = value;
}

function onPaneButton(event) {
  const button = event.target.closest("[data-pane-toggle], [data-pane-show]");
  if (!button) return;
  const inbox = document.querySelector(".inbox");
  if (button.dataset.paneShow) { pane("pane", button.dataset.paneShow); return; }
  const name = button.dataset.paneToggle;
  const now = inbox.dataset[name] ?? (name === "context" && matchMedia("(min-width: 85rem)").matches ? "open" : "closed");
  pane(name, now === "open" ? "closed" : "open");
  button.setAttribute("aria-expanded", String(now !== "open"));
}

/** Count as the network counts and say what is wrong before the server does. */
export function countComposer(form) {
  const text = form.querySelector("textarea");
  const counter = form.querySelector(".counter");
  if (!text || !counter) return;
  const isNote = form.dataset.kind === "note";
  const limit = Number(form.dataset.limit || 0);
  const length = measure(text.value, form.dataset);
  const left = limit - length;
  const over = !isNote && limit > 0 && left < 0;
  counter.dataset.tone = isNote || !limit ? "" : over ? "bad" : left <= Math.max(20, limit * 0.1) ? "warn" : "";
  const number = new Intl.NumberFormat(document.documentElement.lang);
  counter.querySelector("[data-length]").textContent = number.format(length);
  form.querySelectorAll("[type=submit]").forEach((button) => { button.disabled = over || text.value.trim() === ""; });
  text.setAttribute("aria-invalid", String(over));
}

function setKind(form, kind) {
  form.dataset.kind = kind;
  const radio = form.querySelector(`input[name=kind][value=${kind}]`);
  if (radio) radio.checked = true;
  const text = form.querySelector("textarea");
  if (text) text.placeholder = kind === "note" ? text.dataset.notePlaceholder : text.dataset.replyPlaceholder;
  countComposer(form);
}

/** Stand at the newest message, unless the reader has gone up to look at older ones. */
function toNewest(force) {
  const box = document.getElementById("messages");
  if (!box) return;
  const near = box.scrollHeight - box.scrollTop - box.clientHeight < 160;
  if (force || near) box.scrollTop = box.scrollHeight;
}

function markOpenRow() {
  const open = document.getElementById("thread")?.dataset.conversation ?? "";
  const inbox = document.querySelector(".inbox");
  if (!inbox) return;
  inbox.dataset.open = open;
  document.querySelectorAll("[data-rows] [data-row]").forEach((row) => {
    if (row.dataset.row === open) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  });
}

function runRings() {
  document.querySelectorAll(".undo-ring[data-until]").forEach((ring) => {
    const left = Math.max((new Date(ring.dataset.until) - Date.now()) / 1000, 0);
    ring.style.setProperty("--undo", `${left}s`);
  });
}

function onSwap(event) {
  const target = event.detail?.ctx?.target;
  runRings();
  if (target?.id === "open") {
    markOpenRow();
    pane("pane", "thread");
    toNewest(true);
    document.querySelector(".thread")?.focus?.({ preventScroll: true });
  } else if (target?.id === "messages") toNewest(false);
}

function onScrollTo(event) {
  const link = event.target.closest("[data-scroll-to]");
  const goal = link && document.getElementById(link.dataset.scrollTo);
  if (!goal) return;
  event.preventDefault();
  goal.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

export function startInbox() {
  document.addEventListener("htmx:after:swap", onSwap);
  document.addEventListener("click", onScrollTo);
  toNewest(true);
  runRings();
  document.addEventListener("click", onPaneButton);
  document.addEventListener("input", (event) => {
    const form = event.target.closest(".composer");
    if (form) countComposer(form);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest(".composer");
    if (form && event.target.name === "kind") { setKind(form, event.target.value); form.querySelector("textarea")?.focus(); }
  });
  document.addEventListener("click", (event) => {
    // Pressing the kind already chosen changes nothing, yet still means “let me write”.
    const radio = event.target.closest(".composer-head input[name=kind]");
    if (radio) radio.form.querySelector("textarea")?.focus();
  });
  const fresh = () => document.querySelectorAll(".composer").forEach((form) => setKind(form, form.dataset.kind || "reply"));
  fresh();
  document.addEventListener("htmx:after:swap", fresh);
}
