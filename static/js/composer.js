// The composer: what will be written (reply or note), how long the network counts it, what was typed and not sent, and sending once.
import { ask, tell, Trouble } from "./ask.js";
import { clearFiles, filesOf, startAttach, waitWords } from "./attach.js";
import { apply, look } from "./changes.js";
import { filled } from "./deeds.js";
import { nameDraft, noteDraft, sentDraft, startDrafts, turnDraft, wakeDrafts } from "./drafts.js";
import { measure, partsOf, rulesOf } from "./measure.js";
import { locale } from "./times.js";

const composer = () => document.querySelector("form.composer");

/** Count as the network counts and say what is wrong before the server does. */
function count(form) {
  const text = form.querySelector("textarea");
  const counter = form.querySelector(".counter");
  const isNote = form.dataset.kind === "note";
  const limit = Number(form.dataset.limit || 0);
  const length = measure(text.value.trim(), rulesOf(form));
  const left = limit - length;
  const over = !isNote && limit > 0 && left < 0 && !(form.querySelector("[data-chain]") && !form.elements.privately?.checked);
  counter.dataset.tone = isNote || !limit ? "" : over ? "bad" : left <= Math.max(20, limit * 0.1) ? "warn" : "";
  counter.querySelector("[data-length]").textContent = new Intl.NumberFormat(locale()).format(length);
  const parts = counter.querySelector("[data-part-count]");
  if (parts) parts.textContent = new Intl.NumberFormat(locale()).format(partsOf(text.value, form.dataset));
  const idle = !form.hasAttribute("aria-busy");
  form.querySelectorAll("[type=submit]").forEach((button) => { button.disabled = over || (text.value.trim() === "" && !filesOf(form).count) || !idle; });
  text.setAttribute("aria-invalid", String(over));
}

/** Whether nothing but notes can be written here: the network takes no answers, or the channel is disconnected. */
function closed(form) {
  const reply = form.querySelector("input[name=kind][value=reply]");
  return !reply || reply.disabled;
}

function setKind(form, kind) {
  form.dataset.kind = kind;
  const radio = form.querySelector(`input[name=kind][value=${kind}]`);
  if (radio && !radio.disabled) radio.checked = true;
  const text = form.querySelector("textarea");
  text.placeholder = kind === "note" ? text.dataset.notePlaceholder : text.dataset.replyPlaceholder;
  count(form);
}

/** Make a freshly drawn composer ready: its kind, its counter, and what was written here and not sent. */
export function wake() {
  const form = composer();
  if (!form || form.dataset.awake) return;
  form.dataset.awake = "yes";
  form.dataset.kind ||= "reply";
  wakeDrafts(form);
  form.dataset.key = form.elements.idempotency_key.value;
  setKind(form, form.dataset.kind);
}

/** The other kind of writing: each has words of its own. */
function turn(form, kind) {
  if (form.dataset.kind !== kind) turnDraft(form, form.dataset.kind, kind);
  setKind(form, kind);
}

function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function complain(form, words) {
  const place = form.querySelector("#composer-error");
  place.hidden = !words;
  place.querySelector("span").textContent = words;
}

async function send(form, button) {
  const text = form.querySelector("textarea");
  const files = filesOf(form);
  if (form.hasAttribute("aria-busy") || (!text.value.trim() && !files.count)) return;
  if (files.waiting) { complain(form, waitWords(form)); return; }
  // One key for one text: pressing twice, or again after no answer came, writes it once; another text is another message.
  const attempt = JSON.stringify([form.dataset.kind, text.value, form.elements.privately?.checked, files.key]);
  if (form.dataset.attempt && form.dataset.attempt !== attempt) form.elements.idempotency_key.value = freshKey();
  form.dataset.attempt = attempt;
  nameDraft(form);
  const body = filled(form, button);
  if (form.dataset.kind === "note") body.delete("media");
  form.setAttribute("aria-busy", "true");
  complain(form, "");
  count(form);
  let answer = null;
  try {
    answer = await ask(form.action, { body, quiet: true });
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (form.isConnected) complain(form, trouble.message);
    else tell(trouble);
    form.dispatchEvent(new CustomEvent("rabta:refused", { bubbles: true, detail: trouble }));
    if (trouble.status === 409 || trouble.status === 0) look();
  }
  form.removeAttribute("aria-busy");
  if (answer !== null) {
    sentDraft(form);
    delete form.dataset.attempt;
    form.elements.idempotency_key.value = freshKey();
    text.value = "";
    form.dispatchEvent(new Event("rabta:sent", { bubbles: true }));
    if (form.elements.privately) form.elements.privately.checked = false; // each is meant by itself
    if (form.dataset.kind !== "note") clearFiles(form);
    if (form.dataset.kind === "note" && !closed(form)) turn(form, "reply");
    apply(answer);
    if (button?.name === "then") document.dispatchEvent(new CustomEvent("rabta:done", { detail: form.dataset.conversation }));
  }
  count(form);
  if (form.isConnected) text.focus({ preventScroll: true });
}

export function startComposer() {
  wake();
  startAttach();
  startDrafts(count);
  document.addEventListener("rabta:files", (event) => {
    if (!event.target.matches("form.composer")) return;
    count(event.target);
    noteDraft(event.target);
    complain(event.target, "");
  });
  document.addEventListener("rabta:turn", (event) => { if (!closed(event.target)) turn(event.target, event.detail); });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-write]")) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form.composer");
    if (!form) return;
    if (event.target.tagName !== "TEXTAREA") { noteDraft(form); return; }
    count(form);
    noteDraft(form);
    complain(form, "");
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.composer");
    if (form && event.target.name === "privately") noteDraft(form);
    if (!form || event.target.name !== "kind") return;
    turn(form, event.target.value);
    form.querySelector("textarea").focus();
  });
  document.addEventListener("click", (event) => {
    // Pressing the kind already chosen changes nothing, yet still means “let me write”.
    if (event.target.matches?.(".composer-head input[name=kind]")) event.target.form.querySelector("textarea").focus();
  });
}
