// Walking the list by keyboard, also past what is loaded, and from view to view.

import { unshelve } from "./shelf.js";

const NEAR_END = 10; // rows before the end at which older ones are asked for, so that walking never waits

let wanted = 0; // steps that wait for older rows
let beside = { id: "", next: "", previous: "" }; // the open conversation's neighbours as they stood when it was opened

const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")];
const more = () => document.querySelector("#rows-more button");

function here(all) {
  const focused = all.indexOf(document.activeElement?.closest?.("[data-row]"));
  return focused >= 0 ? focused : all.findIndex((row) => row.getAttribute("aria-current") === "true");
}

function reach(row) {
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

/** Ask for older rows, once. */
function fetchMore() {
  const button = more();
  if (!button || button.dataset.asked) return;
  button.dataset.asked = "yes";
  button.click();
}

/** Put the focus so many rows further. At the end of what is loaded it goes on when older rows have come. */
export function moveRow(step) {
  let all = rows();
  if (!all.length) return false;
  if (step < 0 && here(all) <= 0 && unshelve(document.getElementById("rows"))) all = rows();
  const current = here(all);
  // An answer moves its conversation to the top of the list; the next one is still the one that was below it.
  if (!document.activeElement?.closest?.("[data-row]") && all[current]?.dataset.row === beside.id) {
    const neighbour = document.getElementById(`row-${step > 0 ? beside.next : beside.previous}`);
    if (neighbour) { reach(neighbour); return true; }
  }
  const next = current < 0 ? 0 : current + step;
  if (next >= all.length && more()) {
    wanted = 1;
    reach(all.at(-1));
    fetchMore();
    return true;
  }
  wanted = 0;
  reach(all[Math.max(0, Math.min(all.length - 1, next))]);
  if (all.length - next <= NEAR_END) fetchMore();
  return true;
}

/** Go to the view below or above the one that is shown. */
export function stepView(step) {
  const links = [...document.querySelectorAll("#views a.view")];
  const now = links.findIndex((link) => link.getAttribute("aria-current") === "page");
  const link = links[Math.max(0, Math.min(links.length - 1, (now < 0 ? -1 : now) + step))];
  if (!link || link === links[now]) return Boolean(link);
  link.click();
  return true;
}

function remember(event) {
  const row = document.getElementById(`row-${event.detail}`);
  const id = (item) => (item?.matches("[data-row]") ? item.dataset.row : "");
  beside = { id: event.detail, next: id(row?.nextElementSibling), previous: id(row?.previousElementSibling) };
}

export function startWalking() {
  document.addEventListener("rabta:opened", remember);
  document.addEventListener("htmx:after:swap", () => {
    if (!wanted) return;
    const steps = wanted;
    wanted = 0;
    // Only if the person still stands where they were.
    if (document.activeElement?.closest?.("[data-row]")) moveRow(steps);
  });
}
