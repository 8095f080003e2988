// Naming colleagues in a note: @ and some letters offer members and teams. Who was chosen goes along by number, for as long as their
// name stands in the text; this tab remembers it with what was typed and not sent.
import { ask } from "./ask.js";
import { nodesOf, offer } from "./suggest.js";

const store = (form) => `rabta.named.${document.querySelector(".shell")?.dataset.workspace}.${form.dataset.conversation}`;
const inputs = (form) => [...form.querySelectorAll("input[name=mention]")];

function add(form, value, name) {
  if (inputs(form).some((input) => input.value === value)) return;
  const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name: "mention", value });
  input.dataset.name = name;
  form.append(input);
}

/** Let go of whoever's name is no longer in the text, and take up again who was named before this form was drawn. */
function tidy(form) {
  const words = form.querySelector("textarea").value;
  const known = JSON.parse(sessionStorage.getItem(store(form)) ?? "{}");
  for (const input of inputs(form)) known[input.value] = input.dataset.name;
  for (const [value, name] of Object.entries(known)) {
    if (words.includes(`@${name}`)) add(form, value, name);
    else inputs(form).find((input) => input.value === value)?.remove();
  }
  const left = inputs(form).map((input) => [input.value, input.dataset.name]);
  if (left.length) sessionStorage.setItem(store(form), JSON.stringify(Object.fromEntries(left)));
  else if (!words) sessionStorage.removeItem(store(form));
}

export function startNoteMentions() {
  offer("@", {
    label: "mentionsLabel",
    fits: (form) => form.dataset.kind === "note",
    find: async (form, words) => nodesOf(await ask(`${form.querySelector("[data-suggest]").dataset.mentions}?q=${encodeURIComponent(words)}`, { quiet: true })),
    choose: (form, option) => {
      add(form, option.dataset.value, option.dataset.name);
      return `@${option.dataset.name} `;
    },
  });
  document.addEventListener("input", (event) => { if (event.target.matches?.("form.composer textarea")) tidy(event.target.form); });
  document.addEventListener("rabta:sent", (event) => tidy(event.target));
  document.addEventListener("rabta:opened", () => { const form = document.querySelector("form.composer"); if (form) tidy(form); });
}
