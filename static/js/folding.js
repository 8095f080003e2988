// core/folding.py once more, for what the browser looks through itself: letters that people type interchangeably become one, marks and
// joiners go, digits become ASCII. A test holds both against each other.

const FROM = "يىئېۍكڪۀةہۂھەۃأإآٱؤ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹";
const TO = "یییییککهههههههااااو01234567890123456789";
const PAIRS = new Map([...FROM].map((letter, place) => [letter, TO[place]]));
const DROPPED = /[\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

const step = (text) => [...text.toLowerCase()].map((letter) => PAIRS.get(letter) ?? letter).join("").replace(DROPPED, "");

/** `text` as search and matching see it. */
export function fold(text) {
  return step(step(text.normalize("NFKC")).normalize("NFKC")).replace(/\s+/g, " ").trim();
}
