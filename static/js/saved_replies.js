// Saved replies in the composer: / and some letters offer them, choosing one writes its words, filled for this conversation. What could
// not be filled is named below the field until somebody does; the server sends nothing with a blank in it.
import { ask, tell } from "./ask.js";
import { layFile } from "./attach.js";
import { announce } from "./toasts.js";
import { nodesOf, offer } from "./suggest.js";

const BLANK = /\{\{[^{}]*\}\}/gu;

/** Name the blanks that are left; pressing one selects it in the text. */
function showBlanks(form) {
  const place = form.querySelector("[data-blanks]");
  if (!place) return;
  const left = form.dataset.kind === "note" ? [] : [...new Set(form.querySelector("textarea").value.match(BLANK) ?? [])];
  if (left.join() === place.dataset.left) return;
  place.dataset.left = left.join();
  place.hidden = !left.length;
  place.querySelector("[data-blank-list]").replaceChildren(...left.map((blank) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "chip chip-warn", dir: "ltr", textContent: blank });
    button.dataset.blank = blank;
    return button;
  }));
  if (left.length) announce(place.textContent.trim());
}

function select(form, blank) {
  const field = form.querySelector("textarea");
  const at = field.value.indexOf(blank);
  field.focus();
  if (at >= 0) field.setSelectionRange(at, at + blank.length);
}

export function startSavedReplies() {
  offer("/", {
    label: "repliesLabel",
    fits: (form) => Boolean(form.querySelector("[data-suggest]")?.dataset.replies),
    find: async (form, words) => nodesOf(await ask(`${form.querySelector("[data-suggest]").dataset.replies}?q=${encodeURIComponent(words)}`, { quiet: true })),
    choose: async (form, option) => {
      const base = `${form.querySelector("[data-suggest]").dataset.replies}${option.dataset.value}/`;
      const { text, files } = JSON.parse(await ask(`${base}use/`, { body: new FormData() }));
      if (form.dataset.kind !== "note") for (const file of files) layFile(form, file.name, `${base}files/${file.id}/`);
      return text;
    },
    failed: tell,
    chosen: (form) => {
      showBlanks(form);
      const first = form.querySelector("[data-blank]");
      if (first) select(form, first.dataset.blank);
    },
  });
  document.addEventListener("input", (event) => { if (event.target.matches?.("form.composer textarea")) showBlanks(event.target.form); });
  document.addEventListener("change", (event) => { if (event.target.name === "kind" && event.target.form?.matches("form.composer")) showBlanks(event.target.form); });
  document.addEventListener("rabta:sent", (event) => showBlanks(event.target));
  document.addEventListener("rabta:opened", () => { const form = document.querySelector("form.composer"); if (form) showBlanks(form); });
  document.addEventListener("click", (event) => {
    const blank = event.target.closest?.("[data-blank]");
    if (blank) select(blank.form, blank.dataset.blank);
  });
}

/** A file that is chosen goes up as it is, and the page is drawn anew with it. */
export function startRawUpload() {
  document.addEventListener("change", async (event) => {
    const url = event.target.dataset?.rawUpload;
    const file = event.target.files?.[0];
    if (!url || !file) return;
    try {
      await ask(`${url}?name=${encodeURIComponent(file.name)}`, { body: file, quiet: true });
      location.reload();
    } catch (trouble) {
      event.target.value = "";
      tell(trouble);
    }
  });
}

/** A file that is chosen lands as text in a field beside it: what a form sends is words. */
export function startReadInto() {
  document.addEventListener("change", async (event) => {
    const target = document.getElementById(event.target.dataset?.readInto ?? "");
    if (!target || !event.target.files?.length) return;
    target.value = await event.target.files[0].text();
  });
}
