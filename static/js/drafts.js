// What was typed and not sent. Each conversation and kind has a keeper: it saves to the server a moment after the last key, when the
// field is left and when the page goes, and until the server has acknowledged it a copy stays on this device. Another window's words
// are never written over: both are shown, and the person chooses.

const PAUSE = 700; // ms after the last key
const LONGEST_REST = 30_000; // ms between tries while the server is away
const MOST_ALIVE = 60_000; // characters that a leaving page may still send

const writer = [...crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte.toString(36)).join("");
const keepers = new Map(); // "conversation kind" → Keeper
let drawFiles = () => {};

// Held for as long as this page lives, so that others leave its copies alone.
navigator.locks?.request(`rabta.writer.${writer}`, () => new Promise(() => {}));

const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const composer = () => document.querySelector("form.composer");

class Keeper {
  constructor(form, kind) {
    this.kind = kind;
    this.conversation = form.dataset.conversation;
    this.url = form.dataset.drafts.split(" ")[kind === "note" ? 1 : 0];
    this.place = `rabta.draft.${form.dataset.member}.${this.conversation}.${kind}.`;
    Object.assign(this, { text: "", files: [], manner: {}, counter: 0, sequence: 0, dirty: false, busy: null, rest: 0, timer: 0, stopped: false, other: null });
  }

  get content() { return JSON.stringify([this.text, this.files.map((file) => [file.id, file.alt]), this.manner]); }

  get empty() { return !this.text.trim() && !this.files.length; }

  /** What is in the form now. Keeps a copy here at once, and saves soon. */
  change(content) {
    const was = this.content;
    Object.assign(this, content);
    if (this.content === was) return;
    this.sequence += 1;
    this.dirty = true;
    this.copy();
    this.later(PAUSE);
    mark(this);
    say(this, this.stopped ? "refused" : this.rest ? "local" : "");
  }

  copy() {
    const kept = { text: this.text, files: this.files, manner: this.manner, base: this.counter, writer, sequence: this.sequence, at: Date.now() };
    try { localStorage.setItem(this.place + writer, JSON.stringify(kept)); } catch { /* no room on this device: the server has it in a moment */ }
  }

  forgetCopy() { localStorage.removeItem(this.place + writer); }

  later(wait) {
    clearTimeout(this.timer);
    if (!this.stopped && !this.other) this.timer = setTimeout(() => this.save(), wait);
  }

  body() {
    const body = new URLSearchParams({ body: this.text, base: this.counter, writer, sequence: this.sequence, csrfmiddlewaretoken: csrf() });
    for (const file of this.files) { body.append("media", file.id); body.append(`alt-${file.id}`, file.alt); }
    if (this.manner.template) body.set("template", this.manner.template);
    for (const value of this.manner.parameters ?? []) body.append("variable", value);
    if (this.manner.privately) body.set("privately", "yes");
    return body;
  }

  async save({ leaving = false } = {}) {
    if (!this.dirty || this.stopped || this.other) return;
    if (this.busy && !leaving) { await this.busy; this.later(0); return; }
    clearTimeout(this.timer);
    const sequence = this.sequence;
    const body = this.body();
    const keepalive = leaving && body.toString().length < MOST_ALIVE;
    this.busy = fetch(this.url, { method: "POST", body, keepalive, headers: { "HX-Request": "true", "X-CSRFToken": csrf() } }).then((answer) => this.heard(answer, sequence), () => this.away());
    await this.busy;
    this.busy = null;
  }

  async heard(answer, sequence) {
    if (answer.status === 409) { this.other = draftIn(await answer.text()); show(this); return; }
    if (answer.redirected || [401, 403, 404].includes(answer.status)) { this.stopped = true; say(this, "refused"); return; }
    if (!answer.ok) { this.away(); return; }
    this.rest = 0;
    this.counter = (await answer.json()).counter;
    if (this.sequence !== sequence) { this.copy(); this.later(PAUSE); return; }
    this.dirty = false;
    this.forgetCopy();
    say(this, this.empty ? "" : "saved");
  }

  away() {
    this.rest = Math.min(LONGEST_REST, (this.rest || 1000) * 2);
    say(this, "local");
    this.later(this.rest);
  }

  /** It was sent: whatever was under way about it is over, and the server has emptied its own. */
  sent() {
    clearTimeout(this.timer);
    Object.assign(this, { text: "", files: [], manner: {}, dirty: false, stopped: false, other: null });
    this.sequence += 1;
    this.forgetCopy();
    mark(this);
    say(this, "");
  }

