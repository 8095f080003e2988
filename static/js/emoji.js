// Emoji in the composer: : and two letters of a name, in English, Urdu, Persian or Arabic, whatever the keyboard; the button shows those
// used last. The names (static/vendor/emoji) come with the first colon.
import { fold } from "./fold.js";
import { offer } from "./suggest.js";

const STORE = "rabta.emoji";
const OFFERED = 10;
const KEPT = 30;
let known = null; // promise of [{ emoji, names: [shown in the page's language, …], words: folded words }]

function recent() {
  try { return JSON.parse(localStorage.getItem(STORE) ?? "[]").filter((emoji) => typeof emoji === "string").slice(0, KEPT); } catch { return []; }
}

async function load(holder) {
  const language = document.documentElement.lang.slice(0, 2);
  const files = JSON.parse(holder.dataset.emoji);
  const rows = new Map();
  // The page's own language first: its name is the one that is shown.
  for (const code of Object.keys(files).sort((a, b) => (b === language) - (a === language))) {
    const answer = await fetch(files[code]);
    if (!answer.ok) throw new Error(`emoji: ${answer.status}`);
    for (const [emoji, name, more] of await answer.json()) {
      const row = rows.get(emoji) ?? rows.set(emoji, { emoji, name, words: [], names: [] }).get(emoji);
      row.names.push(fold(name));
      row.words.push(...fold(`${name} ${more}`).split(" "));
    }
  }
  return [...rows.values()];
}

/** How well a row fits: 0 for none, the whole name before the beginning of one, before the beginning of any word. */
function rank(row, wanted) {
  if (row.names.some((name) => name === wanted)) return 3;
  if (row.names.some((name) => name.startsWith(wanted))) return 2;
  return row.words.some((word) => word.startsWith(wanted)) ? 1 : 0;
}

function option(row, number) {
  const item = document.createElement("li");
  Object.assign(item, { className: "suggest-option suggest-emoji", id: `suggest-${number + 1}` });
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.value = row.emoji;
  const sign = document.createElement("span");
  Object.assign(sign, { className: "suggest-sign", textContent: row.emoji });
  sign.setAttribute("aria-hidden", "true");
  const name = document.createElement("bdi");
  name.textContent = row.name;
  item.append(sign, name);
  return item;
}

async function find(form, words) {
  known ??= load(form.querySelector("[data-suggest]")).catch((trouble) => { known = null; throw trouble; });
  const rows = await known;
  const last = recent();
  // What _ joins in other programs' short names is apart here.
  const wanted = fold(words.replace(/_/g, " "));
  if (!wanted) {
    const by = new Map(rows.map((row) => [row.emoji, row]));
    const shown = [...last.map((emoji) => by.get(emoji)).filter(Boolean), ...rows].filter((row, at, all) => all.indexOf(row) === at);
    return shown.slice(0, OFFERED).map(option);
  }
  const fitting = rows.map((row, at) => ({ row, at, rank: rank(row, wanted), used: last.indexOf(row.emoji) })).filter((each) => each.rank);
  const age = (each) => (each.used < 0 ? KEPT : each.used);
  fitting.sort((a, b) => age(a) - age(b) || b.rank - a.rank || a.at - b.at);
  return fitting.slice(0, OFFERED).map((each, number) => option(each.row, number));
}

export function startEmoji() {
  offer(":", {
    label: "emojiLabel",
    least: 2,
    local: true,
    find,
    choose: (_form, chosen) => {
      const emoji = chosen.dataset.value;
      localStorage.setItem(STORE, JSON.stringify([emoji, ...recent().filter((other) => other !== emoji)].slice(0, KEPT)));
      return emoji;
    },
  });
}
