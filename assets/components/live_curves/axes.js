// Axes: where a number stands, and which numbers are written beside them.

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** An axis from `low` to `high`, logarithmic or not, of which the part from..to (as shares of the whole) is in view. */
export class Axis {
  constructor({ low, high, log, written = [] }, [from, to] = [0, 1]) {
    this.log = log;
    this.written = written.map(([value, text]) => ({ value, text }));
    const [a, b] = [this.bent(low), this.bent(high)];
    this.low = a + from * (b - a);
    this.high = a + to * (b - a);
  }

  bent(value) {
    return this.log ? Math.log10(value) : value;
  }

  /** The share of the way from one end to the other; infinite or NaN where there is no place. */
  share(value) {
    return (this.bent(value) - this.low) / (this.high - this.low);
  }

  /** Numbers to be written, with their texts: those given, else about `most`, decades as powers of ten if so wished. */
  ticks(most, powers) {
    if (this.written.length) return this.written;
    return this.log && this.high - this.low > 1.2 ? this.decades(most, powers) : this.even(most);
  }

  decades(most, powers) {
    const stride = Math.max(1, Math.ceil((this.high - this.low) / most));
    const found = [];
    for (let power = Math.ceil(this.low / stride) * stride; power <= this.high; power += stride) {
      const value = 10 ** power;
      found.push({ value, text: powers && power !== 0 && power !== 1 ? raised(power) : plain(value) });
    }
    return found;
  }

  even(most) {
    const [low, high] = this.log ? [10 ** this.low, 10 ** this.high] : [this.low, this.high];
    const raw = (high - low) / most;
    const unit = 10 ** Math.floor(Math.log10(raw));
    const step = unit * [1, 2, 5, 10].find((factor) => factor * unit >= raw);
    const found = [];
    for (let k = Math.ceil(low / step); k * step <= high; k += 1) {
      if (k > 0 || !this.log) found.push({ value: k * step, text: plain(k * step) });
    }
    return found;
  }
}

function raised(power) {
  return `10${[...String(power)].map((digit) => RAISED[digit]).join("")}`;
}

function plain(value) {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}
