// What one descent is at one step, by name, and numbers as they are read.

import { raised } from "../shared/arrays.js";

const COLUMNS = ["w", "b", "error", "gradW", "gradB", "norm", "clipped", "length"];

/** The rows of a packed descent as objects: `at(t)`, and how many there are. */
export function descent(name, { values, shape }) {
  const [count, width] = shape;
  const at = (t) => Object.fromEntries(COLUMNS.map((column, k) => [column, values[t * width + k]]));
  return { name, count, at };
}

/** A number to four digits, in groups of three where it is large. */
export function read(value) {
  if (Number.isNaN(value)) return "not finite";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return minus(raised(Number(value.toPrecision(3)).toExponential()));
  if (size >= 1000) return minus(Math.round(value).toLocaleString("en-US"));
  return minus(String(Number(value.toPrecision(4))));
}

/** The same to two digits: near the cliff the others are those of the start's last decimals. */
export function about(value) {
  return Number.isFinite(value) ? read(Number(value.toPrecision(2))) : read(value);
}

/** A place on the map, to four decimals. */
export function place(value) {
  return Number.isFinite(value) && Math.abs(value) < 1000 ? minus(value.toFixed(4)) : read(value);
}

function minus(text) {
  return text.replaceAll("-", "−");
}

/** The rows of the table: what each is called, and how it is written. */
export const ROWS = [
  ["w", (one) => place(one.w)],
  ["b", (one) => place(one.b)],
  ["error E", (one) => read(one.error)],
  ["‖g‖", (one) => read(one.norm)],
  ["‖g‖ after clipping", (one, arm) => (arm === "clipped" ? read(one.clipped) : "")],
  ["length of the step", (one) => read(one.length)],
];

/** Which of them is the norm after clipping. */
export const CLIPPED = 4;
