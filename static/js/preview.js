// How the reply will look on its network: drawn by the server while the fold is open, a moment after the last key.
import { ask } from "./ask.js";

const PAUSE = 350; // ms
let timer = 0;
let turn = 0;

async function draw(form, fold) {
  const mine = ++turn;
  const body = new FormData();
  body.set("body", form.querySelector("textarea").value);
  let html;
  try { html = await ask(fold.dataset.preview, { body, quiet: true }); } catch { return; } // the next key asks again
  if (mine !== turn || !fold.isConnected) return;
  const place = fold.querySelector("[data-preview-body]");
  place.innerHTML = html;
  // The pictures stand in the composer already.
  place.querySelector("[data-preview-files]")?.replaceChildren(...[...form.querySelectorAll("[data-file][data-ready]")].map((row) => {
    const picture = row.querySelector("img");
    if (picture) { const copy = picture.cloneNode(); copy.alt = row.querySelector(".composer-file-alt")?.value ?? ""; return copy; }
    const name = document.createElement("span");
    Object.assign(name, { className: "chip", textContent: row.querySelector("bdi")?.textContent ?? "" });
    return name;
  }));
}

function soon(form) {
  const fold = form?.querySelector("[data-preview]");
  if (!fold?.open) return;
  clearTimeout(timer);
  timer = setTimeout(() => draw(form, fold), PAUSE);
}

export function startPreview() {
  document.addEventListener("input", (event) => { if (event.target.closest?.("form.composer")) soon(event.target.form); });
  for (const name of ["rabta:files", "rabta:sent"]) document.addEventListener(name, (event) => soon(event.target));
  document.addEventListener("toggle", (event) => { if (event.target.matches?.("[data-preview]") && event.target.open) draw(event.target.closest("form"), event.target); }, true);
}
