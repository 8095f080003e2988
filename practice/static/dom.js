// Small helpers: elements without HTML strings, calls to the square, and time in words.

export const $ = (id) => document.getElementById(id);

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, work] of Object.entries(value)) node.addEventListener(event, work);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name in node && name !== "list" && !name.startsWith("aria")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

export const face = (person, size) =>
  el("img", { src: `/faces/${person.id}.svg`, alt: "", width: size, height: size, className: person.is_brand ? "face shop" : "face" });

export class Refused extends Error {}

export async function call(method, path, fields) {
  let answer;
  try {
    answer = await fetch(`/_chowk${path}`, {
      method,
      headers: fields ? { "content-type": "application/json" } : {},
      body: fields ? JSON.stringify(fields) : undefined,
    });
  } catch {
    throw new Refused("The square is not answering. Is the practice network still running?");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(body.error ? `${body.error.field}: ${body.error.reason}` : `Refused (${answer.status})`);
  return body;
}

let hideToast = 0;
export function toast(text, isProblem = false) {
  const node = $("toast");
  node.textContent = text;
  node.className = isProblem ? "toast shown bad" : "toast shown";
  clearTimeout(hideToast);
  hideToast = setTimeout(() => node.classList.remove("shown"), isProblem ? 6000 : 2600);
}

// Runs a piece of work and says in words what went wrong.
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    toast(error.message, true);
    return undefined;
  }
}

export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

export function ago(ms) {
  const age = Date.now() - ms;
  if (age < 5000) return "now";
  if (age < 6 * 86400000) return span(age);
  return new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" }).format(ms);
}

// Text with its handles, tags and links picked out; everything goes in as text, never as HTML.
export function prose(pieces, lang) {
  const node = el("p", { className: "prose", dir: "auto", lang: lang && lang !== "und" ? lang : null });
  for (const [kind, text] of pieces) {
    if (kind === "text") node.append(text);
    else if (kind === "link") node.append(el("a", { href: text, rel: "noreferrer noopener", target: "_blank", dir: "ltr" }, text));
    else node.append(el("bdi", { className: kind }, text));
  }
  return node;
}
