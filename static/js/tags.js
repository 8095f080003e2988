// The tags of the open conversation: a menu that finds or makes, stays open for several, and does each at once.
import { ask, tell } from "./ask.js";
import { apply, look, pageState } from "./changes.js";

const menu = () => document.getElementById("tags");
const words = () => menu().querySelector("[data-tag-words]");
const line = () => document.getElementById("thread-tags");

async function fill() {
  const place = line();
  if (!place) { menu().hidePopover(); return; }
  try {
    menu().querySelector("[data-menu-list]").innerHTML = await ask(`${place.dataset.url}menu/`);
    narrow();
  } catch (trouble) {
    menu().hidePopover();
    tell(trouble);
  }
}

function narrow() {
  const text = words().value.trim();
  const wanted = text.toLocaleLowerCase();
  let exact = false;
  for (const label of menu().querySelectorAll("label[data-words]")) {
    const name = label.dataset.words.toLocaleLowerCase();
    label.hidden = wanted !== "" && !name.includes(wanted);
    exact ||= name === wanted;
  }
  const make = menu().querySelector("[data-tag-make]");
  if (!make) return;
  make.hidden = !text || exact;
  make.querySelector("[data-tag-name]").textContent = text;
  const none = menu().querySelector("[data-none]");
  if (none) none.hidden = Boolean(text);
}

async function send(field, value) {
  const place = line();
  if (!place) return;
  const body = new FormData();
  for (const [name, given] of Object.entries(pageState())) body.set(name, given ?? "");
  body.set(field, value);
  try {
    apply(await ask(place.dataset.url, { body }));
  } catch (trouble) {
    tell(trouble);
    look();
    fill();
  }
}

async function make() {
  const text = words().value.trim();
  if (!text) return;
  words().value = "";
  narrow();
  await send("name", text);
  await fill();
  words().focus();
}

function first() {
  const label = [...menu().querySelectorAll("label[data-words]")].find((there) => !there.hidden);
  if (!words().value.trim()) { menu().hidePopover(); return; }
  if (!label) { make(); return; }
  label.querySelector("input").click();
  words().value = "";
  narrow();
}

/** What had the focus may have been drawn anew meanwhile: it goes to the button of tags then. */
function closed() {
  setTimeout(() => {
    if (!document.activeElement || document.activeElement === document.body) line()?.querySelector("[data-key]")?.focus({ preventScroll: true });
  });
}

export function startTags() {
  if (!menu()) return;
  menu().addEventListener("beforetoggle", (event) => { if (event.newState === "open") words().value = ""; });
  menu().addEventListener("toggle", (event) => { if (event.newState === "open") fill(); else closed(); });
  menu().addEventListener("input", (event) => { if (event.target === words()) narrow(); });
  menu().addEventListener("change", (event) => {
    if (event.target.dataset.tag) send(event.target.checked ? "add" : "remove", event.target.dataset.tag);
  });
  menu().addEventListener("click", (event) => { if (event.target.closest("[data-tag-make]")) make(); });
  menu().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    if (event.target === words()) first();
    else event.target.click();
  });
}
