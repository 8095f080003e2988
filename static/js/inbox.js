// The inbox's panes: which are open, which conversation, and what happens when another one is drawn.
import { startChanges } from "./changes.js";
import { startComposer, wake } from "./composer.js";
import { startDeeds } from "./deeds.js";
import { markOpen, startRows } from "./rows.js";
import { paint, runRings, startThread, tidy, toNewest } from "./thread.js";

const inbox = () => document.getElementById("inbox");

function onPaneButton(event) {
  const button = event.target.closest("[data-pane-toggle], [data-pane-show]");
  if (!button || !inbox()) return;
  if (button.dataset.paneShow) {
    if (button.href) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.pushState(null, "", button.href);
      document.title = `${inbox().dataset.title} · Rabta`;
    }
    inbox().dataset.pane = button.dataset.paneShow;
    (document.querySelector("#rows [data-row][aria-current=true]") ?? document.getElementById("rows"))?.focus({ preventScroll: true });
    return;
  }
  const name = button.dataset.paneToggle;
  const now = inbox().dataset[name] ?? (name === "context" && matchMedia("(min-width: 85rem)").matches ? "open" : "closed");
  inbox().dataset[name] = now === "open" ? "closed" : "open";
  button.setAttribute("aria-expanded", String(now !== "open"));
}

/** A conversation was drawn: by the page itself or into it. */
function opened() {
  const id = document.getElementById("thread")?.dataset.conversation ?? "";
  inbox().dataset.open = id;
  markOpen(id);
  paint();
  runRings();
  tidy();
  wake();
  const wanted = location.hash.startsWith("#m-") ? document.getElementById(location.hash.slice(1)) : null;
  if (wanted) { wanted.scrollIntoView({ block: "center" }); wanted.dataset.fresh = ""; } else toNewest();
  if (id) document.dispatchEvent(new CustomEvent("rabta:opened", { detail: id }));
}

function onSwap(event) {
  const target = event.detail?.ctx?.target;
  if (target?.id === "open") {
    inbox().dataset.pane = "thread";
    if (inbox().dataset.context === "open" && !matchMedia("(min-width: 85rem)").matches) inbox().dataset.context = "closed";
    opened();
    // On a phone the row that was pressed is gone from sight: the focus goes where the reading is.
    if (!document.activeElement || document.activeElement === document.body || document.activeElement.offsetParent === null) {
      document.getElementById("thread")?.focus({ preventScroll: true });
    }
  } else if (target?.closest?.("#message-list") || target?.id === "earlier") tidy();
}

export function startInbox() {
  if (!inbox()) return;
  startRows();
  startThread();
  startComposer();
  startChanges();
  startDeeds();
  opened();
  document.addEventListener("click", onPaneButton);
  document.addEventListener("htmx:after:swap", onSwap);
  // The top of a long thread grows upwards: what is being read stays where it is.
  document.addEventListener("htmx:before:swap", (event) => {
    if (event.detail?.ctx?.target?.id !== "earlier") return;
    const box = document.getElementById("messages");
    const fromEnd = box.scrollHeight - box.scrollTop;
    requestAnimationFrame(() => { box.scrollTop = box.scrollHeight - fromEnd; });
  });
  window.addEventListener("popstate", () => { if (inbox()) location.reload(); });
}
