// The wall: threads as trees, drawn post by post so that an open answer box is never torn away.

import { $, ago, attempt, call, el, face, icon, prose, span, toast } from "./dom.js";
import { pictures, shown } from "./attach.js";
import { brands, myself, pulse, refresh, state } from "./main.js";

const MOST_THREADS = 80;
const threads = new Map(); // id -> { data, node, posts: Map(key -> node) }
let waitingNews = new Map();
let oldest = null;
const fresh = new Set();

export function startWall() {
  const text = $("compose-text");
  const chosen = pictures($("compose"), $("compose").querySelector(".row.end"));
  $("compose").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!(await say(text.value, null, chosen.ids()))) return;
    chosen.clear();
    text.value = "";
    grow(text);
    count();
  });
  text.addEventListener("input", () => (grow(text), count()));
  text.addEventListener("keydown", sendOnEnter);
  for (const button of document.querySelectorAll("[data-only]")) {
    button.addEventListener("click", () => {
      state.only = button.dataset.only;
      for (const other of document.querySelectorAll("[data-only]")) other.setAttribute("aria-pressed", other === button);
      refresh();
    });
  }
  $("news").addEventListener("click", () => {
    scrollTo({ top: 0, behavior: "smooth" });
    flushNews();
  });
  $("older").addEventListener("click", loadOlder);
  addEventListener("scroll", () => scrollY < 120 && waitingNews.size && flushNews(), { passive: true });
  document.addEventListener("chowk:people", drawBrands);
  document.addEventListener("chowk:me", () => {
    drawBrands();
    $("compose-seen").hidden = myself()?.network !== "mastodon";
    $("compose-rating").hidden = !reviews();
  });
}

export function sendOnEnter(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
}

export function grow(area) {
  area.rows = Math.min(10, Math.max(Number(area.dataset.rows || 1), area.value.split("\n").length, Math.ceil(area.value.length / 60)));
}

function count() {
  const length = [...$("compose-text").value].length;
  $("compose-count").textContent = length > 240 ? `${length} of 280${length > 280 ? ", a long post" : ""}` : "";
}

// Branches on Google share a name.
function nameOf(brand) {
  return brand.network === "google" && brand.location ? `${brand.name}, ${brand.location}` : brand.name;
}

export function brandChips(box, choose) {
  box.replaceChildren(
    ...brands().map((brand) =>
      el("button", { type: "button", className: "chip", data: { brand: brand.handle }, on: { click: () => choose(brand) } }, face(brand, 22), el("bdi", {}, nameOf(brand)))
    )
  );
}

function drawBrands() {
  brandChips($("compose-brands"), (brand) => {
    const text = $("compose-text");
    const handle = `@${brand.handle}`;
    if (!text.value.includes(handle)) text.value = text.value ? `${text.value.trimEnd()} ${handle} ` : `${handle} `;
    text.focus();
    count();
  });
}

// Who sees it: X knows everybody only; an answer on Mastodon is for those who saw what it answers.
function seenBy(replyTo) {
  if (myself().network !== "mastodon") return "public";
  if (!replyTo) return $("compose-visibility").value;
  const answered = [...threads.values()].flatMap((thread) => thread.data.posts).find((post) => post.id === replyTo);
  return answered?.visibility ?? "direct";
}

// On Google a customer rates a business; what a business says below it has no stars.
function reviews() {
  return myself()?.network === "google" && !myself().is_brand;
}

async function say(text, replyTo = null, media = []) {
  if (!myself()) return toast("Choose a person to play first.", true);
  if (!text.trim() && !media.length) return toast("Write something first.", true);
  const stars = reviews() && !replyTo ? Number($("compose-stars").value) : null;
  const made = await attempt(() => call("POST", "/posts", { author: state.me, text, reply_to: replyTo, visibility: seenBy(replyTo), stars, media }));
  if (made) {
    waitingNews.delete(made.conversation_id);
    fresh.add(made.conversation_id);
    await pulse();
  }
  return made;
}

// Threads from the pulse: changed ones are redrawn in place; new ones wait behind a pill when the reader has scrolled.
export function takeThreads(answer) {
  if (answer.fresh) {
    threads.clear();
    waitingNews.clear();
    $("threads").replaceChildren();
    oldest = null;
    for (const data of answer.threads) place(data, "end");
    note(answer.threads);
    $("older").hidden = answer.threads.length < 30;
  } else {
    for (const data of [...answer.threads].reverse()) {
      const known = threads.get(data.id);
      if (known) draw(data, known);
      else if (fits(data)) {
        if (scrollY > 300 && !fresh.has(data.id)) waitingNews.set(data.id, data);
        else place(data, "start");
      }
      fresh.delete(data.id);
    }
    trim();
  }
  showNews();
  $("empty").hidden = threads.size > 0;
  $("empty").textContent = {
    all: "Nobody has said anything yet. Be the first.",
    waiting: "Nobody is waiting for an answer.",
    mine: "You have not said anything yet.",
  }[state.only];
}

