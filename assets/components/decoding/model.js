// One decoding as Python sends it, and how its rows are read.

import { row } from "../shared/arrays.js";
import { rewritten } from "../shared/notation.js";

const SPACE = "␣";
export const END = "<end>";

/** The plain data with `steps`, `places`, `written(text)` in the visitor's letters, and readers of rows: `at(name, step)`, `at(name, step, place)`. */
export function modelOf(data, letters) {
  const model = { ...data, steps: data.output.length, places: data.source.length };
  model.written = (text) => rewritten(text, letters);
  model.at = (name, ...leading) => row(data.arrays[name], ...leading);
  model.has = data.score !== "none";
  model.heaviest = (step) => indexOfLargest(model.at("weights", step));
  return model;
}

function indexOfLargest(values) {
  let best = 0;
  values.forEach((value, k) => { if (value > values[best]) best = k; });
  return best;
}

/** A token as it is drawn. */
export function drawn(token) {
  if (token === END) return "■";
  return token === " " ? SPACE : token;
}

/** A token as it is spoken of. */
export function named(token) {
  if (token === END) return "the end ■";
  return token === " " ? "a space" : `“${token}”`;
}

export function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
