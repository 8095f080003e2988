// The square: who is played, which view is shown, and the pulse that keeps everything fresh.

import { $, attempt, call } from "./dom.js";
import { startBackstage, showBackstage, loadAccounts } from "./backstage.js";
import { startPeople, loadPeople } from "./people.js";
import { loadTalks, startTalks } from "./talks.js";
import { startWall, takeThreads, tick } from "./wall.js";

const PULSE_MS = 1000;
const QUIET_PULSE_MS = 5000;

export const state = {
  me: localStorage.getItem("chowk.me") || "",
  only: "all",
  version: 0,
  people: [],
  count: -1,
  lastDm: null,
  view: "wall",
};

export const myself = () => state.people.find((person) => person.id === state.me);
// Brands of the network on which the person who is played lives; nobody sees into another one.
export const brands = () => state.people.filter((person) => person.is_brand && !person.suspended && person.network === (myself()?.network ?? "x"));

export function become(id) {
  state.me = id;
  state.lastDm = null;
  localStorage.setItem("chowk.me", id);
  drawWho();
  refresh();
  if (state.view === "messages") loadTalks();
}

export function drawWho() {
  const me = myself();
  $("who-name").textContent = me ? me.name : "nobody yet";
  for (const id of ["who-face", "compose-face"]) $(id).src = me ? `/faces/${me.id}.svg` : "/static/mark.svg";
  document.dispatchEvent(new CustomEvent("chowk:me"));
}

// Starts the wall again from its newest threads.
export function refresh() {
  state.version = 0;
  return pulse();
}

let timer = 0;
let running = false;
let again = false;

export async function pulse() {
  if (running) {
    again = true;
    return;
  }
  running = true;
  clearTimeout(timer);
  try {
    const asked = { me: state.me, only: state.only };
    const answer = await call("GET", `/wall?since=${state.version}&only=${asked.only}&me=${asked.me}`);
    if (asked.me === state.me && asked.only === state.only) {
      if (answer.people !== state.count) {
        state.count = answer.people;
        await loadPeople();
      }
      takeThreads(answer);
      state.version = answer.version;
      showBackstage(answer);
      $("waiting-count").textContent = answer.waiting;
      if (state.lastDm !== null && answer.last_dm !== "0" && answer.last_dm !== state.lastDm) {
        if (state.view === "messages") loadTalks();
        else $("dm-dot").hidden = false;
      }
      state.lastDm = answer.last_dm;
    }
    $("live").textContent = "live";
    document.body.classList.remove("lost");
  } catch (error) {
    $("live").textContent = "out of reach";
    document.body.classList.add("lost");
    if (error.name !== "Error") console.warn(error);
  }
  running = false;
  if (again) {
    again = false;
    return pulse();
  }
  timer = setTimeout(pulse, document.hidden ? QUIET_PULSE_MS : PULSE_MS);
}

function show() {
  const wanted = location.hash.slice(1);
  state.view = ["wall", "messages", "people", "backstage"].includes(wanted) ? wanted : "wall";
  document.body.dataset.view = state.view;
  $("wall-place").hidden = state.view === "messages";
  $("messages-place").hidden = state.view !== "messages";
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.dataset.view === state.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (state.view === "messages") {
    $("dm-dot").hidden = true;
    loadTalks();
  }
  if (state.view === "backstage") loadAccounts();
}

startPeople();
startWall();
startTalks();
startBackstage();
addEventListener("hashchange", show);
document.addEventListener("visibilitychange", () => document.hidden || pulse());
setInterval(tick, 1000);
await attempt(loadPeople);
if (!myself()) state.me = (state.people.find((person) => !person.is_brand) || { id: "" }).id;
drawWho();
show();
pulse();
