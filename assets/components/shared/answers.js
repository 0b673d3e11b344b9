// What a trained network outputs at each step, in words, beside the target.

export class Answers {
  constructor({ tag, noun, names, first, output, target, p, correct, within }) {
    Object.assign(this, { tag, noun, names, first, output, target, p, correct, within });
  }

  /** {output, p, target, correct} of step `t`, p and target null where there is none; null where there is no output. */
  at(t) {
    const k = t - this.first;
    const output = this.names[this.output.values[k]];
    if (output === undefined) return null;
    const p = this.p.values[k];
    return {
      output,
      p: Number.isNaN(p) ? null : p,
      target: this.names[this.target.values[k]] ?? null,
      correct: Number.isNaN(this.correct.values[k]) ? null : this.correct.values[k] === 1,
    };
  }

  /** How many of its outputs are wrong, and of how many the target is known. */
  counts() {
    const known = this.correct.values.filter((value) => !Number.isNaN(value));
    return { wrong: known.filter((value) => value === 0).length, known: known.length };
  }

  /** The last step that has an output. */
  get last() {
    return this.first + this.output.values.length - 1;
  }

  /** Whether there is one output for the whole sequence. */
  get isSingle() {
    return this.first === this.last;
  }

  /** Step `t` in words: “depth 2 (p = 0.982), correct”; of a step without an output, those of the last that has one. */
  sentence(t) {
    const here = this.at(t);
    if (!here && t !== this.last) return `${this.before()}at t = ${this.last}, ${this.words(this.last)}`;
    return `${this.before()}${this.words(t)}`;
  }

  words(t) {
    const one = this.at(t);
    if (!one) return "none";
    const p = one.p === null ? "" : ` (p = ${one.p.toFixed(3)})`;
    const told = one.correct === null ? "" : one.correct ? `, correct${one.target === one.output ? "" : `: within ${this.within} of the target ${one.target}`}` : `, wrong: target ${this.quoted(one.target)}`;
    return `${this.quoted(one.output)}${p}${told}`;
  }

  before() {
    return this.tag ? `${this.tag}: ` : "";
  }

  named(name) {
    return this.noun ? `${this.noun} ${name}` : name;
  }

  quoted(name) {
    return this.noun ? this.named(name) : `“${name}”`;
  }
}
