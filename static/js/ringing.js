// Who is calling just now: a notice while the telephone rings, on whatever page is open. It goes when the call is taken or over.
import { announce, raise } from "./toasts.js";

const LOOK_AGAIN = 30_000; // a call of which nothing more is heard, in ms

let timer;

async function look(path) {
  clearTimeout(timer);
  const answer = await fetch(path, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const drawn = document.createElement("template");
  drawn.innerHTML = await answer.text();
  const rings = [...drawn.content.querySelectorAll("[data-ring]")];
  const box = document.getElementById("toasts");
  const shown = new Map([...box.querySelectorAll("[data-ring]")].map((line) => [line.dataset.ring, line]));
  for (const ring of rings) {
    if (shown.delete(ring.dataset.ring)) continue;
    box.append(ring);
    raise();
    announce(ring.dataset.said);
  }
  shown.forEach((line) => line.remove());
  if (rings.length) timer = setTimeout(() => look(path), LOOK_AGAIN);
}

export function startRinging() {
  const path = document.querySelector(".shell[data-ringing]")?.dataset.ringing;
  if (path?.startsWith("/")) document.addEventListener("rabta:rings", () => look(path));
}
