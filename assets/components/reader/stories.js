// What the two tasks of the home page do with the text in the field: words or characters, and what is changed in them.

const FIRST = /^(\s*)(yes|no)(?![\p{L}\p{N}'’])/iu;

/** For each task: the label of the button that changes one thing in a text, and the text after it. */
export const CHANGES = {
  "first-word": {
    label: (text) => `Change the first word to “${other(text) ?? "no"}”`,
    change: (text) => text.replace(FIRST, (_, blank) => `${blank}${other(text)}`),
  },
  brackets: { label: () => "Remove the first “)”", change: (text) => text.replace(")", "") },
};

function other(text) {
  const found = FIRST.exec(text);
  return found && (found[2].toLowerCase() === "yes" ? "no" : "yes");
}

/** How many columns a text needs that was not computed yet. */
export function countOf(text, isOfWords) {
  return isOfWords ? text.split(/\s+/).filter(Boolean).length : [...text].length;
}

/** How many tokens from the left stand in the text as they were computed. */
export function validOf(now, { text, ends, isOfWords }) {
  let same = 0;
  while (same < text.length && text[same] === now[same]) same += 1;
  const isWhole = (end) => end < same || (end === same && (!isOfWords || end === now.length || /\s/.test(now[end])));
  const broken = ends.findIndex((end) => !isWhole(end));
  return broken < 0 ? ends.length : broken;
}

/** The step of the token before a place in the text. */
export function stepAt(place, { ends }) {
  const found = ends.findIndex((end) => end >= place);
  return found < 0 ? ends.length - 1 : found;
}
