// Words that a network does not have in its vocabulary, marked alike in every widget: a dotted line, and [UNK] in words.

const MARK = "[UNK]";

/** A token as a sentence has it; `mark` is what the vocabulary has for words that are not in it, if not [UNK]. */
export function tokenSaid(token, isUnknown, mark = MARK) {
  return isUnknown ? `${token} ${mark || MARK}` : token;
}

/** A character as the network gets it, with the one that it stands for, if the text has another one there. */
export function readAs(said, typed) {
  return tokenSaid(said, typed !== undefined, `${MARK}, in place of “${typed}”`);
}

/** The dotted line on a canvas, in the colour of its strokes. */
export function dots(pen, left, right, y) {
  pen.save();
  pen.lineWidth = 1.5;
  pen.setLineDash([1.5, 2.5]);
  pen.beginPath();
  pen.moveTo(left, y);
  pen.lineTo(right, y);
  pen.stroke();
  pen.restore();
}

/** The dotted line under the node of a word, or none. */
export function underline(node, isUnknown) {
  node.style.textDecoration = isUnknown ? "underline dotted" : "none";
}
