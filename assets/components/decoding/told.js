// What is said around the picture: the output before and after changes, the changes with their way back, and all numbers as a table.

import { digits } from "../shared/arrays.js";
import { drawn, END, named } from "./model.js";

/** The whole output, and where something was changed by hand what it was before. */
export function showSaid(node, model) {
  const lines = [line("Output", model.output, model, model.before)];
  if (model.before) lines.unshift(line("Before", model.before, model, null));
  if (model.right && spelled(model.output) !== model.right) lines.push(line("Target", [...model.right], model, null));
  node.replaceChildren(...lines);
}

function line(name, tokens, model, before) {
  const node = document.createElement("p");
  const label = document.createElement("span");
  label.className = "of";
  label.textContent = name;
  node.append(label, ...tokens.map((token, i) => letter(token, before && before[i] !== token)));
  if (name === "Target") return node;
  const said = spelled(tokens);
  const verdict = document.createElement("span");
  verdict.className = "verdict";
  if (model.right !== null) verdict.textContent = said === model.right ? "✓ correct" : "✗ wrong";
  verdict.classList.toggle("wrong", model.right !== null && said !== model.right);
  node.append(verdict);
  return node;
}

function spelled(tokens) {
  return tokens.filter((token) => token !== END).join("");
}

function letter(token, differs) {
  const node = document.createElement("b");
  node.textContent = drawn(token);
  node.classList.toggle("differs", Boolean(differs));
  return node;
}

/** The changes by hand; `onUndo(change)` takes one back. */
export function showEdits(part, model, onUndo) {
  part("edits").hidden = model.edits.length === 0;
  part("chips").replaceChildren(...model.edits.map((edit) => {
    const chip = document.createElement("span");
    const label = edit.kind === "force" ? `step ${edit.step}, output ${named(edit.token)}` : `step ${edit.step}, position ${edit.place}: α = ${digits(edit.value)}`;
    const remove = document.createElement("button");
    chip.className = "chip";
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Take back: ${label}`);
    remove.onclick = () => onUndo(edit);
    chip.append(edit.used ? label : `${label} (no effect here)`, remove);
    return chip;
  }));
}

/** A row a step: what was said and how likely it was, and the weight of every place or the decoder's state. */
export function fillTable(table, model) {
  const columns = model.has ? model.source.map((token, j) => `${j} ${drawn(token)}`) : Array.from({ length: model.units }, (_, k) => `s ${k}`);
  const heads = ["step", "output", "p", ...columns];
  const rows = model.output.map((token, i) => {
    const chance = model.at("probabilities", i)[model.symbols.indexOf(token)];
    const values = model.at(model.has ? "weights" : "queries", i);
    return [String(i), drawn(token), chance.toFixed(4), ...[...values].map((value) => value.toFixed(4))];
  });
  table.replaceChildren(...[heads, ...rows].map((cells, n) => {
    const line = document.createElement("tr");
    line.append(...cells.map((text) => Object.assign(document.createElement(n ? "td" : "th"), { textContent: text })));
    return line;
  }));
}
