// Which steps have their numbers here, window by window, and asking for more before the visitor gets to them.

import { Question } from "../shared/question.js";

const LEAD = 60;
const STRIDE = 10;

/** The numbers of all steps that have come so far. A window has `first`, `count`, and `series` by the recipe's keys. */
export class Steps {
  constructor(total) {
    this.windows = new Array(total).fill(null);
  }

  get total() {
    return this.windows.length;
  }

  add(window) {
    this.windows.fill(window, window.first, window.first + window.count);
  }

  at(t) {
    return this.windows[t];
  }

  has(t) {
    return this.windows[t] !== null;
  }

  /** The numbers of `key` at step `t`; null where they are not here. */
  row(key, t) {
    const window = this.windows[t];
    return window && cut(window.series[key], t - window.first);
  }

  /** The steps around `t` that are here without a gap: the first, and the first after them that is not. */
  reach(t) {
    let { first, count } = this.windows[t];
    let end = first + count;
    while (end < this.total && this.has(end)) end = this.windows[end].first + this.windows[end].count;
    while (first > 0 && this.has(first - 1)) ({ first } = this.windows[first - 1]);
    return [first, end];
  }
}

/** Row `k` of a series, without a copy. */
export function cut({ values, stride, start, units }, k) {
  return values.subarray(k * stride + start, k * stride + start + units);
}

/**
 * Asks for windows: for the selected step, for what else the picture shows, and ahead of where the visitor goes; and for
 * the matrices of gates that are looked at. `onAsk({first, gate})` takes what is wanted, null for neither.
 */
export class Ahead {
  constructor({ onAsk }) {
    this.onAsk = onAsk;
    this.question = new Question({ onLost: () => this.look() });
  }

  /** Begins anew with the steps of another model; `size` is how many come at once. */
  begin(steps, size) {
    Object.assign(this, { steps, size, t: null, shown: null, going: 0, gates: new Set() });
    this.question.close();
  }

  /** Hears where the visitor is and which steps the picture shows, its first and its last. */
  follow(t, shown) {
    const moved = this.t === null ? 0 : t - this.t;
    if (moved) this.going = Math.abs(moved) <= STRIDE ? Math.sign(moved) : 0;
    Object.assign(this, { t, shown });
    if (!this.question.open) this.look();
  }

  /** Hears whose matrices are wanted; or that they have come. */
  want(gate) {
    this.gates.add(gate);
    if (!this.question.open) this.look();
  }

  came(gates) {
    for (const gate of gates) this.gates.delete(gate);
    this.question.close();
  }

  look() {
    const first = this.wanted();
    const [gate = null] = this.gates;
    if (first !== null || gate !== null) this.question.ask(() => this.onAsk({ first, gate }));
  }

  /** Where the window begins that is wanted next; null where nothing is. */
  wanted() {
    const { steps, size, t, shown, going } = this;
    if (t === null) return null;
    const full = (first) => Math.max(0, Math.min(steps.total - size, first));
    if (!steps.has(t)) return full(t - Math.floor(size / 2));
    const [begin, end] = steps.reach(t);
    if (end < steps.total && end <= Math.max(shown[1], going > 0 ? t + LEAD : 0)) return full(end);
    if (begin > 0 && begin > Math.min(shown[0], going < 0 ? t - LEAD : t)) return full(begin - size);
    return null;
  }
}