  /** Take the server's version, unless this page knows better. */
  take(draft) {
    if (this.dirty || draft.counter < this.counter) return;
    Object.assign(this, { text: draft.text, files: draft.files, manner: draft.manner, counter: draft.counter });
  }
}

function keeperOf(form, kind = form.dataset.kind || "reply") {
  const name = `${form.dataset.conversation} ${kind}`;
  if (!keepers.has(name)) keepers.set(name, new Keeper(form, kind));
  return keepers.get(name);
}

function fileFacts(row) {
  return { id: row.querySelector("[name=media]").value, alt: row.querySelector(".composer-file-alt")?.value ?? "", html: row.outerHTML };
}

function draftIn(text) {
  const box = document.createElement("div");
  box.innerHTML = text;
  return read(box.querySelector("template[data-draft]"));
}

function read(template) {
  const part = template.content;
  const manner = {};
  if (template.dataset.templateKey) Object.assign(manner, { template: template.dataset.templateKey, parameters: [...part.querySelectorAll("[data-draft-value]")].map((data) => data.value) });
  if ("privately" in template.dataset) manner.privately = true;
  return { kind: template.dataset.draft, counter: Number(template.dataset.counter), text: part.querySelector("[data-draft-body]").textContent, files: [...part.querySelectorAll("[data-file]")].map(fileFacts), manner, remark: part.querySelector("[data-draft-remark]").textContent };
}

const current = (keeper) => { const form = composer(); return form && keepers.get(`${form.dataset.conversation} ${form.dataset.kind || "reply"}`) === keeper ? form : null; };

function say(keeper, state) {
  const place = current(keeper)?.querySelector("[data-draft-state]");
  if (place) place.textContent = state ? place.dataset[state] : "";
}

function sayHow(keeper) { say(keeper, keeper.stopped ? "refused" : keeper.rest ? "local" : keeper.dirty || keeper.empty ? "" : "saved"); }

/** The pencil in the list. */
function mark(keeper) {
  const any = ["reply", "note"].some((kind) => { const other = keepers.get(`${keeper.conversation} ${kind}`); return other && !other.empty; });
  document.getElementById(`row-${keeper.conversation}`)?.toggleAttribute("data-draft", any);
}

/** Both versions, and the choice between them. */
function show(keeper) {
  const form = current(keeper);
  if (!form) return;
  const place = form.querySelector("[data-draft-conflict]");
  place.hidden = !keeper.other;
  place.querySelector("[data-draft-other]").textContent = keeper.other ? [keeper.other.text, ...keeper.other.files.map(() => "📎")].join("\n").trim() : "";
}

/** What is chosen in the form, of what a draft keeps. */
function content(form) {
  const isNote = form.dataset.kind === "note";
  const files = isNote ? [] : [...form.querySelectorAll("[data-file-list] [data-file][data-ready]")].map(fileFacts);
  const manner = {};
  const template = isNote ? "" : form.querySelector("[data-template]")?.value;
  if (template) Object.assign(manner, { template, parameters: [...form.querySelectorAll("[name=variable]")].map((input) => input.value) });
  if (!isNote && form.elements.privately?.checked) manner.privately = true;
  return { text: form.querySelector("textarea").value, files, manner };
}

/** Put a keeper's content into the form. */
function fill(form, keeper) {
  const focused = document.activeElement;
  const text = form.querySelector("textarea");
  if (keeper.kind === "reply") {
    const list = form.querySelector("[data-file-list]");
    if (list) { list.innerHTML = keeper.files.map((file) => file.html).join(""); [...list.querySelectorAll("[data-file]")].forEach((row, index) => { const alt = row.querySelector(".composer-file-alt"); if (alt) alt.value = keeper.files[index].alt; }); }
    const select = form.querySelector("[data-template]");
    if (select && keeper.manner.template && select.value !== keeper.manner.template) {
      select.value = keeper.manner.template;
      if (select.selectedIndex < 0) select.value = "";
      select.dispatchEvent(new Event("change", { bubbles: true }));
      [...form.querySelectorAll("[name=variable]")].forEach((input, index) => { input.value = keeper.manner.parameters[index] ?? ""; input.dispatchEvent(new Event("input", { bubbles: true })); });
    }
    if (form.elements.privately) form.elements.privately.checked = Boolean(keeper.manner.privately);
  }
  text.value = keeper.text;
  drawFiles(form);
  if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
}

