// The line to the server. It carries ids and sequence numbers only; whoever shows data fetches it under the person's own rights.
// A lost push is harmless: a gap in the numbers, a beat that disagrees, and every (re)connect all mean "look again".

const MAX_WAIT = 10_000; // longest pause between two attempts, in ms
const SILENCE = 25_000; // no word for so long means the line is dead, in ms: the server beats every eight seconds
const ANSWER = 5_000; // a line that may have died in a pause answers a question within so many ms, or is dead
const PAUSE = 5_000; // a clock that is checked each second and jumps by more than this has slept, in ms

class Live {
  constructor(path) {
    this.path = path;
    this.seq = {};
    this.tries = 0;
    this.badge = document.getElementById("connection");
  }

  open() {
    clearTimeout(this.retry);
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) {
      // Back from a pause: whether the line outlived it, only an answer tells.
      if (this.socket.readyState === WebSocket.OPEN) this.question();
      return;
    }
    this.show("waiting");
    const address = new URL(this.path, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.addEventListener("message", (event) => { if (this.socket === socket) this.hear(JSON.parse(event.data)); });
    socket.addEventListener("close", (event) => { if (this.socket === socket) this.closed(event); });
    this.listen();
  }

  /** Ask for a word. Until it comes the page does not call itself live; if none comes, the line is opened anew. */
  question() {
    if (document.documentElement.dataset.connection !== "live") this.show("waiting");
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.drop(), ANSWER);
    this.say({ t: "ping" });
  }

  say(frame) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Leave a line that says nothing. Its own farewell may take minutes: nobody is there to answer it. */
  drop() {
    const dead = this.socket;
    this.socket = null;
    dead?.close();
    this.closed({ code: 1006 });
  }

  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.drop(), SILENCE);
  }

  hear(word) {
    this.listen();
    if (document.documentElement.dataset.connection !== "live" && navigator.onLine && word.t !== "hello") this.show("live");
    if (word.t === "hello") {
      this.tries = 0;
      this.seq = { ...word.seq };
      this.show("live");
      this.tell([], "hello");
      document.dispatchEvent(new CustomEvent("rabta:here", { detail: { all: word.here ?? [] } }));
    } else if (word.t === "changed") {
      const gap = word.seq !== (this.seq[word.g] ?? word.seq - 1) + 1;
      this.seq[word.g] = Math.max(word.seq, this.seq[word.g] ?? 0);
      this.tell(word.ids ?? [], gap ? "gap" : "changed", word.kind);
    } else if (word.t === "beat") {
      const behind = Object.entries(word.seq ?? {}).some(([group, seq]) => (this.seq[group] ?? 0) < seq);
      this.seq = { ...this.seq, ...word.seq };
      if (behind) this.tell([], "gap");
    } else if (word.t === "here") {
      document.dispatchEvent(new CustomEvent("rabta:here", { detail: { some: word.in } }));
    } else if (word.t === "taken") {
      document.dispatchEvent(new CustomEvent("rabta:taken", { detail: { id: String(word.id), by: word.by } }));
    }
  }

  tell(ids, why, kind = "") {
    // Who calls is told in frames of its own; after a gap anybody may be calling.
    if (kind === "rings" || why !== "changed") document.dispatchEvent(new CustomEvent("rabta:rings"));
    if (kind === "notices" || why !== "changed") document.dispatchEvent(new CustomEvent("rabta:notices"));
    if ((kind === "rings" || kind === "notices") && why === "changed") return;
    document.dispatchEvent(new CustomEvent("rabta:changed", { detail: { ids, why } }));
  }

  closed(event) {
    clearTimeout(this.silence);
    // 4401 and 4403/4404: signed out, or no longer a member. Asking again would not help.
    if ([4401, 4403, 4404].includes(event.code)) { this.show("offline"); return; }
    this.tries += 1;
    this.show(navigator.onLine && this.tries < 3 ? "waiting" : "offline");
    const wait = Math.min(MAX_WAIT, 400 * 2 ** (this.tries - 1)) * (0.6 + 0.4 * Math.random());
    this.retry = setTimeout(() => this.open(), wait);
  }

  show(state) {
    if (!this.badge) return;
    this.badge.hidden = false;
    this.badge.dataset.state = state;
    const text = this.badge.querySelector(".connection-text");
    if (text) text.textContent = this.badge.dataset[state];
    document.documentElement.dataset.connection = state;
  }
}

let live = null;

/** Say something to the server. Returns whether there was a line to say it on. */
export const say = (frame) => live?.say(frame) ?? false;

export function startLive() {
  const path = document.querySelector(".shell[data-live]")?.dataset.live;
  if (!path?.startsWith("/")) return;
  live = new Live(path);
  live.open();
  window.addEventListener("online", () => live.open());
  window.addEventListener("offline", () => live.show("offline"));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) live.open(); });
  // A laptop that slept says nothing of it; its clock does.
  let at = Date.now();
  setInterval(() => {
    const slept = Date.now() - at > 1000 + PAUSE;
    at = Date.now();
    if (slept && !document.hidden) live.open();
  }, 1000);
  window.addEventListener("pagehide", () => live.socket?.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) live.open(); });
}
