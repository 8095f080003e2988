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

export function startInbox() {
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
    const button = event.target.closest("[data-compose]");
    const form = button && document.querySelector(".composer");
    if (form) { setKind(form, button.dataset.compose); form.querySelector("textarea")?.focus(); }
  });
  const fresh = () => document.querySelectorAll(".composer").forEach((form) => setKind(form, form.dataset.kind || "reply"));
  fresh();
  document.addEventListener("htmx:after:swap", fresh);
}
