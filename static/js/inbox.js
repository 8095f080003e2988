// The inbox's panes: which are open, which conversation, and what happens when another one is drawn.
import { startBulk } from "./bulk.js";
import { startChanges } from "./changes.js";
import { startComposer, wake } from "./composer.js";
import { startDeeds } from "./deeds.js";
import { startFilters } from "./filters.js";
import { startKept } from "./kept.js";
import { startMedia } from "./media.js";
import { startPresence } from "./presence.js";
import { startHanding } from "./handing.js";
import { startEmoji } from "./emoji.js";
import { markOpen, startRows } from "./rows.js";
import { startTags } from "./tags.js";
import { startNoteMentions } from "./note_mentions.js";
import { startSavedReplies } from "./saved_replies.js";
import { startSuggest } from "./suggest.js";
import { startTemplates } from "./templates.js";
import { startTogether } from "./together.js";
import { rescue } from "./focus.js";
import { startPreview } from "./preview.js";
import { startTongue } from "./tongue.js";
import { grown, paint, runRings, startThread, tidy, toStart } from "./thread.js";

let held = false; // what a swap is about to take away has the focus
let lastRow = null; // the end of the list before older rows come

const inbox = () => document.getElementById("inbox");

function onPaneButton(event) {
  const button = event.target.closest("[data-pane-toggle], [data-pane-show]");
  if (!inbox()) return;
  if (!button) {
    // A press beside the open drawer closes it.
    if (inbox().dataset.views === "open" && !event.target.closest("#views")) inbox().dataset.views = "closed";
    return;
  }
  if (button.dataset.paneShow) {
    if (button.href) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      // As htmx marks its own steps, so that going back and forth loads what each address shows.
      if (!history.state?.htmx) history.replaceState({ htmx: true }, "", location.href);
      history.pushState({ htmx: true }, "", button.href);
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
  toStart();
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
  } else if (target?.id === "earlier" || target?.id === "later") {
    grown(target.id);
    // The pressed button is gone: the reading goes on among the messages.
    if (held) document.getElementById("messages").focus({ preventScroll: true });
  } else if (target?.closest?.("#message-list")) tidy();
  else if (target?.id === "rows-more" && held) lastRow?.nextElementSibling?.focus({ preventScroll: true });
  if (held) rescue();
  held = false;
}

export function startInbox() {
  if (!inbox()) return;
  startRows();
  startThread();
  startComposer();
  startChanges();
  startDeeds();
  startMedia();
  startTemplates();
  startPresence();
  startTogether();
  startHanding();
  startFilters();
  startTags();
  startBulk();
  startKept();
  startSuggest();
  startNoteMentions();
  startEmoji();
  startTongue();
  startPreview();
  startSavedReplies();
  opened();
  document.addEventListener("click", onPaneButton);
  document.addEventListener("htmx:after:swap", onSwap);
  // A pressed row answers at once, before the server does.
  document.addEventListener("htmx:before:request", (event) => {
    const row = event.detail?.ctx?.sourceElement?.closest?.("#rows > [data-row]");
    if (!row) return;
    markOpen(row.dataset.row);
    document.getElementById("open").setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:finally:request", () => {
    document.getElementById("open").removeAttribute("aria-busy");
    markOpen(document.getElementById("thread")?.dataset.conversation ?? "");
  });
  // The top of a long thread grows upwards: what is being read stays where it is.
  document.addEventListener("htmx:before:swap", (event) => {
    // A menu that was pressed a moment ago may still have its place: htmx would copy that attribute, which the policy refuses.
    event.detail?.ctx?.target?.querySelectorAll(".menu[style]").forEach((menu) => menu.removeAttribute("style"));
    held = Boolean(event.detail?.ctx?.target?.contains(document.activeElement));
    lastRow = document.querySelector("#rows > [data-row]:nth-last-child(1 of [data-row])");
    if (event.detail?.ctx?.target?.id !== "earlier") return;
    const box = document.getElementById("messages");
    const fromEnd = box.scrollHeight - box.scrollTop;
    requestAnimationFrame(() => { box.scrollTop = box.scrollHeight - fromEnd; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || inbox().dataset.views !== "open") return;
    inbox().dataset.views = "closed";
    document.querySelector(".views-open")?.focus();
    event.preventDefault();
  }, true);
}
