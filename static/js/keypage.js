// The page where keys are changed: press Change, then the new key. Escape leaves it as it was.
import { ask, tell } from "./ask.js";
import { combination, readKeys } from "./keys.js";
import { announce } from "./toasts.js";

const MODIFIERS = new Set(["Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock"]);

let learning = null; // the button that waits for a key

function stop() {
  if (!learning) return;
  learning.firstElementChild.textContent = learning.dataset.words;
  learning.removeAttribute("aria-pressed");
  learning = null;
}

function learn(button) {
  stop();
  learning = button;
  button.dataset.words = button.firstElementChild.textContent;
  button.firstElementChild.textContent = button.dataset.press;
  button.setAttribute("aria-pressed", "true");
  announce(button.dataset.press);
}

/** Keep a key on the server; the line comes back as it is now, and the sheet of this page follows. */
async function keep(form, key) {
  const row = form.closest("[data-key-row]");
  const body = new FormData(form);
  body.set("key", key);
  let text;
  try { text = await ask(form.getAttribute("action"), { body }); } catch (trouble) { tell(trouble); return; }
  const fresh = document.importNode(new DOMParser().parseFromString(text, "text/html").querySelector("[data-key-row]"), true);
  row.replaceWith(fresh);
  fresh.querySelector("[data-learn]").focus();
  const line = document.querySelector(`#keys [data-action="${fresh.dataset.keyRow}"]`);
  line.dataset.code = fresh.dataset.code;
  line.querySelector("dd").replaceChildren(...[fresh.querySelector(":scope > .keycaps")?.cloneNode(true)].filter(Boolean));
  readKeys();
  announce(`${fresh.querySelector(".grow").textContent}: ${fresh.querySelector(":scope > .keycaps")?.textContent ?? ""}`);
}

export function startKeyPage() {
  if (!document.querySelector("[data-key-form]")) return;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-learn]");
    if (button) learn(button);
    else if (!event.target.closest("[data-key-form]")) stop();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-key-form]")) return;
    event.preventDefault();
    keep(event.target, event.submitter?.value ?? "");
  });
  // Before anything else hears it: the key that is being learnt does nothing yet.
  window.addEventListener("keydown", (event) => {
    if (!learning || MODIFIERS.has(event.key)) return;
    if (event.key === "Tab") { stop(); return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    const form = learning.form;
    stop();
    if (event.key !== "Escape") keep(form, combination(event));
  }, true);
}
