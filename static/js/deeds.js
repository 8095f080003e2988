// What an agent does: forms marked data-deed are sent in the background with what the page shows, and the answer mends the page.
import { ask, tell } from "./ask.js";
import { apply, look, pageState } from "./changes.js";
import { rescue } from "./focus.js";
import { drawRead } from "./rows.js";

const READ_AFTER = 700; // ms a conversation must be in sight to count as read

/** The form's fields and the page's own state. */
export function filled(form, button) {
  const body = new FormData(form, button);
  for (const [name, value] of Object.entries(pageState())) if (!body.has(name)) body.set(name, value ?? "");
  return body;
}

async function send(form, button) {
  if (form.hasAttribute("aria-busy")) return;
  const held = form.contains(document.activeElement) || button === document.activeElement;
  const home = form.closest("[data-message], [data-part]")?.id;
  form.setAttribute("aria-busy", "true");
  const bubble = form.dataset.optimistic ? form.closest("[data-message]") : null;
  const was = bubble?.dataset.state;
  if (bubble) bubble.dataset.state = form.dataset.optimistic;
  if ("unreads" in form.dataset) stayUnread = document.getElementById("thread")?.dataset.conversation ?? "";
  try {
    apply(await ask(form.action, { body: filled(form, button) }));
    if ("resolves" in form.dataset && button?.value === "resolved") document.dispatchEvent(new CustomEvent("rabta:done", { detail: document.getElementById("thread")?.dataset.conversation }));
    // What was taken back is there to be mended.
    if (form.dataset.optimistic === "cancelled" || "givesBack" in form.dataset) document.dispatchEvent(new CustomEvent("rabta:given-back"));
  } catch (trouble) {
    if (bubble) bubble.dataset.state = was;
    form.querySelectorAll("select").forEach((select) => { select.value = [...select.options].find((option) => option.defaultSelected)?.value ?? select.value; });
    // What must be filled in first: the sheet asks for it (sheet.js).
    if (trouble.page?.includes("data-sheet-form")) document.body.dispatchEvent(new CustomEvent("rabta:sheet", { detail: { text: trouble.page } }));
    else tell(trouble);
    look();
  } finally {
    form.removeAttribute("aria-busy");
    // After what closes by itself has given the focus back.
    if (held) setTimeout(() => rescue(document.getElementById(home)), 50);
  }
}

let stayUnread = "";
let readTimer = 0;

/** Say that the open conversation was read, once it was in sight for a moment. */
function readSoon() {
  clearTimeout(readTimer);
  const open = document.getElementById("thread");
  const id = open?.dataset.conversation;
  if (!id || id === stayUnread) return;
  readTimer = setTimeout(async () => {
    const row = document.getElementById(`row-${id}`);
    if (document.hidden || document.getElementById("thread") !== open || (row && !("unread" in row.dataset) && !("mentioned" in open.dataset))) return;
    delete open.dataset.mentioned;
    drawRead(id);
    const body = new FormData();
    for (const [name, value] of Object.entries(pageState())) body.set(name, value ?? "");
    await ask(open.dataset.read, { body, quiet: true }).then(apply, () => look());
  }, READ_AFTER);
}

async function undo(url) {
  const body = new FormData();
  for (const [name, value] of Object.entries(pageState())) body.set(name, value ?? "");
  await ask(url, { body }).then(apply, tell);
}

/** The menu of people and teams comes when it is first opened, and serves every conversation after that. What was typed meanwhile counts. */
async function fillMenu(menu) {
  if (menu.dataset.load) {
    const url = menu.dataset.load;
    menu.dataset.load = "";
    try {
      menu.querySelector("[data-menu-list]").innerHTML = await ask(url);
    } catch (trouble) {
      menu.dataset.load = url;
      menu.hidePopover();
      tell(trouble);
      return;
    }
  }
  const now = { assignee: document.querySelector("#assign-form [name=expected]")?.value ?? "", team: document.getElementById("team-form")?.dataset.now ?? "" };
  for (const button of menu.querySelectorAll("[data-give]")) {
    if (button.value === now[button.dataset.give]) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  filterMenu(menu, menu.querySelector("[data-filter-menu]").value);
  if ("chosen" in menu.dataset) chooseFirst(menu);
}

/** Before it opens, not after: what a fast hand types next belongs to this opening. */
function emptyMenu(menu) {
  menu.querySelector("[data-filter-menu]").value = "";
  delete menu.dataset.chosen;
}

function filterMenu(menu, words) {
  const wanted = words.trim().toLocaleLowerCase();
  for (const button of menu.querySelectorAll("[data-give]")) {
    button.hidden = wanted !== "" && !(button.dataset.words ?? "").toLocaleLowerCase().includes(wanted);
  }
}

/** Enter in the search field takes the first that fits, as soon as they are there. */
function chooseFirst(menu) {
  if (!menu.querySelector("[data-give]")) { menu.dataset.chosen = ""; return; }
  [...menu.querySelectorAll("[data-give]")].find((button) => !button.hidden && button.dataset.words)?.click();
}

function give(button) {
  const form = document.getElementById(`${button.dataset.give}-form`.replace("assignee-form", "assign-form"));
  if (!form) return;
  form.elements[button.dataset.give].value = button.value;
  form.requestSubmit();
}

export function startDeeds() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-deed]")) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  document.addEventListener("rabta:undo", (event) => undo(event.detail));
  document.addEventListener("beforetoggle", (event) => { if (event.target.id === "assign" && event.newState === "open") emptyMenu(event.target); }, true);
  document.addEventListener("toggle", (event) => { if (event.target.id === "assign" && event.newState === "open") fillMenu(event.target); }, true);
  document.addEventListener("input", (event) => { if (event.target.matches("[data-filter-menu]")) filterMenu(event.target.closest(".menu"), event.target.value); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-filter-menu]")) return;
    event.preventDefault();
    chooseFirst(event.target.closest(".menu"));
  });
  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-give]");
    if (choice) give(choice);
    if (event.target.closest("[data-copy-link]")) navigator.clipboard?.writeText(location.href);
  });
  document.addEventListener("rabta:opened", () => { stayUnread = ""; readSoon(); });
  document.addEventListener("rabta:heard", readSoon);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) readSoon(); });
}