function fits(data) {
  if (!data.posts.length) return false;
  if (state.only === "mine") return data.posts.some((post) => post.author.id === state.me);
  if (state.only === "waiting") return waitOf(data).waits;
  return true;
}

function note(list) {
  for (const data of list) if (oldest === null || BigInt(data.last) < BigInt(oldest)) oldest = data.last;
}

function showNews() {
  $("news").hidden = waitingNews.size === 0;
  $("news").textContent = waitingNews.size === 1 ? "1 new thread" : `${waitingNews.size} new threads`;
}

function flushNews() {
  for (const data of waitingNews.values()) if (!threads.has(data.id)) place(data, "start");
  waitingNews = new Map();
  trim();
  showNews();
}

function trim() {
  const list = $("threads");
  while (scrollY < 300 && list.children.length > MOST_THREADS) {
    const last = list.lastElementChild;
    if (last.contains(document.activeElement)) break;
    threads.delete(last.dataset.thread);
    last.remove();
    $("older").hidden = false;
    oldest = list.lastElementChild.dataset.last;
  }
}

async function loadOlder() {
  const answer = await attempt(() => call("GET", `/wall?before=${oldest || 0}&only=${state.only}&me=${state.me}`));
  if (!answer) return;
  for (const data of answer.threads) if (!threads.has(data.id)) place(data, "end");
  note(answer.threads);
  $("older").hidden = answer.threads.length < 30;
}

function place(data, where) {
  const known = { node: el("li", { className: "card thread", data: { thread: data.id } }), posts: new Map() };
  threads.set(data.id, known);
  draw(data, known);
  if (where === "start") {
    known.node.classList.add("arrives");
    $("threads").prepend(known.node);
  } else $("threads").append(known.node);
}

// Whether a brand was named and has not answered; and how long the first answer took.
function waitOf(data) {
  const named = new Set(brands().map((brand) => `@${brand.handle.toLowerCase()}`));
  const asks = data.posts.find((post) => !post.author.is_brand && (post.answering.concat(post.pieces.map((piece) => piece[1]))).some((word) => named.has(word.toLowerCase())));
  if (!asks) return { waits: false };
  const answer = data.posts.find((post) => post.author.is_brand && BigInt(post.id) > BigInt(asks.id));
  return { waits: !answer, since: asks.created_ms, took: answer ? answer.created_ms - asks.created_ms : null };
}

function draw(data, known) {
  known.data = data;
  known.node.dataset.last = data.last;
  if (!data.posts.length) {
    known.node.remove();
    threads.delete(data.id);
    return;
  }
  const wait = waitOf(data);
  known.wait = wait;
  known.node.classList.toggle("answered", wait.took !== null && wait.took !== undefined);
  const here = new Set(data.posts.map((post) => post.key));
  for (const [key, node] of known.posts) if (!here.has(key)) (node.remove(), known.posts.delete(key));
  let root = known.node.querySelector(":scope > .branch");
  if (!root) known.node.append((root = el("div", { className: "branch" })));
  if (data.left_out && !known.gap) root.before((known.gap = el("p", { className: "soft gap" }, `${data.left_out} earlier answers are not shown`)));
  const authors = new Map(data.posts.map((post) => [post.key, post.author]));
  for (const post of data.posts) {
    let node = known.posts.get(post.key);
    const holder = post.parent && known.posts.get(post.parent) ? known.posts.get(post.parent).querySelector(":scope > .branch") : root;
    if (!node) {
      node = el("article", { className: "post", data: { key: post.key } }, el("div", { className: "body" }), el("div", { className: "branch" }));
      known.posts.set(post.key, node);
      if (known.node.isConnected) node.classList.add("arrives");
    }
    if (node.parentElement !== holder) holder.append(node);
    const signature = JSON.stringify([post.id, post.likes, post.liked, post.loved, post.hidden, post.edited, post.pieces, post.author, state.me]);
    if (node.dataset.signature !== signature) {
      node.dataset.signature = signature;
      const asked = post.parent ? authors.get(post.parent) : null;
      drawPost(node, post, asked, wait);
    }
  }
  drawWait(known);
}

function drawWait(known) {
  let chip = known.node.querySelector(":scope > .wait");
  if (!known.wait.since) return chip && chip.remove();
  if (!chip) known.node.prepend((chip = el("p", { className: "wait" })));
  const waits = known.wait.waits;
  chip.className = waits ? "wait" : "wait done";
  const text = waits ? `Waiting for an answer · ${span(Date.now() - known.wait.since)}` : known.wait.took < 1000 ? "Answered at once" : `Answered in ${span(known.wait.took)}`;
  if (chip.dataset.text === text) return undefined;
  chip.dataset.text = text;
  chip.replaceChildren(icon(waits ? "clock" : "check"), text);
  return undefined;
}

