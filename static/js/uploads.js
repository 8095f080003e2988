// A file sent in parts: a broken line costs one part. After a while without an answer it asks how much is there and goes on; the same
// file chosen again, even after a reload, goes on as well.

const PAUSES = [500, 1500, 4000, 9000]; // ms between tries; a line that comes back earlier is not waited for
const store = (base) => `rabta.uploads.${base}`;

/** What the server said against a file: no use in trying again with the same. */
export class Refused extends Error {}
/** The line broke for long: what arrived is kept. */
export class Broken extends Error {}

const headers = () => ({ "HX-Request": "true", "X-CSRFToken": document.querySelector('meta[name="csrf-token"]')?.content ?? "" });
const known = (base) => JSON.parse(sessionStorage.getItem(store(base)) ?? "{}");

function remember(base, file, id) {
  const all = known(base);
  const name = `${file.name}|${file.size}|${file.lastModified}`;
  if (id) all[name] = id; else delete all[name];
  sessionStorage.setItem(store(base), JSON.stringify(all));
}

/** One call, with the progress of its body. Gives { status, html, json, text }; status 0 where no answer came. */
function call(method, url, body, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    if (body instanceof Blob) request.setRequestHeader("Content-Type", "application/octet-stream");
    request.timeout = 60_000;
    request.upload.addEventListener("progress", (event) => onProgress?.(event.loaded));
    request.addEventListener("load", () => {
      const type = request.getResponseHeader("Content-Type") ?? "";
      const text = request.responseText;
      resolve({ status: request.status, html: type.startsWith("text/html") ? text : "", json: type.startsWith("application/json") ? JSON.parse(text) : null, text: type.startsWith("text/plain") ? text : "" });
    });
    for (const ending of ["error", "timeout"]) request.addEventListener(ending, () => resolve({ status: 0, html: "", json: null, text: "" }));
    signal.addEventListener("abort", () => { request.abort(); reject(signal.reason); }, { once: true });
    request.send(body);
  });
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    window.addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
    signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}

/** An answer, however often it takes; throws Refused for a refusal, Broken when nothing answered for long. */
async function patient(ask, signal) {
  for (let turn = 0; ; turn += 1) {
    const answer = await ask();
    if (answer.status && answer.status < 500 && answer.status !== 429) {
      if (answer.status >= 400 && ![404, 409].includes(answer.status)) throw new Refused(answer.text);
      return answer;
    }
    if (turn >= PAUSES.length) throw new Broken();
    await pause(PAUSES[turn], signal);
  }
}

async function begin(base, file, signal) {
  const id = known(base)[`${file.name}|${file.size}|${file.lastModified}`];
  if (id) {
    const there = await patient(() => call("GET", `${base}${id}/`, null, signal), signal);
    if (there.status === 200) return there;
  }
  const body = new FormData();
  body.set("name", file.name);
  body.set("size", String(file.size));
  const answer = await patient(() => call("POST", base, body, signal), signal);
  if (answer.json) remember(base, file, answer.json.id);
  return answer;
}

/** Send a file to `base` part by part. Gives the fragment that the server makes of it. */
export async function inParts(base, file, { signal, onProgress }) {
  try {
    let answer = await begin(base, file, signal);
    const id = answer.json?.id;
    while (!answer.html) {
      if (!answer.json) throw new Refused(answer.text);
      const { offset, part } = answer.json;
      const url = `${base}${id}/`;
      // A part whose answer got lost is asked after before it is sent again.
      let first = true;
      answer = await patient(async () => {
        if (!first) {
          const there = await call("GET", url, null, signal);
          if (there.html || there.json?.offset !== offset) return there;
        }
        first = false;
        return call("POST", `${url}?offset=${offset}`, file.slice(offset, offset + part), signal, (sent) => onProgress((offset + sent) / file.size));
      }, signal);
      if (answer.status === 409) answer = await patient(() => call("GET", url, null, signal), signal);
    }
    remember(base, file, 0);
    return answer.html;
  } catch (trouble) {
    if (trouble instanceof Refused) remember(base, file, 0);
    throw trouble;
  }
}

/** Let go of a file that was on its way. */
export function dropUpload(base, file) {
  const id = known(base)[`${file.name}|${file.size}|${file.lastModified}`];
  if (!id) return;
  remember(base, file, 0);
  fetch(`${base}${id}/drop/`, { method: "POST", headers: headers(), keepalive: true }).catch(() => {}); // it goes by itself after a day
}
