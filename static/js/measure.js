// How long a network counts a text. The rules come with the form as JSON (social.networks.features.Counting): the network's file on the
// server is the judge, this warns while typing. tests/inbox/test_measure.py holds the two against each other.

const segmenter = typeof Intl.Segmenter === "function" ? new Intl.Segmenter("en", { granularity: "grapheme" }) : null;
const patterns = new Map(); // source → RegExp

function pattern(source) {
  if (!patterns.has(source)) patterns.set(source, new RegExp(source, "giu"));
  return patterns.get(source);
}

/** Code points, of which those outside of the light ranges count two. */
function points(text, light) {
  let sum = 0;
  for (const character of text) {
    const code = character.codePointAt(0);
    sum += !light.length || light.some(([from, to]) => code >= from && code <= to) ? 1 : 2;
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

/** How long a text is by these rules. */
export function measure(text, rules) {
  if (rules.unit === "utf16") return text.length;
  if (rules.unit === "utf8") return new TextEncoder().encode(text).length;
  if (rules.unit === "graphemes" && segmenter) return [...segmenter.segment(text)].length;
  const sources = [[rules.links, rules.linkWeight], [rules.emoji, rules.emojiWeight]].filter(([source]) => source);
  if (!sources.length) return points(text, rules.light);
  // Links first: an emoji in one belongs to it. The patterns have no groups, so that a split leaves what lies between.
  let [pieces, sum] = [[text.normalize("NFC")], 0];
  for (const [source, weight] of sources) {
    const left = pieces.flatMap((piece) => piece.split(pattern(source)));
    sum += (left.length - pieces.length) * weight;
    pieces = left;
  }
  return pieces.reduce((total, piece) => total + points(piece, rules.light), sum);
}

/** The rules that a form, or a channel in it, came with. */
export function rulesOf(node) {
  const holder = node.matches("[data-counting]") ? node : node.querySelector("[data-counting]");
  node.rules ??= JSON.parse(holder?.dataset.counting ?? '{"unit": "letters", "light": []}');
  return node.rules;
}
