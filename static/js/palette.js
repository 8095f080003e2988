// The palette (Ctrl or Cmd with K): one field that finds actions, people, conversations, views, channels and pages. What the browser
// knows is drawn with the key press; what the server finds follows. It teaches: each action shows its key.
import { ask } from "./ask.js";
import { fold } from "./folding.js";
import { canDo, doAction } from "./keys.js";

const REST = 120; // ms without a key before the server is asked
const SAY_AFTER = 700; // ms of quiet before the number of lines is said
const REMEMBERED = 8;

const palette = () => document.getElementById("palette");
const part = (name) => palette().querySelector(`[data-${name}]`);
const field = () => document.getElementById("palette-input");
const store = () => `rabta.palette.${palette().dataset.workspace}`;
const lines = () => [...palette().querySelectorAll("[role=option]")].filter((line) => !line.hidden);

let asked = 0; // the newest question; answers to older ones are dropped
let timer = 0;
let saying = 0;
let back = null; // where the focus was

function remembered() {
  try { return JSON.parse(localStorage.getItem(store()) ?? "[]").filter((key) => typeof key === "string").slice(0, REMEMBERED); } catch { return []; }
}

function remember(key) {
  if (key) localStorage.setItem(store(), JSON.stringify([key, ...remembered().filter((other) => other !== key)].slice(0, REMEMBERED)));
}

/** What this page can do, from the sheet of keys. */
function actionLine(action) {
  const line = document.createElement("div");
  Object.assign(line, { className: "palette-line", id: `palette-do-${action.dataset.action}` });
  line.setAttribute("role", "option");
  line.setAttribute("aria-selected", "false");
  line.dataset.entry = `action-${action.dataset.action}`;
  line.dataset.folded = action.dataset.folded;
  const name = document.createElement("span");
  name.className = "palette-name";
  name.textContent = action.querySelector("dt").textContent;
  line.append(name, ...[action.querySelector(".keycaps")?.cloneNode(true)].filter(Boolean));
  return line;
}

function group(label, children) {
  const box = document.createElement("div");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", label);
  box.dataset.group = "";
  const title = document.createElement("p");
  title.className = "palette-kind";
  title.setAttribute("aria-hidden", "true");
  title.textContent = label;
  box.append(title, ...children);
  return box;
}

function drawActions() {
  const home = palette();
  // What the page can do is asked before the dialog covers it.
  const can = [...document.querySelectorAll("#keys [data-action]")].filter(canDo).map(actionLine);
  const recent = remembered();
  const place = (line) => { const found = recent.indexOf(line.dataset.entry); return found < 0 ? REMEMBERED : found; };
  can.sort((a, b) => place(a) - place(b));
  part("local").replaceChildren(...(can.length ? [group(home.dataset.actions, can)] : []));
}

/** Show what has all words, each as the beginning of one of its own; lines without words of their own were found by the server. */
function sift(text) {
  const words = fold(text).split(" ").filter(Boolean);
  for (const line of palette().querySelectorAll("[data-local] [role=option], [data-places] [role=option]")) {
    const own = ` ${line.dataset.folded}`;
    line.hidden = words.length ? !line.dataset.folded || !words.every((word) => own.includes(` ${word}`)) : false;
  }
  for (const box of palette().querySelectorAll("[data-group]")) box.hidden = !box.querySelector("[role=option]:not([hidden])");
  const all = lines();
  palette().querySelector(".palette-none").hidden = all.length > 0;
  choose(all[0]);
  clearTimeout(saying);
  saying = setTimeout(() => { part("said").textContent = palette().dataset.found.replace("%n", new Intl.NumberFormat(document.documentElement.lang).format(lines().length)); }, SAY_AFTER);
}

function choose(line) {
  for (const other of palette().querySelectorAll("[aria-selected=true]")) other.setAttribute("aria-selected", "false");
  if (!line) { field().removeAttribute("aria-activedescendant"); return; }
  line.setAttribute("aria-selected", "true");
  field().setAttribute("aria-activedescendant", line.id);
  line.scrollIntoView({ block: "nearest" });
}

async function fetchPart(name, parameters) {
  const number = ++asked;
  const url = `${palette().dataset.url}?${new URLSearchParams(parameters)}`;
  let text;
  // Without an answer what the browser knows stays; the page says by itself that the line is down.
  try { text = await ask(url, { quiet: true }); } catch { return; }
  if (number !== asked || !palette().open) return;
  const kept = palette().querySelector("[aria-selected=true]")?.id;
  part(name).innerHTML = text;
  sift(field().value);
  const line = kept && document.getElementById(kept);
  if (line && !line.hidden) choose(line);
}

function onInput() {
  const text = field().value;
  asked += 1;
  clearTimeout(timer);
  if (!text.trim()) part("found").replaceChildren();
  sift(text);
  if (text.trim()) timer = setTimeout(() => fetchPart("found", { q: text }), REST);
}

function take(line) {
  if (!line) return;
  remember(line.dataset.entry);
  palette().close();
  const action = line.dataset.entry.startsWith("action-") && document.querySelector(`#keys [data-action="${line.dataset.entry.slice(7)}"]`);
  if (action) { doAction(action); return; }
  const row = document.getElementById(line.dataset.entry.replace("conversation-", "row-"));
  if (row?.matches("[data-row]")) row.click();
  else location.assign(line.href);
}

function open() {
  const home = palette();
  if (!home) return;
  if (home.open) { home.close(); return; }
  back = document.activeElement;
  drawActions();
  field().value = "";
  part("found").replaceChildren();
  home.showModal();
  field().focus();
  sift("");
  const last = remembered().filter((key) => /^(contact|conversation)-\d+$/.test(key));
  fetchPart("places", { recent: last.join(",") });
}

export function startPalette() {
  if (!palette()) return;
  document.addEventListener("rabta:palette", open);
  document.addEventListener("click", (event) => { if (event.target.closest("[data-palette]")) open(); });
  field().addEventListener("input", onInput);
  palette().addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.code === "KeyK") { event.preventDefault(); palette().close(); return; }
    if (event.isComposing) return;
    const all = lines();
    const now = all.findIndex((line) => line.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      choose(all[(now + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
      event.preventDefault();
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(all[now]);
    }
  });
  palette().addEventListener("click", (event) => {
    const line = event.target.closest("[role=option]");
    if (!line || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    take(line);
  });
  // The browser gives the focus back to what had it, unless that is gone.
  palette().addEventListener("close", () => { if (back?.isConnected && document.activeElement === document.body) back.focus({ preventScroll: true }); });
}
