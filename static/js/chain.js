// A text that is too long for one answer, shown as the numbered answers it will go as. The server cuts: it alone counts as the
// network does.
import { ask, Trouble } from "./ask.js";
import { measure, rulesOf } from "./measure.js";

const PAUSE = 350; // ms after the last key
let timer = 0;

async function draw(form, place) {
  const text = form.querySelector("textarea").value;
  const long = form.dataset.kind !== "note" && !form.elements.privately?.checked && measure(text.trim(), rulesOf(form)) > Number(form.dataset.limit);
  if (!long) { place.replaceChildren(); return; }
  const body = new FormData();
  body.set("body", text);
  try {
    const parts = await ask(place.dataset.chain, { body, quiet: true });
    if (place.isConnected && form.querySelector("textarea").value === text) place.innerHTML = parts;
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble; // without a line there is no preview; sending says what is wrong
  }
}

function soon(event) {
  const form = event.target.closest?.("form.composer");
  const place = form?.querySelector("[data-chain]");
  if (!place) return;
  clearTimeout(timer);
  timer = setTimeout(() => draw(form, place), PAUSE);
}

export function startChain() {
  for (const name of ["input", "change", "rabta:sent", "rabta:turn"]) document.addEventListener(name, soon);
}
