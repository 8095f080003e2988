// The filter of the list: a form in a menu, filled when it first opens. Typing finds among all choices, Enter takes the first, and with
// nothing typed shows the list. The address stays short: several values of one filter stand in one parameter.
import { ask, tell } from "./ask.js";

const menu = () => document.getElementById("filters");
let wanted = ""; // the facet whose mark was pressed

async function fill(home) {
  if (home.dataset.load) {
    const url = home.dataset.load;
    home.dataset.load = "";
    try {
      home.querySelector("[data-menu-list]").innerHTML = await ask(`${url}?${document.getElementById("inbox").dataset.list}`);
    } catch (trouble) {
      home.dataset.load = url;
      home.hidePopover();
      tell(trouble);
      return;
    }
  }
  narrow(home, home.querySelector("[data-filters-words]").value);
  if (!wanted) return;
  const group = home.querySelector(`[data-facet="${CSS.escape(wanted)}"]`);
  wanted = "";
  if (!group) return;
  group.open = true;
  (group.querySelector("input:checked") ?? group.querySelector("input"))?.focus();
  group.scrollIntoView({ block: "nearest" });
}

/** While something is typed every group with a match stands open; afterwards each is as it was. */
function narrow(home, text) {
  const words = text.trim().toLocaleLowerCase();
  let any = false;
  for (const group of home.querySelectorAll(".filter-group")) {
    const own = group.querySelector("summary").textContent.toLocaleLowerCase().includes(words);
    let here = own;
    for (const label of group.querySelectorAll("label[data-words]")) {
      label.hidden = words !== "" && !own && !label.dataset.words.toLocaleLowerCase().includes(words);
      here ||= !label.hidden;
    }
    group.hidden = words !== "" && !here;
    any ||= !group.hidden;
    if (words && "was" in group.dataset === false) group.dataset.was = group.open ? "open" : "";
    if (words) group.open = here;
    else if ("was" in group.dataset) { group.open = group.dataset.was === "open"; delete group.dataset.was; }
  }
  const none = home.querySelector("[data-none]");
  if (none) none.hidden = any;
}

/** How many are chosen in each group, beside its name. */
function countChosen(home) {
  const digits = new Intl.NumberFormat(document.documentElement.lang);
  for (const group of home.querySelectorAll(".filter-group")) {
    const chosen = group.querySelectorAll("input:checked").length || (group.querySelector("input[type=date]")?.value ? 1 : 0);
    group.querySelector("[data-chosen]").textContent = chosen ? digits.format(chosen) : "";
  }
}

function show(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) if (value) (values[name] ??= []).push(value);
  const query = Object.entries(values).map(([name, all]) => `${name}=${all.map(encodeURIComponent).join(",")}`).join("&");
  location.assign(`${form.getAttribute("action")}?${query}`);
}

export function startFilters() {
  if (!menu()) return;
  document.addEventListener("click", (event) => { wanted = event.target.closest('[popovertarget="filters"]')?.dataset.facet ?? ""; }, true);
  menu().addEventListener("beforetoggle", (event) => { if (event.newState === "open") menu().querySelector("[data-filters-words]").value = ""; });
  menu().addEventListener("toggle", (event) => { if (event.newState === "open") fill(menu()); });
  menu().addEventListener("input", (event) => { if (event.target.matches("[data-filters-words]")) narrow(menu(), event.target.value); });
  menu().addEventListener("change", () => countChosen(menu()));
  menu().addEventListener("submit", (event) => { event.preventDefault(); show(event.target); });
  menu().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    const search = menu().querySelector("[data-filters-words]");
    if (event.target !== search || !search.value.trim()) { show(event.target.form); return; }
    const first = [...menu().querySelectorAll("label[data-words]:not([hidden]) input")].find((input) => input.checkVisibility());
    if (!first) return;
    first.click();
    search.value = "";
    narrow(menu(), "");
  });
  // One of several can be taken back by choosing it again.
  menu().addEventListener("pointerdown", (event) => {
    const radio = event.target.closest("label")?.querySelector("[data-can-clear]");
    if (radio) radio.dataset.was = radio.checked ? "on" : "";
  });
  menu().addEventListener("click", (event) => {
    const radio = event.target.matches("[data-can-clear]") ? event.target : null;
    if (radio?.dataset.was === "on") { radio.checked = false; radio.dataset.was = ""; countChosen(menu()); }
  });
}
