// Keeps <time data-when> right as minutes pass, and draws what only the browser can: the Hijri calendar.
// The server has already written every time in the person's zone; this module only replaces text that would differ.

const root = document.documentElement;
const NUMBERS = { fa: "arabext", ar: "arab", ur: "latn" };
const CALENDARS = { gregorian: "gregory", jalali: "persian", hijri: "islamic-umalqura" };

/** The reader's language, calendar and digits, for Intl. */
export function locale() {
  const lang = root.lang || "en";
  const nu = NUMBERS[lang.slice(0, 2)];
  return `${lang}-u-ca-${CALENDARS[root.dataset.calendar] ?? "gregory"}${nu ? `-nu-${nu}` : ""}`;
}

const made = new Map();
function format(options) {
  const key = JSON.stringify(options) + locale();
  if (!made.has(key)) {
    made.set(key, new Intl.DateTimeFormat(locale(), { timeZone: root.dataset.timeZone || undefined, ...options }));
  }
  return made.get(key);
}

const DAY = 86400;
function ago(then, now) {
  const seconds = Math.max((now - then) / 1000, 0);
  if (seconds >= 7 * DAY) return null;
  const words = document.body.dataset;
  const [n, unit] = seconds < 60 ? [0, "now"] : seconds < 3600 ? [seconds / 60, "minute"]
    : seconds < DAY ? [seconds / 3600, "hour"] : [seconds / DAY, "day"];
  if (unit === "now") return words.agoNow || null;
  const pattern = words[`ago${unit[0].toUpperCase()}${unit.slice(1)}`];
  if (!pattern) return null;
  return pattern.replace("%n", new Intl.NumberFormat(locale()).format(Math.floor(n)));
}

/** How long until then, in the reader's own words: two parts at most. */
function left(then, now) {
  const minutes = Math.max(Math.ceil((then - now) / 60_000), 0);
  const parts = [[Math.floor(minutes / 1440), "day"], [Math.floor(minutes / 60) % 24, "hour"], [minutes % 60, "minute"]];
  const first = parts.findIndex(([n]) => n > 0);
  const shown = first < 0 ? [parts[2]] : parts.slice(first, first + 2).filter(([n]) => n > 0);
  return shown.map(([n, unit]) => new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "long" }).format(n)).join(" ");
}

const HIJRI = {
  date: { day: "numeric", month: "long", year: "numeric" },
  full: { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hour12: false },
  day: { day: "numeric", month: "long" },
  soon: { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", hour12: false },
};

function draw(element, now) {
  const then = new Date(element.dateTime);
  if (Number.isNaN(then.getTime())) return;
  const style = element.dataset.when;
  let text = null;
  if (style === "ago") text = ago(then, now);
  if (style === "left") text = left(then, now);
  if (root.dataset.calendar === "hijri") {
    if (style === "day" && now - then < 2 * DAY * 1000) text = null; // “Today” and “Yesterday” stay words
    else if (HIJRI[style]) text = format(HIJRI[style]).format(then);
    else if (style === "ago" && text === null) text = format(HIJRI.day).format(then);
    element.title = format(HIJRI.full).format(then);
  }
  if (text !== null && element.textContent !== text) element.textContent = text;
}

/** Redraw every time below `scope`. */
export function drawTimes(scope = document) {
  const now = Date.now();
  scope.querySelectorAll("time[data-when]").forEach((element) => draw(element, now));
}

export function startTimes() {
  drawTimes();
  setInterval(() => { if (!document.hidden) drawTimes(); }, 20_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) drawTimes(); });
  if (root.dataset.calendar === "hijri") document.addEventListener("htmx:after:swap", () => drawTimes());
}
