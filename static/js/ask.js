// One way to ask the server: the CSRF token, the events it sends along, and words for what went wrong.
import { toast } from "./toasts.js";

const WORDS = { 401: "signedOut", 403: "refused", 404: "gone", 429: "slow" };
const PATIENCE = 20_000; // ms

export function wordsFor(status) {
  const box = document.getElementById("toasts");
  return box?.dataset[WORDS[status] ?? (status >= 500 ? "broken" : "refused")] ?? "";
}

/** What went wrong: `status` 0 means that no answer came. `said` tells that the server's own words were already shown, `page` is what
 * it drew besides. */
export class Trouble extends Error {
  constructor(status, text, said, events = {}, page = "") { super(text); this.status = status; this.said = said; this.events = events; this.page = page; }
}

function fire(response) {
  const events = response.headers.get("HX-Trigger");
  if (!events) return false;
  for (const [name, detail] of Object.entries(JSON.parse(events))) {
    document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
  return events.includes("rabta:toast");
}

/** Ask for a fragment. Returns its text; throws Trouble. `quiet` leaves the words of a refusal to the caller. */
export async function ask(url, { body = null, quiet = false } = {}) {
  const headers = { "HX-Request": "true" };
  if (body) headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  let response;
  try {
    response = await fetch(url, { method: body ? "POST" : "GET", body, headers, signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new Trouble(0, document.getElementById("toasts")?.dataset.offline ?? "", false);
  }
  if (response.redirected && !new URL(response.url).pathname.startsWith("/w/")) throw new Trouble(401, wordsFor(401), false);
  if (response.ok) {
    fire(response);
    return response.text();
  }
  const page = await response.text();
  const own = response.headers.get("HX-Trigger")?.includes("rabta:toast") ? page : "";
  const said = quiet ? false : fire(response);
  throw new Trouble(response.status, own || wordsFor(response.status), said, JSON.parse(response.headers.get("HX-Trigger") ?? "{}"), page);
}

/** Say what went wrong, unless it was said. */
export function tell(trouble) {
  if (!(trouble instanceof Trouble)) throw trouble;
  if (!trouble.said) toast(trouble.message, { tone: "bad", seconds: 9 });
}
