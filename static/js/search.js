// The search page: chips that write operators into the question, and the questions asked before, kept on this device.

const MOST = 8;
const key = (page) => `rabta.recent.${page.dataset.recent}`;

function recent(page) {
  try { return JSON.parse(localStorage.getItem(key(page)) ?? "[]").filter((text) => typeof text === "string").slice(0, MOST); }
  catch { return []; }
}

function remember(page, text) {
  const asked = text.trim();
  if (!asked) return;
  localStorage.setItem(key(page), JSON.stringify([asked, ...recent(page).filter((other) => other !== asked)].slice(0, MOST)));
}

/** Shown while nothing is asked: choosing one asks it again. */
function draw(page) {
  const input = page.querySelector("#search-input");
  const box = page.querySelector("#recent");
  const texts = recent(page);
  box.hidden = !texts.length || Boolean(input.value.trim());
  box.querySelector("[data-recent-list]").replaceChildren(...texts.map((text) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "chip", textContent: text, dir: "auto" });
    button.addEventListener("click", () => ask(input, text));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
}

function ask(input, text, at = text.length) {
  input.value = text;
  input.focus();
  input.setSelectionRange(at, at);
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function insert(input, operator) {
  const before = input.value && !/\s$/.test(input.value) ? `${input.value} ` : input.value;
  const text = before + operator + (operator.includes(":") && !operator.endsWith(":") ? " " : "");
  ask(input, text, operator === '""' ? text.length - 1 : text.length);
}

export function startSearch() {
  const page = document.getElementById("search");
  if (!page) return;
  const input = page.querySelector("#search-input");
  draw(page);
  input.addEventListener("input", () => draw(page));
  page.addEventListener("submit", () => remember(page, input.value));
  page.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-operator]");
    if (chip) insert(input, chip.dataset.operator);
    if (event.target.closest("[data-recent-clear]")) { localStorage.removeItem(key(page)); draw(page); input.focus(); }
    if (event.target.closest(".hit")) remember(page, input.value);
    const tab = event.target.closest("[data-search-tab]");
    // The tabs were drawn for the question the page came with.
    if (tab) { const url = new URL(tab.href); url.searchParams.set("q", input.value); tab.href = url.href; }
  });
}
