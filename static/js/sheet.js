// The one dialog of a page, filled by the server when a button opens it: snooze, what must be filled before resolving, a new ticket.
// What it sends is answered either with what changed on the page, or with the form again and what is wrong in it.
import { ask, tell, Trouble } from "./ask.js";
import { apply, look } from "./changes.js";
import { filled } from "./deeds.js";
import { drawTimes } from "./times.js";

const FIRST = ":is(input:not([type=hidden]), select, textarea):not(:disabled), footer button";
const REST = 120; // ms after the last letter before a preview is asked for

const sheet = () => document.getElementById("sheet");
let asked = 0;
let timer = 0;

/** Show what the server drew, and put the focus where it says. */
function fill(text) {
  const home = sheet();
  home.innerHTML = text;
  drawTimes(home);
  if (!home.open) home.showModal();
  (home.querySelector("[aria-invalid=true]") ?? home.querySelector("[autofocus]") ?? home.querySelector(FIRST))?.focus();
}

/** Open what an address draws. The dialog is there at once and keeps what is typed until then: no letter falls through to the keys. */
export async function openSheet(url, label = "") {
  const home = sheet();
  const field = Object.assign(document.createElement("input"), { className: "input", autocomplete: "off" });
  field.dataset.early = "";
  field.setAttribute("aria-label", label);
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") field.dataset.entered = ""; });
  const body = document.createElement("div");
  body.className = "dialog-body";
  body.append(field);
  home.replaceChildren(body);
  if (!home.open) home.showModal();
  field.focus();
  try {
    const text = await ask(url);
    if (!home.open || !field.isConnected) return; // closed meanwhile
    fill(text);
    const place = document.activeElement;
    if (field.value && place?.matches("#sheet input, #sheet textarea")) {
      place.value = field.value;
      place.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if ("entered" in field.dataset) place?.form?.requestSubmit(place.form.querySelector("[data-default]"));
  } catch (trouble) {
    home.close();
    tell(trouble);
  }
}

async function send(form, button) {
  if (form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  const action = button?.getAttribute("formaction") ?? form.getAttribute("action");
  try {
    const text = await ask(action, { body: filled(form, button), quiet: true });
    if (text.includes("data-sheet-form")) { fill(text); return; }
    // Closing gives the focus back; only then is mended what may stand around it.
    sheet().close();
    if (document.getElementById("inbox")) { apply(text); look(); }
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    const place = sheet().querySelector("[data-sheet-error]");
    if (trouble.page.includes("data-sheet-form")) fill(trouble.page);
    else if (place) {
      place.hidden = false;
      place.querySelector("span").textContent = trouble.message;
      form.querySelector("[autofocus]")?.focus();
    } else tell(trouble);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

async function preview(field) {
  const number = (asked += 1);
  const url = `${field.dataset.preview}?${new URLSearchParams({ text: field.value })}`;
  try {
    const text = await ask(url, { quiet: true });
    const place = document.getElementById(field.dataset.previewInto);
    if (number !== asked || !place) return;
    place.innerHTML = text;
    drawTimes(place);
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble; // the next letter asks again
  }
}

async function part(button) {
  const place = document.getElementById(button.dataset.partInto);
  const label = button.getAttribute("aria-label");
  try {
    place.innerHTML = await ask(button.dataset.part);
    (place.querySelector(`[aria-label="${CSS.escape(label)}"]`) ?? place.querySelector("button:not(:disabled)"))?.focus();
  } catch (trouble) { tell(trouble); }
}

/** A chosen day goes into the field; the time of day that stands there stays. */
function pick(button) {
  const field = document.getElementById(button.dataset.pickInto);
  const time = field.value.match(/\b\d{1,2}:\d{2}\b/)?.[0] ?? "";
  field.value = `${button.dataset.pick} ${time}`.trim();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

/** Arrow keys walk the days of a month, as its reader reads. */
function walk(event) {
  const grid = event.target.closest("[data-grid]");
  if (!grid || !event.target.matches("[data-pick]")) return;
  const ahead = getComputedStyle(grid).direction === "rtl" ? -1 : 1;
  const step = { ArrowRight: ahead, ArrowLeft: -ahead, ArrowDown: 7, ArrowUp: -7 }[event.key];
  if (!step) return;
  const days = [...grid.querySelectorAll("[data-pick]")];
  const next = days[days.indexOf(event.target) + step];
  if (next && !next.disabled) next.focus();
  event.preventDefault();
}

/** Of several forms the chosen one is shown. */
function choose(select) {
  for (const fields of select.form.querySelectorAll("fieldset[data-form]")) fields.hidden = fields.disabled = fields.dataset.form !== select.value;
}

export function startSheet() {
  document.body.addEventListener("rabta:sheet", (event) => { if (event.detail.url) openSheet(event.detail.url); else fill(event.detail.text); });
  document.addEventListener("change", (event) => { if (event.target.matches("[data-form-choice]")) choose(event.target); });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-sheet]");
    if (opener) openSheet(opener.dataset.sheet, opener.getAttribute("aria-label") ?? opener.textContent.trim());
    const button = event.target.closest("[data-part]");
    if (button?.closest("#sheet")) part(button);
    const day = event.target.closest("[data-pick]");
    if (day) pick(day);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-sheet-form]")) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-preview]")) return;
    clearTimeout(timer);
    timer = setTimeout(() => preview(event.target), REST);
  });
  document.addEventListener("keydown", (event) => {
    // Enter in a field is the sheet's own deed, not the first quick choice.
    const form = event.target.closest?.("form[data-sheet-form]");
    if (form && event.key === "Enter" && event.target.matches("input:not([type=button])") && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-default]"));
    } else walk(event);
  });
}
