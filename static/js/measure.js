// How long a network counts a text. The rules come with the form as data attributes (the network's file on the server is the judge;
// this only warns while typing): data-url-weight counts every link as that many characters, data-light lists the code point ranges
// that count one while all others count two, data-emoji-weight is what one drawn emoji counts. With data-graphemes what a person sees
// as one character counts one.

const LINK = /\bhttps?:\/\/[^\s]+/giu;
const segmenter = typeof Intl.Segmenter === "function" ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

function weigh(text, light, emojiWeight) {
  if (!light) return [...text].length;
  let sum = 0;
  const parts = segmenter ? [...segmenter.segment(text)].map((part) => part.segment) : [...text];
  for (const part of parts) {
    if (emojiWeight && EMOJI.test(part)) { sum += emojiWeight; continue; }
    for (const character of part) {
      const code = character.codePointAt(0);
      sum += light.some(([from, to]) => code >= from && code <= to) ? 1 : 2;
    }
  }
  return sum;
}

/** In how many parts a text travels that are paid for singly: data-alphabet counts one, data-escaped two, all else makes it wide. */
export function partsOf(text, rules) {
  const [single, joined, wideSingle, wideJoined] = rules.parts.split(" ").map(Number);
  const letters = [...text];
  const plain = letters.every((letter) => rules.alphabet.includes(letter) || rules.escaped.includes(letter));
  const size = plain ? letters.length + letters.filter((letter) => rules.escaped.includes(letter)).length : text.length;
  const [one, each] = plain ? [single, joined] : [wideSingle, wideJoined];
  return size <= one ? 1 : Math.ceil(size / each);
}

export function measure(text, rules) {
  if (rules.graphemes && segmenter) return [...segmenter.segment(text)].length;
  const light = rules.light ? rules.light.split(" ").map((pair) => pair.split("-").map(Number)) : null;
  const urlWeight = Number(rules.urlWeight || 0);
  const emojiWeight = Number(rules.emojiWeight || 0);
  const normal = text.normalize("NFC");
  if (!urlWeight) return weigh(normal, light, emojiWeight);
  const links = normal.match(LINK) ?? [];
  return weigh(normal.replace(LINK, ""), light, emojiWeight) + links.length * urlWeight;
}
