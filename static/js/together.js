// Two people at one answer: the composer says that a colleague writes, one of them takes over, and an answer that crosses another's is
// held until its writer says “send anyway”. Nobody's words are lost by any of it.
import { facesOf, names, others, rests, takeOver, writes } from "./presence.js";
import { announce } from "./toasts.js";

const READ = 3_000; // ms a message must have stood there to count as seen by whoever types on

const lock = () => document.getElementById("lock");
const held = () => document.getElementById("held");
const form = () => document.querySelector("form.composer");
const here = () => document.getElementById("thread")?.dataset.conversation ?? "";

let seen = 0; // the newest message the writer had before them
let fresh = { id: 0, at: 0 };
let pressed = null; // the button of the answer that was held
let anyway = 0;
let yielded = ""; // the conversation in which a colleague took over
let mine = ""; // the conversation in which this person did
const told = new Map(); // conversation → whom a screen reader was told of

const newest = () => Math.max(0, ...[...document.querySelectorAll("#message-list > [data-message]")].map((item) => Number(item.id.slice(2))));
const isReply = () => form() && form().dataset.kind !== "note";

function opened() {
  seen = Math.max(newest(), Number(form()?.elements.seen?.value ?? 0));
  fresh = { id: seen, at: 0 };
  anyway = 0;
  yielded = mine = "";
  draw();
}

/** Messages that stood there for a while are seen by whoever goes on typing. */
function reads() {
  const id = newest();
  if (id !== fresh.id) fresh = { id, at: Date.now() };
  else if (Date.now() - fresh.at > READ) seen = Math.max(seen, id);
}

function draw() {
  const bar = lock();
  if (!bar) return;
  const writing = others(here()).filter(([, isWriting]) => isWriting);
  const quiet = !writing.length || !isReply() || mine === here();
  const was = bar.hidden;
  bar.hidden = quiet && !yielded;
  if (bar.hidden) return;
  const people = writing.map(([member]) => member);
  const words = yielded || (people.length > 1 ? bar.dataset.many : bar.dataset.one).replace("%n", names(people));
  if (bar.querySelector(".lock-text").textContent === words && !was) return;
  bar.querySelector(".lock-text").textContent = words;
  bar.querySelector(".lock-who").replaceChildren(...(yielded ? [] : [facesOf(writing)]));
  // Said once a person and conversation: pauses in somebody's typing are no news.
  const key = yielded || people.join();
  if (told.get(here()) !== key) { told.set(here(), key); announce(words); }
}

function taken({ id, by }) {
  const home = document.getElementById("inbox");
  if (by === Number(home.dataset.member) || id !== here() || !lock()) return;
  mine = "";
  const text = document.getElementById("composer-text");
  if (text?.value.trim() && isReply()) {
    yielded = lock().dataset.taken.replace("%n", names([by]));
    rests();
  }
  draw();
}

function onRefused(event) {
  const word = event.detail.events?.["rabta:held"];
  if (!word || !held() || !event.target.isConnected) return;
  anyway = word.seen;
  held().querySelector(".lock-text").textContent = event.detail.message;
  held().hidden = false;
  const line = event.target.querySelector("#composer-error");
  if (line) line.hidden = true; // the same words stand in the bar, beside their button
}

export function startTogether() {
  document.addEventListener("rabta:opened", opened);
  document.addEventListener("rabta:people", draw);
  document.addEventListener("rabta:taken", (event) => taken(event.detail));
  document.addEventListener("rabta:refused", onRefused);
  document.addEventListener("rabta:sent", () => {
    if (held()) held().hidden = true;
    seen = newest();
    anyway = 0;
    yielded = mine = "";
    rests();
    draw();
  });
  document.addEventListener("input", (event) => {
    if (event.target.id !== "composer-text") return;
    reads();
    if (!isReply() || yielded) return;
    if (event.target.value.trim()) writes();
    else rests();
  });
  document.addEventListener("change", (event) => {
    if (event.target.name !== "kind" || !event.target.closest("form.composer")) return;
    // After the composer has put on its other dress.
    setTimeout(() => { if (!isReply()) rests(); draw(); });
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.composer")) return;
    pressed = event.submitter;
    if (held()) held().hidden = true;
    if (event.target.elements.seen) event.target.elements.seen.value = String(Math.max(seen, anyway));
  }, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-take-over]")) {
      yielded = "";
      mine = here();
      takeOver();
      draw();
      document.getElementById("composer-text")?.focus();
    }
    if (event.target.closest("[data-send-anyway]") && form()) {
      seen = Math.max(seen, anyway);
      form().requestSubmit(pressed?.isConnected ? pressed : null);
    }
  });
}