/** Another page of this person died before the server knew what it held: that comes back here. */
async function orphans(keeper) {
  const alive = navigator.locks ? new Set((await navigator.locks.query()).held.map((lock) => lock.name.replace("rabta.writer.", ""))) : new Set();
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(keeper.place) || name === keeper.place + writer || alive.has(name.slice(keeper.place.length))) continue;
    const kept = JSON.parse(localStorage.getItem(name));
    localStorage.removeItem(name);
    if (keeper.dirty || kept.text === keeper.text) continue;
    const theirs = { text: keeper.text, files: keeper.files, manner: keeper.manner, counter: keeper.counter };
    const conflict = kept.base !== keeper.counter && !keeper.empty;
    keeper.change({ text: kept.text, files: kept.files, manner: kept.manner });
    if (conflict) { clearTimeout(keeper.timer); keeper.other = theirs; }
    const form = current(keeper);
    if (form) { fill(form, keeper); form.querySelector("textarea").dispatchEvent(new Event("input", { bubbles: true })); }
    show(keeper);
  }
}

/** A composer was drawn: what belongs into it is put there. */
export function wakeDrafts(form) {
  for (const template of form.querySelectorAll("template[data-draft]")) keeperOf(form, template.dataset.draft).take(read(template));
  for (const kind of ["reply", "note"]) orphans(keeperOf(form, kind));
  const keeper = keeperOf(form);
  // A page that came back with an error shows what was sent to it.
  if (!form.querySelector("textarea").value || !keeper.empty) fill(form, keeper);
  show(keeper);
  sayHow(keeper);
}

/** Something in the form changed. */
export function noteDraft(form) { keeperOf(form).change(content(form)); }

/** The form turns from one kind to the other: each has words of its own. */
export function turnDraft(form, from, to) {
  keeperOf(form, from).change(content(form));
  form.dataset.kind = to;
  const keeper = keeperOf(form);
  fill(form, keeper);
  show(keeper);
  sayHow(keeper);
}

/** What a form that is about to be sent says of its draft. */
export function nameDraft(form) {
  const keeper = keeperOf(form);
  clearTimeout(keeper.timer);
  form.elements.draft_writer.value = writer;
  form.elements.draft_sequence.value = keeper.sequence + 1;
}

export function sentDraft(form) { keeperOf(form).sent(); }

/** A reply was taken back: the server made it a draft again. Shown unless something else is being written. */
async function back() {
  const form = composer();
  if (!form) return;
  const keeper = keeperOf(form, "reply");
  if (!keeper.empty || keeper.dirty) return;
  const answer = await fetch(keeper.url, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || !form.isConnected) return;
  const draft = draftIn(await answer.text());
  keeper.take(draft);
  mark(keeper);
  if (form.dataset.kind === "note" && !keeperOf(form, "note").empty) return;
  form.dispatchEvent(new CustomEvent("rabta:turn", { detail: "reply", bubbles: true }));
  fill(form, keeper);
  const place = form.querySelector("[data-draft-remark-place]");
  place.hidden = !draft.remark;
  place.querySelector("span").textContent = draft.remark;
  form.querySelector("textarea").focus();
}

function decide(form, mine) {
  const keeper = keeperOf(form);
  const other = keeper.other;
  if (!other) return;
  keeper.other = null;
  keeper.counter = other.counter;
  if (mine) { keeper.sequence += 1; keeper.dirty = true; keeper.copy(); keeper.later(0); say(keeper, ""); } else {
    Object.assign(keeper, { text: other.text, files: other.files, manner: other.manner, dirty: false });
    keeper.forgetCopy();
    fill(form, keeper);
  }
  show(keeper);
  mark(keeper);
  form.querySelector("textarea").focus();
}

const saveAll = (options) => { for (const keeper of keepers.values()) keeper.save(options); };

export function startDrafts(redraw) {
  drawFiles = redraw;
  document.addEventListener("focusout", (event) => { if (event.target.closest?.("form.composer")) saveAll(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) saveAll({ leaving: true }); });
  window.addEventListener("pagehide", () => saveAll({ leaving: true }));
  window.addEventListener("online", () => saveAll());
  document.addEventListener("rabta:given-back", back);
  document.addEventListener("click", (event) => {
    const form = event.target.closest("form.composer");
    if (form && event.target.closest("[data-draft-take]")) decide(form, false);
    if (form && event.target.closest("[data-draft-keep]")) decide(form, true);
  });
}
