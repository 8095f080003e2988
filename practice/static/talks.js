// Direct messages of the person who is played.

import { $, ago, attempt, call, el, face, prose, toast } from "./dom.js";
import { pictures, shown } from "./attach.js";
import { myself, state } from "./main.js";
import { brandChips, grow, sendOnEnter } from "./wall.js";

let other = null;

export function startTalks() {
  document.addEventListener("chowk:people", () => brandChips($("talk-brands"), (brand) => open(brand.id)));
  document.addEventListener("chowk:me", () => {
    other = null;
    $("talk").hidden = true;
    $("talk-none").hidden = false;
  });
  const text = $("talk-text");
  text.addEventListener("input", () => grow(text));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      text.form.requestSubmit();
    } else sendOnEnter(event);
  });
  const chosen = pictures($("talk-form"), $("talk-form"), 1);
  $("talk-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!other || (!text.value.trim() && !chosen.ids().length)) return;
    const sent = await attempt(() => call("POST", "/dms", { from: state.me, to: other, text: text.value, media: chosen.ids() }));
    if (!sent) return;
    chosen.clear();
    text.value = "";
    grow(text);
    await loadTalks();
  });
  $("talk-back").addEventListener("click", () => {
    other = null;
    loadTalks();
  });
}

function open(id) {
  if (!myself()) return toast("Choose a person to play first.", true);
  if (id === state.me) return toast("That is you. Choose somebody else to write to.", true);
  other = id;
  return loadTalks().then(() => $("talk-text").focus());
}

export async function loadTalks() {
  const answer = await attempt(() => call("GET", `/messages?me=${state.me}${other ? `&with=${other}` : ""}`));
  if (!answer) return;
  $("talk-list").replaceChildren(
    ...answer.conversations.map((talk) => {
      const person = talk.with[0] || { id: "0", name: "Somebody", handle: "gone" };
      return el(
        "li",
        {},
        el(
          "button",
          { type: "button", className: "person", "aria-pressed": String(person.id === other), on: { click: () => open(person.id) } },
          face(person, 40),
          el("span", { className: "grow" }, el("span", { className: "row between" }, el("bdi", { className: "name" }, person.name), el("time", { className: "soft", data: { ms: talk.created_ms } }, ago(talk.created_ms))), el("span", { className: "last", dir: "auto" }, talk.mine ? `You: ${talk.text}` : talk.text))
        )
      );
    })
  );
  $("messages-place").classList.toggle("open", Boolean(other));
  $("talk").hidden = !other;
  $("talk-none").hidden = Boolean(other);
  if (!other || !answer.with) return;
  $("talk-face").src = `/faces/${answer.with.id}.svg`;
  $("talk-name").textContent = answer.with.name;
  $("talk-handle").textContent = `@${answer.with.handle}`;
  const lines = $("talk-lines");
  const known = lines.dataset.with === other ? lines.children.length : 0;
  lines.dataset.with = other;
  lines.replaceChildren(
    ...answer.messages.map((line) =>
      el("li", { className: line.mine ? "line mine" : "line" }, prose(line.pieces), shown(line.media), el("time", { className: "soft", data: { ms: line.created_ms } }, ago(line.created_ms)), line.edited ? el("span", { className: "soft" }, "edited") : null, line.reaction ? el("span", { className: "tagged" }, line.reaction) : null)
    )
  );
  if (lines.children.length !== known) lines.scrollTop = lines.scrollHeight;
}
