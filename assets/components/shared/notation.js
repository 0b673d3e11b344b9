// The letters of weights in another notation than torch's, by the table that Python sends; see rnnviz/notation.py.

const TOKEN = /(^|[^A-Za-z0-9_\\])([Wb])(?:_\{([a-z]{1,2})\}|<sub>([a-z]{1,2})<\/sub>|_([a-z]{1,2})(?![A-Za-z0-9_]))/g;

/** A formula, HTML or a sentence in torch's letters, with those of `letters`, LaTeX by `W_ih`; as it is without. */
export function rewritten(text, letters) {
  if (!letters) return text;
  return text.replace(TOKEN, (found, before, letter, braced, marked, bare) => {
    const latex = letters[`${letter}_${braced ?? marked ?? bare}`];
    if (latex === undefined) return found;
    if (marked) return before + inHtml(latex);
    return before + (braced ? latex : latex.replace(/[{}]/g, ""));
  });
}

function inHtml(latex) {
  return latex.replace(/_\{(\w+)\}/g, "<sub>$1</sub>").replace(/\^\{(\w+)\}/g, "<sup>$1</sup>");
}

/** The same of every text in plain data. */
export function translated(value, letters) {
  if (typeof value === "string") return rewritten(value, letters);
  if (Array.isArray(value)) return value.map((part) => translated(part, letters));
  if (value?.constructor !== Object) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, translated(part, letters)]));
}
