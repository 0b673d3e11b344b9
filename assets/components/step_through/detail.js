// Where one number comes from: its operands lit, its arithmetic written out with the numbers that are shown.

import { math } from "../shared/mathml.js";
import { digits, row, short } from "../shared/arrays.js";
import { origin } from "./recipe.js";

const MOST_TERMS = 6;

/** The operands of the number at `place`, as marks for `Inside.light`. */
export function marksFor(model, place) {
  if (!place) return [];
  const { key, unit, column } = place;
  const one = [unit, unit + 1];
  if (place.matrix) {
    const { vector, product } = usesOfMatrix(model, key);
    return [
      { key, matrix: true, rows: one, columns: [column, column + 1] },
      { key: vector, rows: [column, column + 1] },
      { key: product, rows: one },
    ];
  }
  const from = origin(model, key);
  const self = { key, rows: one };
  if (from.kind === "dot") return [self, { key: from.matrix, matrix: true, rows: one }, { key: from.vector }];
  const operands = from.terms ?? (Array.isArray(from.of) ? from.of : from.of ? [from.of] : []);
  return [self, ...operands.map((operand) => ({ key: operand, rows: one }))];
}

function usesOfMatrix(model, key) {
  return { vector: origin(model, key === "head" ? "ho" : key).vector, product: key === "head" ? "ho" : key };
}

/** The matrix by which the number at `place` is explained; null where there is none. */
export function matrixOf(model, place) {
  return place.matrix ? place.key : origin(model, place.key).matrix ?? null;
}

/** Nodes that write out the number at `place` and step `t`. */
export function explain(model, place, t) {
  if (place.matrix) return explainWeight(model, place);
  const { key, unit } = place;
  const value = valueAt(model, key, unit, t);
  const from = origin(model, key);
  const name = [named(model, key, unit)];
  const arithmetic = {
    dot: () => dot(model, from, unit, t),
    sum: () => join(from.terms.map((term) => number(model, term, unit, t)), " + "),
    product: () => join(from.of.map((operand) => number(model, operand, unit, t)), " × "),
    lerp: () => [plain("(1 − "), number(model, from.of[0], unit, t), plain(") × "), number(model, from.of[1], unit, t)],
    apply: () => [plain(`${from.fn}(`), number(model, from.of, unit, t, (text) => text), plain(")")],
    given: () => null,
  }[from.kind]();
  const result = [...name, plain(" = "), strong(digits(value))];
  if (!arithmetic) return [...result, plain(`  ${givenNote(model, key, t, from.note)}`)];
  // Factors of a long product are shown to four places, so what they add up to is not all the digits of the result.
  return [...result, plain(from.kind === "dot" ? " ≈ " : " = "), ...arithmetic];
}

function explainWeight(model, { key, unit, column }) {
  const array = model.matrices[key];
  const value = row(array, unit)[column];
  const { vector } = usesOfMatrix(model, key);
  return [
    symbol(model.symbols[`matrix ${key}`]), plain(`[${unit}, ${column}] = `), strong(digits(value)),
    plain("  row "), plain(String(unit)), plain(", multiplies number "), plain(String(column)), plain(" of "), symbol(model.symbols[vector]),
    plain(". Click to edit it."),
  ];
}

function dot(model, from, unit, t) {
  const weights = row(model.matrices[from.matrix], unit);
  const operand = model.numbers(from.vector, t);
  const order = [...weights.keys()];
  const cut = order.length > MOST_TERMS + 1;
  if (cut) order.sort((a, b) => Math.abs(weights[b] * operand[b]) - Math.abs(weights[a] * operand[a]));
  const shown = cut ? order.slice(0, MOST_TERMS) : order;
  const terms = shown.map((k, place) => {
    const node = span("term");
    const sign = weights[k] < 0 ? "− " : place ? "+ " : "";
    node.append(sign, colored(model, "weight", short(Math.abs(weights[k]), 4)), " × ", colored(model, from.vector, bracketed(short(operand[k], 4))));
    return node;
  });
  const rest = cut ? [plain(` + ${order.length - MOST_TERMS} smaller terms`)] : [];
  return [...join(terms, " "), ...rest];
}

function number(model, key, unit, t, written = bracketed) {
  const node = span("term");
  node.append(colored(model, key, written(digits(valueAt(model, key, unit, t)))));
  node.title = key;
  return node;
}

export function valueAt(model, key, unit, t) {
  return model.numbers(key, t)[unit];
}

function givenNote(model, key, t, note) {
  if (note) return note;
  const first = model.view.direction === "forward" ? t === 0 : t === model.sizes.time - 1;
  if (key === "h_prev" || key === "c_prev") return first ? `the initial state: ${model.initial || "zero"}` : `the state of the previous step, t = ${model.view.direction === "forward" ? t - 1 : t + 1}`;
  if (key === "inputs") return model.view.layer === 0 ? "the input of this step. Click to edit it." : "the state of the layer below";
  return "a bias. Click to edit it.";
}

/** A number's symbol with its unit. */
export function named(model, key, unit) {
  const node = span("name");
  node.append(symbol(model.symbols[key]), plain(`[${unit}]`));
  return node;
}

function symbol(latex) {
  const node = span("symbol");
  node.append(math(latex));
  return node;
}

function colored(model, key, content) {
  const node = span("number");
  const color = model.signalColor(key);
  if (color) node.style.color = color;
  node.textContent = content;
  return node;
}

function bracketed(number) {
  return number.startsWith("−") ? `(${number})` : number;
}

function join(nodes, separator) {
  return nodes.flatMap((node, k) => (k ? [plain(separator), node] : [node]));
}

function plain(content) {
  return document.createTextNode(content);
}

function strong(content) {
  const node = document.createElement("strong");
  node.textContent = content;
  return node;
}

function span(kind) {
  const node = document.createElement("span");
  node.className = kind;
  return node;
}
