// Who is here: this page says which conversation it shows and that somebody writes in it; what it hears of others stands in the rows
// and in the thread's head. Members are numbers on the line; their names and faces are asked for once, under the person's own rights.
import { ask } from "./ask.js";
import { say } from "./live.js";

const LOOK_AGAIN = 15_000; // ms; the server believes a look for 45 s
const SETTLE = 250; // ms a conversation stays open before that is said: who walks the list looks at nothing
const WRITE_AGAIN = 5_000; // ms; the server believes that somebody writes for 15 s
const THINKS = 12_000; // ms after the last key in which somebody still writes
const MOST = 3; // faces in a row

const rooms = new Map(); // conversation → [[member, writes]], without this person
const faces = new Map(); // member → { face, name }
let asking = null;
let lookTimer = 0;
let wroteAt = 0;
let saidAt = 0;

const inbox = () => document.getElementById("inbox");
const open = () => document.getElementById("thread")?.dataset.conversation ?? "";
const me = () => Number(inbox().dataset.member);
const names = (members) => new Intl.ListFormat(document.documentElement.lang, { type: "unit" }).format(members.map((id) => faces.get(id)?.name ?? "…"));

/** Who else is in a conversation: [[member, writes]]. */
export const others = (conversation) => rooms.get(conversation) ?? [];
export { names };

/** Faces of these members, as many as fit, for a place of its own. */
export function facesOf(members) {
  const box = document.createElement("span");
  box.className = "faces";
  box.setAttribute("aria-hidden", "true");
  for (const [member, writes] of members.slice(0, MOST)) {
    const face = faces.get(member)?.face.cloneNode(true);
    if (!face) continue;
    face.classList.add("face-dot"); // the assignee's face may stand beside it
    if (writes) face.dataset.writes = "";
    box.append(face);
  }
  if (members.length > MOST) {
    const more = document.createElement("span");
    more.className = "faces-more";
    more.textContent = `+${new Intl.NumberFormat(document.documentElement.lang).format(members.length - MOST)}`;
    box.append(more);
  }
  return box;
}

function words(members) {
  const home = inbox().dataset;
  const writing = members.filter(([, writes]) => writes).map(([member]) => member);
  const looking = members.filter(([, writes]) => !writes).map(([member]) => member);
  return [writing.length ? home.writing.replace("%n", names(writing)) : "", looking.length ? home.looking.replace("%n", names(looking)) : ""].filter(Boolean).join(". ");
}

function fill(place, members) {
  const said = words(members);
  if (place.dataset.said === said && place.dataset.count === String(members.length)) return;
  place.dataset.said = said;
  place.dataset.count = String(members.length);
  const text = document.createElement("span");
  text.className = "sr-only";
  text.textContent = said;
  place.title = said;
  place.replaceChildren(facesOf(members), text);
  place.hidden = members.length === 0;
}

function drawRow(row) {
  const members = others(row.dataset.row);
  let place = row.querySelector(".row-here");
  if (!members.length) { place?.remove(); return; }
  if (!place) {
    place = document.createElement("span");
    place.className = "row-here";
    row.querySelector(".row-marks")?.prepend(place);
  }
  fill(place, members);
}

function draw() {
  for (const row of document.querySelectorAll("#rows > [data-row]")) if (rooms.has(row.dataset.row) || row.querySelector(".row-here")) drawRow(row);
  const place = document.getElementById("thread-here");
  if (place) fill(place, others(open()));
  document.dispatchEvent(new CustomEvent("rabta:people"));
}

/** Names of those who are not known yet, in one question; then everything is drawn. */
async function learn() {
  const strange = [...new Set([...rooms.values()].flat().map(([member]) => member))].filter((member) => !faces.has(member));
  if (!strange.length) { draw(); return; }
  if (asking) return;
  asking = ask(`${inbox().dataset.faces}?ids=${strange.slice(0, 100).join(",")}`, { quiet: true });
  let text = "";
  try { text = await asking; } catch { asking = null; return; } // whoever comes next asks again
  asking = null;
  const drawn = new DOMParser().parseFromString(text, "text/html");
  for (const one of drawn.querySelectorAll("[data-face]")) faces.set(Number(one.dataset.face), { name: one.dataset.name, face: document.importNode(one.firstElementChild, true) });
  for (const member of strange) if (!faces.has(member)) faces.set(member, { name: "…", face: document.createElement("span") });
  learn();
}

function hear(detail) {
  if (detail.all) { rooms.clear(); look(); }
  for (const [conversation, people] of detail.all ?? detail.some) {
    const members = people.filter(([member]) => member !== me()).map(([member, writes]) => [member, Boolean(writes)]);
    if (members.length) rooms.set(String(conversation), members);
    else rooms.delete(String(conversation));
  }
  learn();
}

/** Say where this page is: nowhere while nobody looks at it. */
function look() {
  clearTimeout(lookTimer);
  wroteAt = 0;
  const here = open();
  if (!here || document.hidden) say({ t: "away" });
  else say({ t: "look", id: Number(here) });
  lookTimer = setTimeout(() => (wroteAt ? keepWriting() : look()), LOOK_AGAIN);
}

function keepWriting() {
  if (Date.now() - wroteAt > THINKS) { look(); return; }
  saidAt = Date.now();
  say({ t: "typing" });
  clearTimeout(lookTimer);
  lookTimer = setTimeout(keepWriting, WRITE_AGAIN);
}

/** Somebody types an answer here. */
export function writes() {
  const begins = !wroteAt;
  wroteAt = Date.now();
  if (begins || Date.now() - saidAt > WRITE_AGAIN) keepWriting();
}

/** Nobody does any more: it was sent, given up, or left to a colleague. */
export function rests() {
  if (wroteAt) look();
}

/** Answer from now on in a colleague's stead, and let them know. */
export function takeOver() {
  wroteAt = saidAt = Date.now();
  say({ t: "take" });
  clearTimeout(lookTimer);
  lookTimer = setTimeout(keepWriting, WRITE_AGAIN);
}

export function startPresence() {
  document.addEventListener("rabta:here", (event) => hear(event.detail));
  document.addEventListener("rabta:opened", () => { draw(); clearTimeout(lookTimer); lookTimer = setTimeout(look, SETTLE); });
  document.addEventListener("visibilitychange", look);
  // A row that is drawn anew comes without its people.
  let due = 0;
  new MutationObserver(() => { cancelAnimationFrame(due); due = requestAnimationFrame(draw); }).observe(document.getElementById("rows"), { childList: true });
  document.addEventListener("rabta:drawn", draw);
}
