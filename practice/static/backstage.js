// Backstage: the crowd, the trouble switches, and what the network does to accounts.

import { $, attempt, call, el, face, toast } from "./dom.js";
import { brands, pulse } from "./main.js";
import { loadPeople } from "./people.js";

const RATES = [0.2, 0.5, 1, 2, 5, 10, 20, 50];
const LANGS = { en: "English", ur: "اردو", fa: "فارسی", ar: "العربية" };
const aims = new Set();
let seed = 1;

export function startBackstage() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  for (const tab of tabs) {
    tab.addEventListener("click", () => choose(tabs, tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      choose(tabs, next);
      next.focus();
    });
  }
  startCrowd();
  startTrouble();
  document.addEventListener("chowk:people", drawAims);
}

function choose(tabs, chosen) {
  for (const tab of tabs) {
    const on = tab === chosen;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
    $(tab.getAttribute("aria-controls")).hidden = !on;
  }
  if (chosen.id === "tab-accounts") loadAccounts();
}

function startCrowd() {
  const rate = $("crowd-rate");
  const sliders = [...document.querySelectorAll("[data-crowd-lang]")];
  const say = () => {
    $("crowd-rate-out").textContent = RATES[rate.value];
    const total = sliders.reduce((sum, slider) => sum + Number(slider.value), 0) || 1;
    for (const slider of sliders) slider.previousElementSibling.textContent = `${Math.round((slider.value / total) * 100)} %`;
  };
  for (const slider of [rate, ...sliders]) slider.addEventListener("input", say);
  say();
  $("crowd-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const languages = Object.fromEntries(sliders.map((slider) => [slider.dataset.crowdLang, Number(slider.value)]));
    const chosen = [...aims].filter((handle) => brands().some((brand) => brand.handle === handle));
    seed += 1;
    const crowd = await attempt(() =>
      call("POST", "/crowd", { rate: RATES[rate.value], languages, brands: chosen.length ? chosen : null, seed: seed + (Date.now() % 100000) })
    );
    if (crowd) drawCrowd(crowd);
  });
  $("crowd-stop").addEventListener("click", async () => {
    const crowd = await attempt(() => call("DELETE", "/crowd"));
    if (crowd) drawCrowd(crowd);
  });
}

function drawAims() {
  $("crowd-brands").replaceChildren(
    ...brands().map((brand) =>
      el(
        "button",
        {
          type: "button", className: "chip", "aria-pressed": String(aims.has(brand.handle)),
          on: { click: () => ((aims.has(brand.handle) ? aims.delete(brand.handle) : aims.add(brand.handle)), drawAims()) },
        },
        face(brand, 22), el("bdi", {}, brand.name)
      )
    ),
    el("p", { className: "soft" }, aims.size ? "" : "All of them, as long as none is chosen.")
  );
}

export function showBackstage(answer) {
  drawCrowd(answer.crowd);
  drawTroubles(answer.trouble);
}

function drawCrowd(crowd) {
  $("crowd-stop").hidden = !crowd.running;
  $("crowd-start").lastElementChild.textContent = crowd.running ? "Start again with these" : "Start the crowd";
  $("crowd-posted").textContent = crowd.posted;
  $("crowd-seconds").textContent = Math.round(crowd.seconds);
  $("crowd-real").textContent = crowd.seconds > 1 ? (crowd.posted / crowd.seconds).toFixed(1) : "0";
  $("crowd-problem").hidden = !crowd.problem;
  $("crowd-problem").textContent = crowd.problem;
  const mix = $("crowd-mix");
  const text = JSON.stringify(crowd.by_language);
  if (mix.dataset.text === text) return;
  mix.dataset.text = text;
  mix.replaceChildren(
    ...Object.entries(LANGS).filter(([code]) => crowd.by_language[code]).map(([code, label]) => {
      const bar = el("span", { className: `bar ${code}`, title: `${label}: ${crowd.by_language[code]}` });
      bar.style.flexGrow = crowd.by_language[code];
      return bar;
    })
  );
}

