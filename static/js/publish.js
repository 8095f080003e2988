// Writing a post for several channels: each counts as its network does and says what it does not take, before the server does.
import { ask, Trouble } from "./ask.js";
import { filesOf, startAttach, waitWords } from "./attach.js";
import { measure, rulesOf } from "./measure.js";
import { locale } from "./times.js";

const publisher = () => document.querySelector("form[data-publish]");
const words = (form) => form.querySelector("template[data-publish-words]").dataset;
const targets = (form) => [...form.querySelectorAll("[data-target]")];
const ticked = (target) => target.querySelector("input[name=channel]").checked;

function chosenFiles(form) {
  return [...form.querySelectorAll("[data-file][data-ready]")].map((row) => ({ kind: row.dataset.kind, mime: row.dataset.mime, size: Number(row.dataset.size), name: row.querySelector(".composer-file-name bdi").textContent }));
}

/** Why these files do not go to a channel; empty when they do. */
function fileRefusal(rules, files, said) {
  if (!files.length) return "";
  const most = Number(rules.takes);
  if (!most) return said.noFiles;
  const [kinds, types, alone] = [rules.kinds, rules.types, rules.alone].map((list) => (list ? list.split(" ") : []));
  const wrong = files.find((file) => !kinds.includes(file.kind) || (types.length && !types.includes(file.mime)));
  if (wrong) return `${said.wrongKind} ${wrong.name}`;
  if (files.length > most) return said.tooMany;
  if (files.length > 1 && files.some((file) => alone.includes(file.mime))) return said.alone;
  const large = files.find((file) => Number(file.kind === "image" && rules.pictureBytes !== "0" ? rules.pictureBytes : rules.bytes) < file.size);
  return large ? `${said.tooLarge} ${large.name}` : "";
}

function tell(target, why) {
  const place = target.querySelector("[data-why]");
  if (place.lastElementChild.textContent === why && place.hidden === !why) return;
  place.hidden = !why;
  place.lastElementChild.textContent = why;
}

/** The moment of the field in the reader's own clock, or null. */
function planned(form) {
  const value = form.querySelector("[data-local-time]").value;
  return value ? new Date(value) : null;
}

/** Count everywhere, say what is wrong where, and let the button wait. Returns whether it could be sent. */
function look(form) {
  const text = form.elements.body.value;
  const files = chosenFiles(form);
  const said = words(form);
  let fine = true;
  for (const target of targets(form)) {
    const limit = Number(target.dataset.limit);
    const length = measure(text.trim(), rulesOf(target));
    const counter = target.querySelector(".counter");
    counter.querySelector("[data-length]").textContent = new Intl.NumberFormat(locale()).format(length);
    counter.dataset.tone = length > limit ? "bad" : limit - length <= Math.max(20, limit * 0.1) ? "warn" : "";
    const why = length > limit ? said.tooLong : fileRefusal(target.dataset, files, said);
    tell(target, ticked(target) ? why : "");
    if (ticked(target) && why) fine = false;
  }
  const at = planned(form);
  form.elements.send_at.value = at ? at.toISOString() : "";
  form.querySelector("[data-now]").hidden = Boolean(at);
  form.querySelector("[data-later]").hidden = !at;
  const empty = !text.trim() && !files.length;
  const ready = fine && !empty && targets(form).some(ticked);
  form.querySelector("[type=submit]").disabled = !ready || form.hasAttribute("aria-busy");
  return ready;
}

function complain(form, text) {
  const place = form.querySelector("#publish-error");
  place.hidden = !text;
  place.querySelector("span").textContent = text;
}

async function send(form) {
  if (form.hasAttribute("aria-busy") || !look(form)) return;
  if (filesOf(form).waiting) { complain(form, waitWords(form)); return; }
  const at = planned(form);
  if (at && at <= new Date()) { complain(form, words(form).past); return; }
  // One key for one post: pressing twice, or again after no answer came, publishes once; anything else is another post.
  const attempt = JSON.stringify([form.elements.body.value, form.elements.send_at.value, filesOf(form).key, targets(form).map(ticked)]);
  if (form.dataset.attempt && form.dataset.attempt !== attempt) form.elements.idempotency_key.value = crypto.randomUUID();
  form.dataset.attempt = attempt;
  const body = new FormData(form);
  form.setAttribute("aria-busy", "true");
  complain(form, "");
  look(form);
  try {
    await ask(form.action, { body, quiet: true });
    location.assign(form.action);
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    form.removeAttribute("aria-busy");
    complain(form, trouble.message);
    look(form);
  }
}

export function startPublish() {
  const form = publisher();
  if (!form) return;
  startAttach();
  form.querySelector("[data-when-field]").hidden = false;
  look(form);
  for (const name of ["input", "change", "rabta:files"]) form.addEventListener(name, () => { complain(form, ""); look(form); });
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
}
