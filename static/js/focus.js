// The focus survives whatever is drawn anew: it goes to the same control of the new drawing, else to its neighbour, never to nowhere.

const CONTROLS = "a[href], button:not(:disabled), input:not([type=hidden]):not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex]";
const SAME = ["id", "data-key", "name", "popovertarget", "href", "aria-label"];

const controls = (part) => [part, ...part.querySelectorAll(CONTROLS)].filter((item) => item.matches(CONTROLS) && (item.offsetParent || item === part));

/** Remember which control of a part has the focus. Returns what puts it back, given the part that stands there now. */
export function keepFocus(part) {
  const held = document.activeElement;
  if (!held || held === document.body || !part.contains(held)) return () => {};
  const place = controls(part).indexOf(held);
  const known = SAME.map((name) => [name, held.getAttribute(name)]).filter(([, value]) => value);
  return (fresh) => {
    const all = controls(fresh);
    const same = known.map(([name, value]) => all.find((item) => item.getAttribute(name) === value)).find(Boolean);
    const next = same ?? all[Math.max(0, Math.min(place, all.length - 1))];
    (next ?? document.getElementById("composer-text") ?? document.getElementById("thread"))?.focus({ preventScroll: true });
  };
}

/** What had the focus was taken away: give it to a control of `part`, else to the thread, where the reading is, or to the list. */
export function rescue(part = null) {
  if (document.activeElement && document.activeElement !== document.body) return;
  if (document.querySelector("dialog[open]")) return;
  const home = document.getElementById("inbox");
  const row = () => document.querySelector("#rows [data-row][aria-current=true], #rows [data-row]") ?? document.getElementById("rows");
  const place = (part && controls(part)[0]) ?? (home?.dataset.pane === "list" ? row() : document.getElementById("thread"));
  place?.focus({ preventScroll: true });
}
