// What the steps between here and the loss do to the gradient: their Jacobians, or how far each stretches at most.

import { short } from "../shared/arrays.js";
import { css, inkOn } from "../shared/colors.js";
import { briefly } from "./backward.js";

const MOST = 6;
const MATRICES = 3;

/** Fills `root` with the product for step `t`; nothing where the picture does not go back. */
export function showJacobians(root, model, look, t) {
  const { back } = model;
  root.hidden = !back;
  if (!back) return undefined;
  const later = stepsAfter(model, t);
  if (!later.length) return root.replaceChildren(sentence("This step is read last: the gradient begins here, and no Jacobian lies between it and the end."));
  root.replaceChildren(heading(model, later));
  if (!back.stretches) return root.append(sentence("The Jacobians of so many steps and units are too large to be computed here."));
  if (back.jacobians && back.jacobians.shape[1] <= 4) {
    const row = document.createElement("div");
    row.className = "operands";
    for (const step of later.slice(0, MATRICES)) row.append(matrix(back.jacobians, look, step, model));
    if (later.length > MATRICES) row.append(text("span", "sign", `… and ${later.length - MATRICES} more`));
    root.append(row);
  }
  return root.append(sentence(bounds(model, later, back.stretches.values)), sentence(lengths(model, t)));
}

/** How much the Jacobians can stretch at most, one after the other. */
function bounds({ back }, later, values) {
  const factors = later.slice(0, MOST).map((step) => `${briefly(values[step])} (t = ${step})`).join(" · ");
  const product = briefly(later.reduce((sofar, step) => sofar * values[step], 1));
  const rest = later.length > MOST ? ` · … (${later.length - MOST} more)` : "";
  const all = later.length > 1 ? `${factors}${rest} ≈ ${product}` : factors;
  return `Largest singular values: ${all}. Times ${product} is the most that they can do to the length of a gradient from the last step${back.cut ? ", were the way not cut" : ""}; it is usually much less.`;
}

/** What they did to this one. */
function lengths(model, t) {
  const { back, directions, sizes, view } = model;
  const place = (view.layer * directions.length + directions.indexOf(view.direction)) * sizes.time;
  const last = view.direction === "forward" ? sizes.time - 1 : 0;
  const [here, end] = [t, last].map((step) => briefly(back.norms.h.values[place + step]));
  return `In this picture ∂L/∂h has the norm ${end} at t = ${last} and ${here} at t = ${t}.`;
}

/** The steps that are read after `t`, the next one first. */
function stepsAfter({ sizes, view }, t) {
  if (view.direction === "forward") return Array.from({ length: sizes.time - 1 - t }, (_, k) => t + 1 + k);
  return Array.from({ length: t }, (_, k) => t - 1 - k);
}

function heading({ cell }, later) {
  const state = cell === "lstm" ? "(h, c)" : "h";
  const steps = later.length > 1 ? `the steps t = ${later[0]} to ${later[later.length - 1]}` : `step ${later[0]}`;
  const first = later.length > 1 ? ", that of the last step first" : "";
  return text("p", "product", `From the end to this step the gradient with respect to ${state} is multiplied by the transposed Jacobian of ${steps}${first}:`);
}

function matrix({ values, shape: [, rows, columns] }, look, step, model) {
  const figure = document.createElement("figure");
  figure.className = "operand matrix digits";
  const title = document.createElement("figcaption");
  const before = model.view.direction === "forward" ? step - 1 : step + 1;
  title.textContent = `∂h${step < 10 ? sub(step) : `[${step}]`} / ∂h${before < 10 ? sub(before) : `[${before}]`}`;
  const grid = document.createElement("div");
  grid.className = "values";
  grid.style.gridTemplateColumns = `repeat(${columns}, auto)`;
  const map = look.map("weight");
  for (const value of values.subarray(step * rows * columns, (step + 1) * rows * columns)) {
    const cell = text("span", "", short(value, 3));
    const rgb = map(value);
    Object.assign(cell.style, { background: css(rgb), color: inkOn(rgb) });
    grid.append(cell);
  }
  figure.append(title, grid);
  return figure;
}

function sub(digit) {
  return "₀₁₂₃₄₅₆₇₈₉"[digit];
}

function sentence(content) {
  return text("p", "", content);
}

function text(tag, kind, content) {
  const node = document.createElement(tag);
  node.className = kind;
  node.textContent = content;
  return node;
}
