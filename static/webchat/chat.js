/* Rabta's chat widget, whole: one script, no build, no cookies. <script async src="…/static/webchat/chat.js" data-key="…"></script>
   It draws inside a shadow root, so that neither page nor widget can spoil the other's looks, and keeps what it must know in the
   page's own localStorage. Words, looks and rights come from the server (docs/webchat.md). */
(() => {
  "use strict";
  const tag = document.currentScript;
  if (!tag?.dataset.key || document.querySelector("rabta-chat")) return;
  const key = tag.dataset.key;
  const base = new URL(`/chat/${key}/`, tag.src);
  const store = `rabta-chat:${key}`;
  const SLOW = 60_000, QUICK = 4_000, AGAIN = 5_000; // ms between two looks: with a socket, without one; and between two tries of one

  // --- what is kept, in this page's own storage; a browser that keeps nothing gets a thread for this visit ---------------
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(store)) ?? {}; } catch { /* forbidden, or not ours */ }
  if (typeof kept !== "object") kept = {};
  const keep = () => { try { localStorage.setItem(store, JSON.stringify(kept)); } catch { /* forbidden or full */ } };
  const random = (bytes) => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes))))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  kept.token ??= random(32);
  const user = tag.dataset.user ?? null;
  const who = user === null ? { token: kept.token } : { user, signature: tag.dataset.signature ?? "" };
  const mine = user ?? ""; // what is remembered of one person is not told to the next at the same browser
  kept.people ??= {};
  const person = (kept.people[mine] ??= { seen: 0, waiting: [] });

  // --- speaking with the server ------------------------------------------------------------------------------------------
  class Refusal extends Error { constructor(status, said) { super(said?.message ?? ""); Object.assign(this, { status, code: said?.code, field: said?.field }); } }
  const language = () => tag.dataset.lang || document.documentElement.lang || navigator.language || "";
  async function ask(path, body) {
    const url = new URL(path, base);
    url.searchParams.set("lang", look?.language ?? language());
    const options = { credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(20_000) };
    if (body) Object.assign(options, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...who, ...body }) });
    const response = await fetch(url, options);
    const said = await response.json();
    if (!response.ok) throw new Refusal(response.status, said.error);
    return said;
  }

  // --- drawing -----------------------------------------------------------------------------------------------------------
  let look, root, host, ui = {}, last = 0, isOpen = false, socket = null, timer = 0, reading = null, unread = 0, retry = 0;
  const make = (name, given = {}, ...inside) => {
    const node = document.createElement(name);
    for (const [attribute, value] of Object.entries(given)) {
      if (attribute.startsWith("on")) node.addEventListener(attribute.slice(2), value);
      else if (value !== null && value !== false) node.setAttribute(attribute, value === true ? "" : value);
    }
    node.append(...inside);
    return node;
  };
  const drawing = (path) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(svg.namespaceURI, "path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  };
  const CSS = `
:host { all: initial; position: fixed; z-index: 2147483000; bottom: 20px; inset-inline-end: 20px; color-scheme: light dark;
  font: 15px/1.5 var(--rabta-chat-font, system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans Arabic", sans-serif); }
:host([data-side=start]) { inset-inline: 20px auto; }
:host([data-theme=light]) { color-scheme: light; } :host([data-theme=dark]) { color-scheme: dark; }
* { box-sizing: border-box; font: inherit; letter-spacing: normal; }
.frame { --paper: light-dark(#fff, #17191e); --soft: light-dark(#eef0f3, #262a31); --text: light-dark(#16181d, #eceef2);
  --faint: light-dark(#565c68, #a9b0bd); --line: light-dark(#878e9b, #767d8a); --bad: light-dark(#b3122b, #ff9aa6); color: var(--text); }
button { cursor: pointer; border: 0; background: none; color: inherit; }
svg { inline-size: 24px; block-size: 24px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
:focus-visible { outline: 3px solid var(--text); outline-offset: 2px; box-shadow: 0 0 0 2px var(--paper); }
.open { display: grid; place-items: center; position: relative; inline-size: 56px; block-size: 56px; margin-inline-start: auto;
  border-radius: 50%; background: var(--color); color: var(--ink); box-shadow: 0 4px 16px #0006; }
:host([data-side=start]) .open { margin-inline: 0 auto; }
.dot { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; padding: 0 6px; border-radius: 11px;
  background: #b3122b; color: #fff; font-size: 13px; line-height: 22px; text-align: center; }
.panel { display: flex; flex-direction: column; inline-size: min(370px, calc(100vw - 40px)); block-size: min(560px, calc(100dvh - 112px));
  margin-block-end: 12px; overflow: hidden; border: 1px solid var(--line); border-radius: 14px; background: var(--paper);
  box-shadow: 0 10px 40px #0005; animation: rise .18s ease-out; }
[hidden] { display: none !important; }
@keyframes rise { from { opacity: 0; transform: translateY(10px); } }
@media (prefers-reduced-motion: reduce) { .panel { animation: none; } }
header { display: flex; align-items: center; gap: 8px; padding: 12px 16px; background: var(--color); color: var(--ink); }
header h2 { flex: 1; margin: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; font-size: 16px; }
header :focus-visible { outline-color: currentColor; box-shadow: none; outline-offset: 0; }
.x { display: grid; padding: 4px; border-radius: 6px; }
.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 16px; display: flex; flex-direction: column; gap: 8px; }
.say { max-inline-size: 85%; padding: 8px 12px; border-radius: 14px; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; align-self: flex-start; }
.say.own { align-self: flex-end; background: var(--color); color: var(--ink); }
.say [dir] { display: block; unicode-bidi: plaintext; text-align: start; }
.say time, .note, .who { font-size: 13px; color: var(--faint); } .say.own time { color: inherit; }
.who { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
.note { margin: 0; } .bad { color: var(--bad); }
.say .bad, .own .bad { color: inherit; font-size: 13px; } .say .bad button { text-decoration: underline; padding: 0 4px; }
form { padding: 12px; border-block-start: 1px solid var(--line); display: grid; gap: 8px; }
label { display: grid; gap: 2px; font-size: 13px; color: var(--faint); }
input, textarea { inline-size: 100%; padding: 8px 10px; border: 1px solid var(--line); border-radius: 8px; background: var(--paper);
  color: var(--text); font-size: 16px; } ::placeholder { color: var(--faint); opacity: 1; } textarea { resize: none; block-size: 64px; }
.row { display: flex; align-items: center; justify-content: space-between; }
.chosen { list-style: none; margin: 0; padding: 0; display: grid; gap: 4px; font-size: 13px; } .chosen:empty { display: none; }
.chosen li { display: flex; align-items: center; gap: 8px; padding-inline-start: 8px; border-radius: 8px; background: var(--soft); }
.chosen span { flex: 1; overflow-wrap: anywhere; } .chosen svg { inline-size: 16px; block-size: 16px; }
progress { inline-size: 72px; accent-color: var(--color); }
.file { display: flex; align-items: center; gap: 6px; color: inherit; overflow-wrap: anywhere; } .file svg { inline-size: 18px; block-size: 18px; flex: none; }
.file canvas { display: block; max-inline-size: 100%; max-block-size: 240px; border-radius: 8px; }
.drop { outline: 3px dashed var(--color); outline-offset: -8px; }
.send { padding: 8px 16px; border-radius: 8px; background: var(--color); color: var(--ink); font-weight: 600; justify-self: end; }
@media (max-width: 480px) { :host, :host([data-side]) { bottom: 12px; inset-inline: 12px; pointer-events: none; } .frame > * { pointer-events: auto; }
  .panel { inline-size: 100%; block-size: calc(100dvh - 92px); } }
@media (forced-colors: active) { .open, .send, .say { border: 1px solid; } }`;

  function draw() {
    const w = look.words;
    host = make("rabta-chat", { lang: look.language, dir: look.dir, "data-side": tag.dataset.side || look.side, "data-theme": tag.dataset.theme || look.theme });
    root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet]; // no <style> element: a page's content policy would refuse it
    ui.log = make("div", { class: "log", role: "log", "aria-label": w.log, tabindex: "0" });
    ui.note = make("p", { class: "note", role: "status" });
    ui.text = make("textarea", { dir: look.dir, maxlength: look.longest, placeholder: w.write, "aria-label": w.write, "aria-describedby": "note" });
    ui.note.id = "note";
    ui.chosen = make("ul", { class: "chosen", role: "list" });
    ui.input = make("input", { type: "file", multiple: true, hidden: true, onchange: () => { offer(ui.input.files); ui.input.value = ""; } });
    const attach = make("button", { class: "x", type: "button", "aria-label": w.attach, title: w.attach, onclick: () => ui.input.click() }, drawing(CLIP));
    ui.form = make("form", { novalidate: true, onsubmit: submit }, ...before(), ui.text, ui.chosen, ui.note,
      make("div", { class: "row" }, ...(look.files ? [attach, ui.input] : [make("span")]), make("button", { class: "send", type: "submit" }, w.send)));
    ui.title = make("h2", { id: "title" }, look.title);
    ui.title.dir = "auto";
    ui.panel = make("div", { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true, onkeydown: keys },
      make("header", {}, ui.title, make("button", { class: "x", type: "button", "aria-label": w.close, onclick: () => toggle(false) }, drawing("M6 6l12 12M18 6L6 18"))),
      ui.log, ui.form);
    ui.dot = make("span", { class: "dot", hidden: true });
    ui.open = make("button", { class: "open", type: "button", "aria-expanded": "false", "aria-label": w.open, onclick: () => toggle() },
      drawing("M21 12a8 8 0 0 1-8 8H4l2.3-3.4A8 8 0 1 1 21 12Z"), ui.dot);
    const frame = make("div", { class: "frame" }, ui.panel, ui.open);
    frame.style.setProperty("--color", look.color);
    frame.style.setProperty("--ink", look.ink);
    root.append(frame);
    for (const name of ["dragover", "dragleave", "drop"]) ui.panel.addEventListener(name, (event) => {
      event.preventDefault();
      ui.panel.classList.toggle("drop", name === "dragover" && Boolean(look.files));
      if (name === "drop") offer(event.dataTransfer.files);
    });
    ui.text.addEventListener("input", turn);
    ui.text.addEventListener("paste", (event) => { if (event.clipboardData?.files.length) { event.preventDefault(); offer(event.clipboardData.files); } });
    ui.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); ui.form.requestSubmit(); }
    });
    bubble({ ours: true, text: look.greeting });
    away(look.away);
    document.body.append(host);
    for (const line of person.waiting) waiting(line);
  }

  /** What is typed runs its own way, an empty box the widget's. */
  const turn = () => { ui.text.dir = ui.text.value ? "auto" : look.dir; };

  /** Take away what need not be asked any more. */
  function tidy(is, line = {}) {
    const focused = root.activeElement;
    for (const [name, known] of Object.entries(ui.fields)) {
      if (line[name]) person[name] = true;
      if (line[name] || !is) { known.label.remove(); delete ui.fields[name]; }
    }
    if (focused && !focused.isConnected) ui.text.focus(); // nobody's focus falls out of the panel
  }

  /** The fields before the first line. */
  function before() {
    ui.fields = {};
    if (user !== null) return [];
    return [["name", "text", "name", 200], ["email", "email", "email", 254]].flatMap(([name, type, autocomplete, longest]) => {
      const asked = name === "email" && look.away && look.ask[name] === "no" ? "optional" : look.ask[name];
      if (asked === "no" || person[name]) return [];
      const field = make("input", { type, name, autocomplete, maxlength: longest, dir: type === "email" ? "ltr" : "auto", "aria-required": String(asked === "required") });
      ui.fields[name] = { field, needed: asked === "required" };
      ui.fields[name].label = make("label", {}, look.words[name] + (asked === "required" ? "" : ` (${look.words.optional})`), field);
      return [ui.fields[name].label];
    });
  }

  // --- files: handed over before the line that takes them, and drawn on a canvas, since many pages allow no pictures of others ---
  const CLIP = "M21 11l-9 9a5 5 0 0 1-7-7l9-9a3.4 3.4 0 0 1 5 5l-9 9a1.7 1.7 0 0 1-2.4-2.4l8-8";
  function offer(files) {
    for (const file of files) {
      if (!look.files) return say(look.words.no_files, true);
      if (ui.chosen.children.length >= look.files.count) return say(look.words.too_many, true);
      hand(file);
    }
  }

  /** A row for a file that is chosen; `file` is what the server calls it. */
  function chip(name, file = null) {
    const row = make("li", {}, make("span", {}, make("bdi", {}, name)), make("button", { class: "x", type: "button", "aria-label": `${look.words.remove}: ${name}`,
      onclick: () => { row.call?.abort(); row.remove(); ui.text.focus(); } }, drawing("M6 6l12 12M18 6L6 18")));
    row.file = file;
    ui.chosen.append(row);
    return row;
  }

  function hand(file) {
    const row = chip(file.name), bar = make("progress", { max: 1, value: 0, "aria-label": file.name }), call = row.call = new XMLHttpRequest();
    const fail = (words) => {
      bar.remove();
      row.bad = true; // it stands here with its reason until it is taken away, or the line leaves without it
      row.firstChild.append(`: ${words}`);
      row.firstChild.className = "bad";
      say(`${file.name}: ${words}`, true);
      ready();
    };
    row.firstChild.after(bar);
    if (file.size > look.files.bytes) return fail(look.words.too_large);
    const url = new URL("files/", base);
    url.searchParams.set("lang", look.language);
    url.searchParams.set("name", file.name.slice(-150));
    call.open("POST", url);
    call.responseType = "json";
    call.timeout = 180_000;
    call.setRequestHeader("Content-Type", "application/octet-stream");
    call.setRequestHeader("Rabta-Who", encodeURIComponent(JSON.stringify(who)));
    call.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
    call.onload = () => {
      if (call.status !== 200) return fail(call.response?.error?.message ?? look.words.offline);
      row.file = { id: call.response.file.id, name: call.response.file.name };
      bar.remove();
      if (!ui.note.classList.contains("bad")) say(`${look.words.added} ${row.file.name}`);
      ready();
    };
    call.onerror = call.ontimeout = () => fail(look.words.offline);
    call.send(file);
  }

  /** Who sent while a file was still on its way need not send again, unless a file failed. */
  const pending = () => [...ui.chosen.children].some((row) => !row.file && !row.bad);
  let hurried = false;
  function ready() {
    if (!hurried || pending()) return;
    hurried = false;
    if (![...ui.chosen.children].some((row) => row.bad)) ui.form.requestSubmit();
  }

  function hung(file) {
    if (!file.address) return make("span", { class: "file" }, drawing(CLIP), `${file.name} · ${look.words.gone}`);
    const link = make("a", { class: "file", href: file.address, target: "_blank", rel: "noopener noreferrer" });
    const plain = () => link.replaceChildren(drawing(CLIP), make("bdi", {}, file.name));
    if (!file.small) { plain(); return link; }
    const canvas = make("canvas", { role: "img", "aria-label": file.alt || file.name, width: 1, height: 1 });
    link.append(canvas);
    fetch(file.small, { credentials: "omit", referrerPolicy: "no-referrer" }).then((answer) => answer.blob()).then(createImageBitmap).then((picture) => {
      const low = ui.log.scrollTop + ui.log.clientHeight > ui.log.scrollHeight - 80;
      canvas.width = picture.width;
      canvas.height = picture.height;
      canvas.getContext("2d").drawImage(picture, 0, 0);
      if (low) ui.log.scrollTop = ui.log.scrollHeight;
    }).catch(plain);
    return link;
  }

  function bubble({ ours, text, at, files = [] }) {
    const words = make("span", { dir: "auto" });
    words.textContent = text;
    const node = make("div", { class: ours ? "say" : "say own" }, make("span", { class: "who" }, `${ours ? look.title || look.words.us : look.words.you}: `), ...(text ? [words] : []), ...files.map(hung));
    if (at) {
      const when = new Date(at);
      const today = when.toDateString() === new Date().toDateString();
      node.append(make("time", { datetime: at, dir: "auto" }, when.toLocaleString(look.language, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" })));
    }
    ui.log.append(node);
    ui.log.scrollTop = ui.log.scrollHeight;
    return node;
  }

  function say(words, bad = false, field = null) {
    ui.note.textContent = words;
    ui.note.classList.toggle("bad", bad);
    for (const node of [ui.text, ...Object.values(ui.fields).map((known) => known.field)]) node.removeAttribute("aria-invalid");
    if (field) { field.setAttribute("aria-invalid", "true"); field.setAttribute("aria-describedby", "note"); field.focus(); }
  }

  function away(is) {
    if (is === look.told) return;
    look.told = is;
    if (is) say(look.away_words); else if (ui.note.textContent === look.away_words) say("");
  }

  function toggle(to = !isOpen) {
    isOpen = to;
    ui.panel.hidden = !to;
    ui.open.setAttribute("aria-expanded", String(to));
    if (!to) return ui.open.focus();
    ui.log.scrollTop = ui.log.scrollHeight;
    (Object.values(ui.fields)[0]?.field ?? ui.text).focus();
    count(0);
    tellSeen();
  }

  function keys(event) {
    event.stopPropagation(); // a page's own shortcuts are not meant by what is typed here
    if (event.key === "Escape") toggle(false);
  }

  function count(number) {
    unread = number;
    if (isOpen || !number) { unread = 0; person.seen = last; keep(); }
    ui.dot.hidden = !unread;
    ui.dot.textContent = unread > 9 ? "9+" : String(unread || "");
    ui.open.setAttribute("aria-label", unread ? `${look.words.open}. ${look.words.unread}: ${unread}` : look.words.open);
  }

  // --- saying: a line has its id before it leaves, and stays here until the server has it -----------------------------------
  function submit(event) {
    event.preventDefault();
    for (const [name, { field, needed }] of Object.entries(ui.fields)) {
      const value = field.value.trim();
      if (needed && !value) return say(look.words.needed, true, field);
      if (name === "email" && value && !field.checkValidity()) return say(look.words.bad_email, true, field);
    }
    if (pending()) { hurried = true; return say(look.words.wait); }
    const text = ui.text.value.trim(), rows = [...ui.chosen.children].filter((row) => row.file);
    if (!text && !rows.length) return ui.text.focus();
    const line = { id: random(16), text };
    if (rows.length) line.files = rows.map((row) => row.file);
    ui.chosen.replaceChildren();
    for (const [name, { field }] of Object.entries(ui.fields)) if (field.value.trim()) line[name] = field.value.trim();
    person.waiting.push(line);
    keep();
    ui.text.value = "";
    turn();
    say("");
    waiting(line);
    send();
  }

  function waiting(line) {
    line.node = bubble({ ours: false, text: [line.text, ...(line.files ?? []).map((file) => `📎 ${file.name}`)].filter(Boolean).join("\n") });
    line.state = make("span", { class: "note" }, ` ${look.words.sending}`);
    line.node.append(line.state);
    Object.defineProperty(line, "toJSON", { value: () => { const { node, state, toJSON, ...rest } = line; return rest; } });
  }

  let sending = false;
  async function send() {
    if (sending || !person.waiting.length) return;
    sending = true;
    const line = person.waiting[0];
    try {
      const { id, text, name, email } = line, files = line.files?.map((file) => file.id);
      const said = await ask("say/", { id, text, name, email, files, page: location.origin + location.pathname });
      if (!last) say(said.away ? look.away_words : look.words.taken);
      tidy(said.away, line);
      person.waiting.shift();
      keep();
      line.node.remove();
      await read();
      connect();
    } catch (trouble) {
      const field = ui.fields[trouble.field]?.field;
      if (trouble instanceof Refusal && trouble.status < 500 && trouble.status !== 429) {
        // Refused for good: back into the box it goes, with the reason.
        person.waiting.shift();
        keep();
        line.node.remove();
        if (!ui.text.value) ui.text.value = line.text;
        for (const file of trouble.field === "files" ? [] : line.files ?? []) chip(file.name, file);
        turn();
        say(trouble.message, true, field ?? ui.text);
      } else {
        say(trouble.message && trouble instanceof Refusal ? trouble.message : look.words.offline, true);
        line.state.className = "bad";
        line.state.replaceChildren(` ${look.words.failed} `, make("button", { type: "button", onclick: send }, look.words.again));
        clearTimeout(retry);
        retry = setTimeout(send, 15_000);
        sending = false;
        return;
      }
    }
    sending = false;
    send();
  }

  // --- hearing: a socket that says “look”, and looking by the clock where there is none ------------------------------------
  function read() {
    reading = (reading ?? Promise.resolve()).then(readOn, readOn);
    return reading;
  }

  async function readOn() {
    let fresh = 0, more = true;
    try {
      while (more) {
        const said = await ask("read/", { after: last });
        for (const line of said.lines) {
          if (line.number <= last) continue;
          last = line.number;
          bubble(line);
          if (line.ours && line.number > person.seen) fresh += 1;
        }
        more = said.more;
        away(said.away);
        if (last) tidy(said.away);
      }
    } catch (trouble) {
      if (trouble instanceof Refusal && trouble.status < 500 && trouble.status !== 429) {
        say(trouble.message, true);
        throw trouble;
      }
    }
    if (last) count(unread + fresh);
    tellSeen();
    plan();
  }

  /** What stood before the visitor's eyes is told once, so that whoever answered sees it. */
  let told = 0;
  function tellSeen() {
    if (isOpen && !document.hidden && person.seen > told) ask("read/", { after: last, seen: (told = person.seen) }).catch(() => {});
  }

  function plan() {
    clearTimeout(timer);
    if (last) timer = setTimeout(read, socket?.readyState === WebSocket.OPEN ? SLOW : document.hidden ? SLOW : QUICK);
  }

  function connect() {
    if (socket || !last) return;
    const url = new URL("live/", base);
    url.protocol = url.protocol.replace("http", "ws");
    try { socket = new WebSocket(url); } catch { return; } // the page's content policy forbids it: looking by the clock goes on
    socket.onopen = () => socket.send(JSON.stringify(who));
    socket.onmessage = (event) => { if (!event.data.includes("beat")) read(); };
    socket.onclose = () => { socket = null; plan(); setTimeout(connect, AGAIN); };
  }

  async function start() {
    try {
      look = await ask("");
    } catch (trouble) {
      console.warn(`Rabta chat is not shown: ${trouble.message || trouble}. Is this site, ${location.origin}, on the chat's list?`);
      return;
    }
    keep();
    draw();
    await read().catch(() => {});
    connect();
    send();
    document.addEventListener("visibilitychange", () => { if (!document.hidden && last) read(); });
    window.addEventListener("online", () => { send(); if (last) read(); });
  }
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
})();
