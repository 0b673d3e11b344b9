// Which formulas a tour's file may have: the rules of Python, by which a file is read.

const PARTS = /(\\.|`[^`\n]+`|(?<!\$)\$[^$\n]+\$(?!\$))/u;
const TOKENS = /\\[A-Za-z]+|\\.|\S/gu;
const DELIMITER = /^(?:[()[\]|./<>]|\\[{}|]|\\[lr](?:angle|brace|floor|ceil|vert|Vert))$/;

/** A text in parts that together are the text; every second one is code, a formula, or an escaped character. */
export function parts(text) {
  return text.split(PARTS);
}

/** Whether a formula, without its signs, is one that a tour may have. */
export function isFormula(formula, { latex, bare, nested }) {
  if (formula !== formula.trim()) return false;
  const tokens = formula.match(TOKENS) ?? [];
  try {
    return new Reader(tokens, { latex, bare, nested }).row(0, null, 0) === tokens.length;
  } catch (error) {
    if (error === REFUSED) return false;
    throw error;
  }
}

const REFUSED = new Error("no formula of a tour");

class Reader {
  constructor(tokens, rules) {
    Object.assign(this, { tokens, rules });
  }

  must(holds) {
    if (!holds) throw REFUSED;
  }

  argumentsOf(sign) {
    return Object.hasOwn(this.rules.latex, sign) ? this.rules.latex[sign] : undefined;
  }

  row(from, closing, depth) {
    const { tokens } = this;
    let at = from;
    let raised = new Set();
    while (at < tokens.length && !["}", "\\right", closing].includes(tokens[at])) {
      const sign = tokens[at];
      if (sign === "_" || sign === "^") {
        this.must(!raised.has(sign));
        raised.add(sign);
        at = this.argument(at + 1, depth);
      } else {
        raised = new Set();
        at = this.one(at, depth);
      }
    }
    this.must(closing === null || tokens[at] === closing);
    return at;
  }

  one(from, depth) {
    const { tokens } = this;
    const sign = tokens[from];
    this.must(depth <= this.rules.nested);
    if (sign === "{") return this.row(from + 1, "}", depth + 1) + 1;
    if (sign === "\\left") return this.delimiter(this.row(this.delimiter(from), "\\right", depth + 1));
    this.must(!["#", "&", "%", "\\"].includes(sign));
    if (!sign.startsWith("\\")) return from + 1;
    const wanted = this.argumentsOf(sign);
    this.must(wanted !== undefined);
    let at = from + 1;
    if (sign === "\\sqrt" && tokens[at] === "[") at = this.row(at + 1, "]", depth + 1) + 1;
    for (let k = 0; k < wanted; k += 1) at = this.argument(at, depth);
    return at;
  }

  argument(at, depth) {
    const { tokens, rules } = this;
    this.must(at < tokens.length && !["}", "_", "^", "\\right"].includes(tokens[at]));
    this.must(tokens[at] !== "\\left" && (!this.argumentsOf(tokens[at]) || rules.bare.includes(tokens[at])));
    return this.one(at, depth + 1);
  }

  delimiter(at) {
    this.must(at + 1 < this.tokens.length && DELIMITER.test(this.tokens[at + 1]));
    return at + 2;
  }
}
