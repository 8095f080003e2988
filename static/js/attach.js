// Files of a reply or a post: chosen, pasted or dropped, sent to the server at once with their progress, described and taken out again.

import { ask, Trouble } from "./ask.js";
import { Broken, dropUpload, inParts } from "./uploads.js";

const REASONS = "rabta:files"; // fired on the composer whenever its files change

const list = (form) => form.querySelector("[data-file-list]");
const words = (form) => form.querySelector("template[data-file-words]");
const open = (form) => Boolean(form.dataset.attach) && form.dataset.kind !== "note";

/** Whether anything is chosen for the reply, and whether all of it is there. */
export function filesOf(form) {
  const rows = open(form) ? [...(list(form)?.querySelectorAll("[data-file]") ?? [])] : [];
  const ready = rows.filter((row) => "ready" in row.dataset);
  return { count: ready.length, waiting: rows.some((row) => !("ready" in row.dataset) && !("failed" in row.dataset)), key: ready.map((row) => `${row.querySelector("[name=media]").value}:${row.querySelector(".composer-file-alt")?.value ?? ""}`).join("|") };
}

export function clearFiles(form) {
  list(form)?.replaceChildren();
}

/** What to say when somebody sends while a file is still on its way. */
export const waitWords = (form) => words(form)?.dataset.waits ?? "";

function changed(form) {
  form.dispatchEvent(new CustomEvent(REASONS, { bubbles: true }));
}

function fail(row, text, { again = false } = {}) {
  if (again) offerAgain(row);
  row.dataset.failed = "";
  row.querySelector("progress")?.remove();
  const place = row.querySelector(".error");
  place.textContent = text;
  place.hidden = false;
}

/** A button that sends the row's file once more. */
function offerAgain(row) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "btn btn-s", textContent: document.getElementById("toasts")?.dataset.again ?? "" });
  button.dataset.fileAgain = "";
  row.querySelector("[data-file-remove]").before(button);
}

/** Why a network would not take it, as far as its name and size say so: nothing travels in vain. */
function refusal(form, file) {
  if (file.size > Number(form.dataset.fileBytes)) return words(form).dataset.tooLarge;
  const rules = form.querySelector("[data-uploads]")?.dataset;
  if (!rules || !file.type) return "";
  const sort = file.type.split("/")[0];
  const kind = ["image", "video", "audio"].includes(sort) ? sort : "file";
  const [kinds, types] = [rules.kinds, rules.types].map((list) => (list ? list.split(" ") : []));
  return !kinds.includes(kind) || (types.length && !types.includes(file.type)) ? rules.wrongKind : "";
}

/** What the server made of a file, in the row's place. */
function settle(row, html) {
  const box = document.createElement("template");
  box.innerHTML = html.trim();
  row.replaceWith(box.content.firstElementChild);
}

async function uploadInParts(form, file, row) {
  const holder = form.querySelector("[data-uploads]").dataset;
  const stop = new AbortController();
  row.call = { abort: () => { stop.abort(); dropUpload(holder.uploads, file); } };
  try {
    settle(row, await inParts(holder.uploads, file, { signal: stop.signal, onProgress: (share) => { row.querySelector("progress").value = share; } }));
  } catch (trouble) {
    if (stop.signal.aborted) return;
    if (trouble instanceof Broken) fail(row, holder.lost, { again: true });
    else fail(row, trouble.message || document.getElementById("toasts")?.dataset.refused || "");
  }
  changed(form);
}

function rowFor(form, file) {
  const row = words(form).content.firstElementChild.cloneNode(true);
  row.file = file;
  row.querySelector("[data-name]").textContent = file.name;
  list(form).append(row);
  return row;
}

/** Hand one file over. The row it stands in becomes what the server makes of it, or says what was wrong. */
function upload(form, file) {
  const row = rowFor(form, file);
  const why = refusal(form, file);
  if (why) { fail(row, why); return; }
  if (form.querySelector("[data-uploads]")) { uploadInParts(form, file, row); return; }
  const call = new XMLHttpRequest();
  row.call = call;
  call.open("POST", `${form.dataset.attach}?name=${encodeURIComponent(file.name)}`);
  call.setRequestHeader("HX-Request", "true");
  call.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]')?.content ?? "");
  call.setRequestHeader("Content-Type", "application/octet-stream");
  call.upload.addEventListener("progress", (event) => { if (event.lengthComputable) row.querySelector("progress").value = event.loaded / event.total; });
  call.addEventListener("load", () => {
    if (call.status === 200 && call.getResponseHeader("Content-Type")?.startsWith("text/html")) {
      settle(row, call.responseText);
    } else {
      const said = call.getResponseHeader("Content-Type")?.startsWith("text/plain") ? call.responseText : "";
      fail(row, said || document.getElementById("toasts")?.dataset[call.status >= 500 ? "broken" : "refused"] || "");
    }
    changed(form);
  });
  for (const ending of ["error", "timeout"]) call.addEventListener(ending, () => { fail(row, document.getElementById("toasts")?.dataset.offline ?? ""); changed(form); });
  call.send(file);
}

/** A file that the server has already: it is laid beside the reply by asking `url` for it. */
export async function layFile(form, name, url) {
  if (!open(form)) return;
  const row = rowFor(form, { name });
  changed(form);
  try {
    settle(row, await ask(url, { body: new FormData(), quiet: true }));
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    fail(row, trouble.message);
  }
  changed(form);
}

function take(form, files) {
  if (!files.length || !open(form)) return;
  let room = Number(form.dataset.files) - list(form).querySelectorAll("[data-file]:not([data-failed])").length;
  for (const file of files) {
    if (room <= 0) { fail(rowFor(form, file), words(form).dataset.tooMany); continue; }
    room -= 1;
    upload(form, file);
  }
  changed(form);
}

const composerOf = (node) => node.closest?.("form[data-attach]") ?? (node.closest?.("#thread") ? document.querySelector("form.composer[data-attach]") : null);

export function startAttach() {
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-attach-input]")) return;
    take(event.target.form, [...event.target.files]);
    event.target.value = "";
  });
  document.addEventListener("paste", (event) => {
    const form = composerOf(event.target);
    const files = [...(event.clipboardData?.files ?? [])];
    if (!form || !files.length || !open(form)) return;
    event.preventDefault();
    take(form, files);
  });
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      const form = composerOf(event.target);
      if (!form || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (name === "drop") take(form, [...event.dataTransfer.files]);
      form.toggleAttribute("data-drop", name === "dragover" && open(form));
    });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.querySelector("form.composer[data-drop]")?.removeAttribute("data-drop"); });
  document.addEventListener("click", (event) => {
    const again = event.target.closest("[data-file-again]");
    if (again) {
      const form = again.form;
      const { file } = again.closest("[data-file]");
      again.closest("[data-file]").remove();
      take(form, [file]);
      form.querySelector("textarea").focus();
      return;
    }
    const button = event.target.closest("[data-file-remove]");
    if (!button) return;
    const form = button.form;
    const row = button.closest("[data-file]");
    row.call?.abort();
    row.remove();
    changed(form);
    form.querySelector("textarea").focus();
  });
}
