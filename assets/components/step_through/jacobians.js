// What the steps between here and the loss do to the gradient: their Jacobians, or how far each stretches at most.

import { short } from "../shared/arrays.js";
import { css, inkOn } from "../shared/colors.js";
import { briefly } from "./backward.js";

const MOST = 6;

/** Fills `root` with the product for step `t`; nothing where the picture does not go back. */
export function showJacobians(root, model, look, t) {
  const { back } = model;
  root.hidden = !back;
  if (!back) return;
  const later = stepsAfter(model, t);
  root.replaceChildren(heading(model, t));
  if (!later.length) return root.append(sentence("This step is read last: no Jacobian lies between it and the end."));
  if (!back.stretches) return root.append(sentence("The Jacobians of so many steps and units are too large to be computed here."));
  const { values } = back.stretches;
  const shown = later.slice(0, MOST);
  if (back.jacobians && back.jacobians.shape[1] <= 4) {
    const row = document.createElement("div");
    row.className = "operands";
    for (const step of shown.slice(0, 3)) row.append(matrix(back.jacobians, look, step, model));
    if (later.length > 3) row.append(text("span", "sign", `… and ${later.length - 3} more`));
    root.append(row);
  }
  const factors = shown.map((step) => `${briefly(values[step])} (t = ${step})`).join(" · ");
  const product = later.reduce((sofar, step) => sofar * values[step], 1);
  const rest = later.length > MOST ? ` · … (${later.length - MOST} more)` : "";
  root.append(sentence(`Largest singular values: ${factors}${rest} = ${briefly(product)}. No gradient that comes from the last step reaches this one longer than ${briefly(product)} times its length${back.cut ? ", were the way not cut" : ""}.`));
  return undefined;
}

/** The steps that are read after `t`, the next one first. */
function stepsAfter({ sizes, view }, t) {
  if (view.direction === "forward") return Array.from({ length: sizes.time - 1 - t }, (_, k) => t + 1 + k);
  return Array.from({ length: t }, (_, k) => t - 1 - k);
}

function heading({ cell, view }, t) {
  const state = cell === "lstm" ? "(h, c)" : "h";
  const [next, sign] = view.direction === "forward" ? [t + 1, "+"] : [t - 1, "−"];
  return text("p", "product", `Back through a step, the gradient by ${state} is multiplied by the transposed Jacobian of that step, here of step ${next}, then of the steps before it on the way (t ${sign} 1, t ${sign} 2, …):`);
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
