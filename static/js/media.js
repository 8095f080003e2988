// Pictures, films and files of messages: fetched by the server when first asked for. What cannot be drawn says why, and can be tried again.
import { ask, tell, Trouble } from "./ask.js";
import { atNewest, toNewest } from "./thread.js";

const TRIES = 8;
const PAUSE = 1200; // ms; each further try waits that much longer

const home = (node) => node.closest?.("[data-medium]");

function swap(place, html) {
  const box = document.createElement("template");
  box.innerHTML = html.trim();
  const fresh = box.content.firstElementChild;
  if (fresh && place.isConnected) place.replaceWith(fresh);
  return fresh;
}

/** Ask how it is to be drawn. While the server is busy with others it is asked again, for a while. */
async function look(place, body = null) {
  for (let turn = 1; ; turn += 1) {
    try {
      return swap(place, await ask(place.dataset.medium, { body, quiet: true }));
    } catch (trouble) {
      if (!(trouble instanceof Trouble) || trouble.status !== 429 || turn === TRIES || !place.isConnected) throw trouble;
    }
    await new Promise((done) => { setTimeout(done, turn * PAUSE); });
  }
}

/** What did not load is asked about once; what still does not, then, is broken here and not there. */
async function failed(event) {
  const place = home(event.target);
  if (!place || !event.target.matches("img, video, audio") || "asked" in place.dataset) return;
  place.dataset.asked = "";
  const again = "looked" in place.dataset;
  const fresh = await look(place).catch(() => null);
  if (fresh && again) fresh.dataset.asked = "";
}

async function retry(form) {
  const place = home(form);
  if (!place || form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  await look(place, new FormData(form)).then((fresh) => fresh?.querySelector("a, button")?.focus({ preventScroll: true }), tell);
  form.removeAttribute("aria-busy");
}

/** A file is fetched before the browser is sent to it, so that a failure is said here and not on a page of its own. */
async function download(link) {
  const place = home(link);
  if (link.hasAttribute("aria-busy")) return;
  link.setAttribute("aria-busy", "true");
  try {
    const fresh = await look(place);
    const ready = fresh?.querySelector("[data-medium-file]");
    if (ready) location.assign(ready.href);
  } catch (trouble) {
    tell(trouble);
  }
  link.removeAttribute("aria-busy");
}

/** Whether the newest message was in sight before a picture took its room. */
let near = true;

export function startMedia() {
  document.addEventListener("scroll", (event) => { if (event.target.id === "messages") near = atNewest(); }, { capture: true, passive: true });
  document.addEventListener("load", (event) => { if (near && event.target.matches?.("[data-medium] img")) toNewest(); }, true);
  // Neither bubbles.
  document.addEventListener("error", failed, true);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-medium-again]")) return;
    event.preventDefault();
    retry(event.target);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-medium-file]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    download(link);
  });
  // What failed before this script ran.
  for (const picture of document.querySelectorAll("[data-medium] img")) if (picture.complete && !picture.naturalWidth && picture.currentSrc) failed({ target: picture });
}
