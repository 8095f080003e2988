// Choosing a day in the person's own calendar: a month as its calendar draws it, walked by arrow keys. What is sent is the Gregorian
// day; the browser's Intl knows the calendars.

const DAY = 86_400_000;
const calendars = { jalali: "persian", hijri: "islamic-umalqura", gregorian: "gregory" };
const root = document.documentElement;
const calendar = () => calendars[root.dataset.calendar] ?? "gregory";
const drawn = (options) => new Intl.DateTimeFormat(`${root.lang}-u-ca-${calendar()}`, { timeZone: "UTC", ...options });
const iso = (day) => new Date(day).toISOString().slice(0, 10);

/** Today in the person's zone, as a day at midnight UTC. */
function today() {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: root.dataset.timeZone || undefined }).format(new Date());
  return Date.parse(`${parts}T00:00:00Z`);
}

const inMonth = (day) => Number(new Intl.DateTimeFormat(`en-u-ca-${calendar()}-nu-latn`, { timeZone: "UTC", day: "numeric" }).format(day));
const firstOf = (day) => day - (inMonth(day) - 1) * DAY;

function lastOf(first) {
  let day = first + 27 * DAY;
  while (inMonth(day + DAY) !== 1) day += DAY;
  return day;
}

/** The grid of the month in which `day` lies, with that day in the keyboard's reach. */
function draw(fields, day) {
  let grid = fields.querySelector("[data-later-grid]");
  if (!grid) {
    grid = document.createElement("div");
    grid.dataset.laterGrid = "";
    grid.className = "later-grid";
    grid.setAttribute("role", "grid");
    fields.append(grid);
  }
  const first = firstOf(day);
  const last = lastOf(first);
  const week = root.lang === "en" ? 1 : 6; // weeks begin on Monday, or on Saturday
  const blanks = (new Date(first).getUTCDay() - week + 7) % 7;
  const title = document.createElement("b");
  title.textContent = drawn({ month: "long", year: "numeric" }).format(first);
  const cells = [title, ...Array.from({ length: blanks }, () => document.createElement("span"))];
  for (let one = first; one <= last; one += DAY) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: drawn({ day: "numeric" }).format(one).replace(/[^\p{Nd}]/gu, "") || String(inMonth(one)), tabIndex: one === day ? 0 : -1, disabled: one < today() });
    button.dataset.laterPick = String(one);
    button.dataset.stay = "";
    button.setAttribute("aria-label", drawn({ dateStyle: "full" }).format(one));
    if (one === day) button.setAttribute("aria-current", "date");
    cells.push(button);
  }
  grid.replaceChildren(...cells);
  grid.hidden = false;
  grid.querySelector("[tabindex='0']")?.focus({ preventScroll: true });
}

function close(fields) {
  const grid = fields.querySelector("[data-later-grid]");
  if (grid) grid.hidden = true;
  const opener = fields.querySelector("[data-later-open]");
  opener.setAttribute("aria-expanded", "false");
  opener.focus({ preventScroll: true });
}

/** Where the person's calendar is another one than the browser's field draws, the button takes its place. */
export function wakeLater(home = document) {
  if (calendar() === "gregory") return;
  for (const fields of home.querySelectorAll("[data-later-fields]")) {
    fields.querySelector("[data-later-day]").closest("label").hidden = true;
    fields.querySelector("[data-later-open]").hidden = false;
  }
}

const STEPS = { ArrowDown: 7, ArrowUp: -7, PageDown: 30, PageUp: -30 };

export function startLater() {
  document.addEventListener("beforetoggle", () => wakeLater(), true);
  document.addEventListener("toggle", () => wakeLater(), true);
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-later-open]");
    if (opener) {
      const fields = opener.closest("[data-later-fields]");
      opener.setAttribute("aria-expanded", "true");
      draw(fields, Date.parse(fields.querySelector("[data-later-day]").value) || today());
      return;
    }
    const pick = event.target.closest("[data-later-pick]");
    if (!pick) return;
    const fields = pick.closest("[data-later-fields]");
    const day = Number(pick.dataset.laterPick);
    fields.querySelector("[data-later-day]").value = iso(day);
    fields.querySelector("[data-later-shown]").textContent = drawn({ dateStyle: "medium" }).format(day);
    close(fields);
  });
  document.addEventListener("keydown", (event) => {
    const pick = event.target.closest?.("[data-later-pick]");
    if (!pick) return;
    const fields = pick.closest("[data-later-fields]");
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(fields); return; }
    const sideways = root.dir === "rtl" ? -1 : 1;
    const step = { ArrowRight: sideways, ArrowLeft: -sideways, ...STEPS }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    draw(fields, Math.max(today(), Number(pick.dataset.laterPick) + step * DAY));
  }, true);
}
