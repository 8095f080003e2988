// Letters that people type interchangeably become one: core/folding.py's folding, for lists that are searched in the page.
// tests/inbox/test_composer_browser.py holds the two against each other.

const PAIRS = new Map([
  ..."يىئېۍ".split("").map((letter) => [letter, "ی"]), ["ك", "ک"], ["ڪ", "ک"],
  ..."ۀةہۂھەۃ".split("").map((letter) => [letter, "ه"]), ..."أإآٱ".split("").map((letter) => [letter, "ا"]), ["ؤ", "و"],
  ...Array.from({ length: 10 }, (_nothing, n) => [String.fromCodePoint(0x660 + n), String(n)]),
  ...Array.from({ length: 10 }, (_nothing, n) => [String.fromCodePoint(0x6f0 + n), String(n)]),
]);
const DROPPED = /[\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

const step = (text) => [...text.replace(DROPPED, "")].map((letter) => PAIRS.get(letter) ?? letter).join("");

/** A text as search sees it. */
export function fold(text) {
  const levelled = step(text.normalize("NFKC").toLowerCase()).normalize("NFKC");
  return step(levelled.toLowerCase()).replace(/[\s\x1c-\x1f\x85]+/gu, " ").trim();
}