function startTrouble() {
  for (const button of document.querySelectorAll("[data-trouble]")) {
    button.addEventListener("click", async () => {
      const name = button.dataset.trouble;
      if (button.getAttribute("aria-checked") === "true") {
        await attempt(() => call("DELETE", `/trouble/${name}`));
      } else {
        const share = $("trouble-share").value;
        await attempt(() =>
          call("POST", "/trouble", {
            name, group: $("trouble-group").value, probability: share === "once" ? 1 : Number(share), count: share === "once" ? 1 : null,
            seed: Date.now() % 100000,
          })
        );
      }
      pulse();
    });
  }
  $("trouble-off").addEventListener("click", async () => {
    await attempt(() => call("DELETE", "/trouble"));
    toast("The network is honest again.");
    pulse();
  });
}

const GROUP_WORDS = { all: "everywhere", read: "reading", write: "writing", dm: "messages", token: "tokens" };

function drawTroubles(list) {
  const on = new Map();
  for (const item of list) if (!item.spent) on.set(item.name, item);
  for (const button of document.querySelectorAll("[data-trouble]")) button.setAttribute("aria-checked", String(on.has(button.dataset.trouble)));
  for (const note of document.querySelectorAll("[data-fired]")) {
    const item = on.get(note.dataset.fired);
    const often = item && (item.count === 1 ? "once" : item.probability === 1 ? "always" : `${Math.round(item.probability * 100)} %`);
    note.textContent = item ? `On: ${GROUP_WORDS[item.group]}, ${often}. Happened ${item.fired} times.` : "";
  }
  $("trouble-count").hidden = on.size === 0;
  $("trouble-count").textContent = on.size;
  $("trouble-dot").hidden = on.size === 0;
  document.body.classList.toggle("troubled", on.size > 0);
}

export async function loadAccounts() {
  const answer = await attempt(() => call("GET", "/accounts"));
  if (!answer) return;
  $("account-list").replaceChildren(...answer.accounts.map(accountRow));
  $("rules").replaceChildren(...Object.entries(answer.rules.rules).map(([name, value]) => ruleRow(name, value, answer.rules.meaning[name])));
}

function accountRow(account) {
  const tokens = account.tokens;
  const act = (label, work, done) => el("button", { type: "button", className: "small", on: { click: async () => {
    if (!(await attempt(work))) return;
    toast(done);
    await attempt(loadPeople);
    loadAccounts();
  } } }, label);
  const change = (fields) => () => call("PATCH", `/people/${account.id}`, fields);
  return el(
    "li",
    {},
    el("div", { className: "row" }, face(account, 40), el("span", { className: "grow" }, el("bdi", { className: "name" }, account.name), el("span", { className: "handle", dir: "ltr" }, `@${account.handle}`))),
    el("p", { className: "soft" }, `${tokens.good} working tokens, ${tokens.expired} run out, ${tokens.revoked} revoked${account.suspended ? " · suspended" : ""}${account.protected ? " · protected" : ""}`),
    el(
      "div",
      { className: "row wrap" },
      act("Revoke tokens", () => call("POST", "/tokens/revoke", { account: account.id }), "Tokens revoked: the product must ask to reconnect."),
      act("Expire tokens", () => call("POST", "/tokens/expire", { account: account.id }), "Access tokens ran out: the product must refresh them."),
      account.suspended ? act("Lift suspension", change({ suspended: false }), "No longer suspended.") : act("Suspend", change({ suspended: true }), "Suspended."),
      account.protected ? act("Make public", change({ protected: false }), "Public again.") : act("Protect", change({ protected: true }), "Protected.")
    )
  );
}

function ruleRow(name, value, meaning) {
  const save = (next) => attempt(() => call("PATCH", "/rules", { [name]: next })).then(loadAccounts);
  if (typeof value === "boolean") {
    return el("div", { className: "rule" }, el("button", { type: "button", className: "switch", role: "switch", "aria-checked": String(value), on: { click: () => save(!value) } }, el("span", { className: "knob" }), el("span", { className: "label" }, name.replaceAll("_", " "))), el("p", { className: "soft" }, meaning));
  }
  const field = el("input", { type: "number", min: "0.1", step: "any", value: String(value), on: { change: () => Number(field.value) > 0 && save(Number(field.value)) } });
  return el("div", { className: "rule" }, el("label", { className: "inline" }, name.replaceAll("_", " "), field), el("p", { className: "soft" }, meaning));
}