function drawPost(node, post, asked, wait) {
  const shop = post.author.is_brand;
  node.classList.toggle("shop", shop);
  node.classList.toggle("official", shop && asked !== null && !asked.is_brand);
  node.classList.toggle("hidden-reply", post.hidden);
  const mine = post.author.id === state.me;
  const head = el(
    "header",
    {},
    el("bdi", { className: "name" }, post.author.name),
    post.author.verified ? el("span", { className: "seal", title: "Verified" }, icon("seal")) : null,
    el("span", { className: "handle", dir: "ltr" }, `@${post.author.handle}`),
    el("time", { className: "soft", data: { ms: post.created_ms }, dateTime: new Date(post.created_ms).toISOString(), title: new Date(post.created_ms).toLocaleString() }, ago(post.created_ms)),
    post.edited ? el("span", { className: "soft" }, "edited") : null,
    post.stars ? el("span", { className: "soft", title: `${post.stars} of 5 stars` }, "★".repeat(post.stars) + "☆".repeat(5 - post.stars)) : null,
    shop && asked && !asked.is_brand ? el("span", { className: "tagged" }, "Official answer") : null,
    post.loved ? el("span", { className: "tagged" }, icon("heart"), "liked by the brand") : null,
    post.hidden ? el("span", { className: "tagged grey" }, "hidden by the brand") : null,
    post.author.suspended ? el("span", { className: "tagged grey" }, "suspended") : null
  );
  const attached = post.media.length ? el("div", { className: "pictures" }, shown(post.media)) : null;
  const tools = el(
    "footer",
    {},
    el("button", { type: "button", className: "tool", on: { click: () => answerBox(node, post) } }, icon("reply"), "Answer"),
    el("button", { type: "button", className: post.liked ? "tool liked" : "tool", "aria-pressed": String(post.liked), "aria-label": `Like, ${post.likes} so far`, on: { click: () => like(post) } }, icon("heart"), String(post.likes || "")),
    mine ? el("button", { type: "button", className: "tool", on: { click: () => editBox(node, post) } }, icon("edit"), "Edit") : null,
    mine ? el("button", { type: "button", className: "tool", on: { click: (event) => remove(event.currentTarget, post) } }, icon("bin"), "Delete") : null
  );
  const body = node.querySelector(":scope > .body");
  // An open answer box stays where it is: taking it out, even for a moment, would take the cursor from the writer.
  for (const part of body.querySelectorAll(":scope > :not(.answer)")) part.remove();
  body.prepend(face(post.author, node.parentElement.closest(".post") ? 36 : 44), el("div", { className: "grow" }, head, prose(post.pieces, post.lang), attached, tools));
}

async function like(post) {
  if (!myself()) return toast("Choose a person to play first.", true);
  await attempt(() => call("POST", `/posts/${post.id}/like`, { by: state.me, liked: !post.liked }));
  return pulse();
}

async function remove(button, post) {
  if (button.dataset.sure) {
    await attempt(() => call("DELETE", `/posts/${post.id}`));
    return pulse();
  }
  button.dataset.sure = "1";
  button.classList.add("sure");
  button.lastChild.textContent = "Really delete?";
  setTimeout(() => {
    delete button.dataset.sure;
    button.classList.remove("sure");
    button.lastChild.textContent = "Delete";
  }, 3000);
  return undefined;
}

function box(node, { value, label, work, takesPictures = false }) {
  const body = node.querySelector(":scope > .body");
  body.querySelector(".answer")?.remove();
  const area = el("textarea", { dir: "auto", rows: 2, maxLength: 25000, value, "aria-label": label, on: { input: () => grow(area), keydown: sendOnEnter } });
  area.dataset.rows = 2;
  const foot = el("div", { className: "row end" }, el("button", { type: "button", className: "ghost", on: { click: () => form.remove() } }, "Cancel"), el("button", { type: "submit", className: "primary" }, label));
  const form = el(
    "form",
    {
      className: "answer",
      on: {
        submit: async (event) => {
          event.preventDefault();
          if (await work(area.value, chosen?.ids() ?? [])) form.remove();
        },
        keydown: (event) => event.key === "Escape" && form.remove(),
      },
    },
    area,
    foot
  );
  const chosen = takesPictures ? pictures(form, foot) : null;
  body.append(form);
  area.focus();
}

function answerBox(node, post) {
  if (!myself()) return toast("Choose a person to play first.", true);
  return box(node, { value: "", label: "Answer", takesPictures: true, work: (text, media) => say(text, post.id, media) });
}

function editBox(node, post) {
  box(node, {
    value: post.text,
    label: "Save",
    work: async (text) => {
      const made = await attempt(() => call("PATCH", `/posts/${post.id}`, { text }));
      if (made) await pulse();
      return made;
    },
  });
}

// Once a second: the words for times move on.
export function tick() {
  for (const time of document.querySelectorAll("time[data-ms]")) {
    const text = ago(Number(time.dataset.ms));
    if (time.textContent !== text) time.textContent = text;
  }
  for (const known of threads.values()) drawWait(known);
}
