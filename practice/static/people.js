// Whom do you play? The list of people, and making a new one.

import { $, attempt, call, el, face, toast } from "./dom.js";
import { become, drawWho, state } from "./main.js";

// Networks beside X, whose people need no mark.
const NETWORKS = {
  mastodon: "Mastodon", bluesky: "Bluesky", telegram: "Telegram", facebook: "Facebook", instagram: "Instagram", whatsapp: "WhatsApp",
  youtube: "YouTube", google: "Google",
  reddit: "Reddit", linkedin: "LinkedIn",
  sms: "SMS",
  custom: "Own system",
};

let lang = "";

export function startPeople() {
  $("people-search").addEventListener("input", draw);
  for (const button of $("people-langs").children) {
    button.addEventListener("click", () => {
      lang = button.dataset.lang;
      for (const other of $("people-langs").children) other.setAttribute("aria-pressed", other === button);
      draw();
    });
  }
  const dialog = $("person-dialog");
  $("new-person").addEventListener("click", () => dialog.showModal());
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  $("who").addEventListener("click", () => {
    if (getComputedStyle($("people-place")).display === "none") location.hash = "people";
    $("people-search").focus();
  });
  $("person-form").addEventListener("submit", create);
  $("person-form").elements.name.addEventListener("input", suggest);
}

export async function loadPeople() {
  state.people = (await call("GET", "/people")).people;
  draw();
  document.dispatchEvent(new CustomEvent("chowk:people"));
}

function draw() {
  const wanted = $("people-search").value.trim().toLowerCase();
  const shown = state.people
    .filter((person) => !person.is_brand || wanted)
    .filter((person) => !lang || person.lang === lang)
    .filter((person) => !wanted || `${person.name} @${person.handle}`.toLowerCase().includes(wanted));
  const order = ["page", "cast", "control", "import"];
  shown.sort((one, other) => order.indexOf(one.origin) - order.indexOf(other.origin));
  $("folk").replaceChildren(
    ...shown.slice(0, 150).map((person) =>
      el(
        "li",
        {},
        el(
          "button",
          { type: "button", className: "person", "aria-pressed": String(person.id === state.me), on: { click: () => choose(person) } },
          face(person, 40),
          el("span", { className: "grow" }, el("bdi", { className: "name" }, person.name), el("span", { className: "handle", dir: "ltr" }, `@${person.handle}`)),
          NETWORKS[person.network] ? el("span", { className: "tagged grey" }, NETWORKS[person.network]) : null,
          person.suspended ? el("span", { className: "tagged grey" }, "suspended") : null
        )
      )
    )
  );
}

function choose(person) {
  become(person.id);
  draw();
  toast(`You are ${person.name} now.`);
  if (state.view === "people") location.hash = "wall";
}

function suggest(event) {
  const handle = $("person-form").elements.handle;
  if (handle.dataset.touched) return;
  handle.value = event.target.value.normalize("NFKD").replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "").toLowerCase().slice(0, 15);
}

async function create(event) {
  event.preventDefault();
  const form = event.target;
  const values = Object.fromEntries(new FormData(form));
  $("person-problem").hidden = true;
  try {
    const person = await call("POST", "/people", { ...values, face: values.face });
    $("person-dialog").close();
    form.reset();
    await attempt(loadPeople);
    become(person.id);
    drawWho();
    draw();
    toast(`${person.name} stepped onto the square.`);
  } catch (error) {
    $("person-problem").textContent = error.message;
    $("person-problem").hidden = false;
  }
}
