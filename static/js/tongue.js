// What language is being typed: the field's lang attribute follows it (typeface, spell-check), and where the customer writes another one
// a quiet line says so. By letters only: languages of Latin letters are not told apart.

const SCRIPTS = ["Latin", "Arabic", "Cyrillic", "Greek", "Hebrew", "Devanagari", "Bengali", "Gurmukhi", "Thai", "Han", "Hiragana", "Katakana", "Hangul"].map((name) => [name, new RegExp(`\\p{Script=${name}}`, "gu")]);
// Letters that only one of the languages of Arabic letters has. A kaf or yeh of the Arabic keyboard proves nothing.
const OWN = { ur: /[ٹڈڑںےہھۓ]/u, fa: /[پچژگ]/u, ar: /[ةىإأ]/u };
const THINGS = /https?:\/\/\S+|\S+@\S+|[@#]\S+|\{\{[^{}]*\}\}/gu;
const ENOUGH = 6; // letters before anything is said

/** The script most letters are of, and how many those are. */
export function scriptOf(text) {
  const words = text.replace(THINGS, " ");
  const found = SCRIPTS.map(([name, pattern]) => [name, (words.match(pattern) ?? []).length]).sort((a, b) => b[1] - a[1])[0];
  const name = ["Han", "Hiragana", "Katakana"].includes(found[0]) ? "Han" : found[0];
  return found[1] ? { name, letters: found[1] } : { name: "", letters: 0 };
}

/** ur, fa or ar by their own letters; empty where those prove nothing. */
export function arabicOf(text) {
  if (OWN.ur.test(text)) return "ur";
  if (OWN.ar.test(text)) return "ar";
  return OWN.fa.test(text) ? "fa" : "";
}

/** What is typed where the customer writes something else: a language code, or a script's name; empty where they agree. */
export function differs(typed, theirs) {
  const mine = scriptOf(typed);
  if (mine.letters < ENOUGH || !theirs.script) return "";
  if (mine.name !== theirs.script) return mine.name === "Arabic" ? arabicOf(typed) || "Arabic" : mine.name;
  if (mine.name !== "Arabic" || !["ur", "fa", "ar"].includes(theirs.lang)) return "";
  const own = arabicOf(typed);
  // Urdu has the letters of Persian, and Persian names stand in Urdu: only what cannot be the customer's own language is said.
  if (!own || own === theirs.lang || (own === "fa" && theirs.lang === "ur")) return "";
  return own;
}

function look(form) {
  const place = form.querySelector("[data-tongue]");
  if (!place) return;
  const field = form.querySelector("textarea");
  const script = scriptOf(field.value);
  const theirs = { lang: place.dataset.lang, script: scriptOf(place.dataset.sample).name };
  const sameScript = script.name === theirs.script;
  field.lang = script.name === "Arabic" ? arabicOf(field.value) || (sameScript ? theirs.lang : "") : sameScript ? theirs.lang : "";
  if (!field.lang) field.removeAttribute("lang");
  const yours = form.dataset.kind === "note" ? "" : differs(field.value, theirs);
  const names = JSON.parse(place.dataset.names);
  const words = yours ? place.dataset.words.replace("[theirs]", names[theirs.lang] ?? names[theirs.script] ?? theirs.script).replace("[yours]", names[yours] ?? yours) : "";
  // Said once, not at every key.
  if (place.textContent !== words) place.textContent = words;
  place.hidden = !words;
}

export function startTongue() {
  document.addEventListener("input", (event) => { if (event.target.matches?.("form.composer textarea")) look(event.target.form); });
  document.addEventListener("change", (event) => { if (event.target.name === "kind" && event.target.form?.matches("form.composer")) look(event.target.form); });
  for (const name of ["rabta:sent", "rabta:opened"]) document.addEventListener(name, () => { const form = document.querySelector("form.composer"); if (form) look(form); });
}
