// Kept lists: their dialog, their numbers, and which parts of the tree are folded on this device.
import { ask, tell, Trouble } from "./ask.js";
import { putNumbers } from "./changes.js";

const REST = 4000; // ms between two looks at numbers that no counter keeps
const home = () => document.getElementById("inbox");
const dialog = () => document.getElementById("keep");

let timer = 0;
let counted = 0;

async function count() {
  timer = 0;
  counted = Date.now();
  if (!document.querySelector('[id^="count-kept-"]') && document.getElementById("view-count")?.textContent && !home().dataset.lazy) return;
  try {
    const text = await ask(`${home().dataset.counts}?${home().dataset.list}`, { quiet: true });
    const found = new DOMParser().parseFromString(text, "text/html").getElementById("counts");
    if (found) putNumbers(found);
    if (found?.querySelector('[value="view-count"]')) home().dataset.lazy = "yes";
  } catch (trouble) {
    // A number may be old for a while; the list itself says when the line is down.
    if (!(trouble instanceof Trouble)) throw trouble;
  }
}

function countSoon() {
  if (timer || document.hidden) return;
  timer = setTimeout(count, Math.max(REST - (Date.now() - counted), 0));
}

/** Folded parts are remembered where the server sees them, so that nothing jumps. */
function rememberFolds() {
  const folded = [...document.querySelectorAll("[data-fold]:not([open])")].map((part) => part.dataset.fold);
  document.cookie = `folds=${folded.join(".")}; path=/; max-age=31536000; samesite=lax`;
}

async function openDialog(view) {
  try {
    dialog().innerHTML = await ask(`${dialog().dataset.form}${view ? `?view=${view}` : ""}`);
    teams();
    dialog().showModal();
  } catch (trouble) { tell(trouble); }
}

function teams() {
  const box = dialog().querySelector("[data-keep-team]");
  if (box) box.hidden = dialog().querySelector("[name=scope]")?.value !== "team";
}

async function keep(form) {
  const body = new FormData(form);
  if (!form.action.match(/views\/\d+\/$/)) body.set("list", home().dataset.list);
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRFToken": token } });
  const next = answer.headers.get("HX-Redirect");
  if (next) { location.assign(next); return; }
  dialog().innerHTML = await answer.text();
  teams();
  dialog().querySelector("[name=name]")?.focus();
}

async function keepChanges(url) {
  const body = new FormData();
  body.set("list", home().dataset.list);
  try { await ask(url, { body }); location.reload(); } catch (trouble) { tell(trouble); }
}

export function startKept() {
  if (!home()) return;
  countSoon();
  document.addEventListener("rabta:changed", countSoon);
  document.addEventListener("visibilitychange", countSoon);
  document.addEventListener("toggle", (event) => { if (event.target.matches?.("[data-fold]")) rememberFolds(); }, true);
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-keep]");
    if (opener) openDialog(opener.dataset.keep);
    const changed = event.target.closest("[data-keep-changed]");
    if (changed) keepChanges(changed.dataset.keepChanged);
  });
  dialog()?.addEventListener("change", (event) => { if (event.target.matches("[name=scope]")) teams(); });
  dialog()?.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-keep-form]")) return;
    event.preventDefault();
    keep(event.target).catch(() => tell(new Trouble(0, document.getElementById("toasts")?.dataset.offline ?? "", false)));
  });
}
