// Rows of arrays as `unpack` gives them, and numbers as torch prints them.

/** The last axis at the given leading indices, without a copy. */
export function row(array, ...leading) {
  const { values, shape } = array;
  const width = shape[shape.length - 1];
  const at = leading.reduce((offset, index, axis) => offset * shape[axis] + index, 0);
  return values.subarray(at * width, (at + 1) * width);
}

/** The fewest digits that give this float32 back, as numpy prints it. */
export function digits(value) {
  return raised(typed(value));
}

/** The same as it can be typed, with e in place of a power of ten. */
export function typed(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const single = Math.fround(value);
  for (let precision = 1; precision <= 9; precision += 1) {
    const text = single.toPrecision(precision);
    if (Math.fround(Number(text)) === single) return minus(plain(text));
  }
  return minus(String(single));
}

/** A number as JavaScript writes it, with its power of ten as people write it: `4.66e-10` becomes `4.66·10⁻¹⁰`. */
export function raised(text) {
  return text.replace(/e[+]?([-−]?)(\d+)$/, (_, sign, power) => (
    `·10${sign && "⁻"}${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`
  ));
}

/** A short form for a cell of the picture: `decimals` places, or powers of ten where those would hide the number. */
export function short(value, decimals = 3) {
  if (!Number.isFinite(value)) return digits(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 10 ** (6 - decimals) || size < 0.5 * 10 ** -decimals)) {
    return minus(value.toExponential(decimals > 2 ? 1 : 0));
  }
  return minus(value.toFixed(decimals));
}

/** A probability as `shell/numbers.py` writes it; one that is not zero is not written as zero. */
export function probability(value) {
  return value > 0 && value < 0.0005 ? "< 0.001" : value.toFixed(3);
}

function plain(text) {
  const number = Number(text);
  const size = Math.abs(number);
  return size !== 0 && (size < 1e-4 || size >= 1e9) ? number.toExponential() : text.includes("e") ? String(number) : text;
}

function minus(text) {
  return text.replaceAll("-", "−");
}

/** The largest finite absolute value, at least `floor`. */
export function largest(values, floor = 1e-9) {
  let most = floor;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > most && size < Infinity) most = size;
  }
  return most;
}
