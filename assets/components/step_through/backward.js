// The way back of a loss in the unrolled picture: arrows with the norm of what runs along them, the steps of the loss,
// where the way is cut, and what each step adds to the gradients of the weights.

import { raised } from "../shared/arrays.js";
import { ENDS } from "./facts.js";
import { roof } from "./layout.js";
import { make, path, spanned, spans, symbol } from "./svg.js";
import { textbookLayer } from "./wiring.js";

const THINNEST = 1;
const THICKEST = 5.5;
const DECADES = 6;
const STUB = 24;

/** Everything that stands still, one group a column and one for the rows. */
export function backward(model, at) {
  return [...at.columns.map(({ x }, k) => column(model, at, x, k)), rowsOf(model, at)];
}

/** Writes the norms of the steps on show, and draws each arrow as wide as its norm is large. */
export function relabelBackward(svg, model, first, count) {
  const { back, directions, sizes } = model;
  const inside = (t) => t >= 0 && t < sizes.time;
  const norm = ({ kind, layer, direction, k }) => {
    const t = first + Number(k);
    if (!inside(t)) return null;
    const place = Number(layer) * directions.length + directions.indexOf(direction);
    return back.norms[kind].values[place * sizes.time + t];
  };
  const largest = Math.max(...Object.values(back.norms).map(({ values }) => values.reduce((a, b) => (b > a ? b : a), 0)));
  for (const node of svg.querySelectorAll("[data-kind]")) {
    const value = norm(node.dataset);
    if (node.tagName === "text") node.textContent = value === null ? "" : briefly(value);
    else if (value !== null) {
      node.style.strokeWidth = widthOf(value, largest);
      node.classList.toggle("nothing", value === 0);
    }
  }
  for (const node of svg.querySelectorAll("[data-loss]")) node.style.display = back.steps.includes(first + Number(node.dataset.loss)) ? "" : "none";
  for (const node of svg.querySelectorAll("[data-cut]")) {
    const t = first + Number(node.dataset.cut) + 1;
    node.style.display = back.cut && t % back.cut === 0 && inside(t) && Number(node.dataset.cut) < count - 1 ? "" : "none";
  }
  for (const node of svg.querySelectorAll("[data-added]")) node.textContent = briefly(back.added[node.dataset.added].values[first + Number(node.dataset.k)]);
}

function widthOf(value, largest) {
  if (!(value > 0)) return THINNEST;
  const share = 1 + Math.log10(value / largest) / DECADES;
  return THINNEST + (THICKEST - THINNEST) * Math.max(0, Math.min(1, share));
}

/** Two digits that count. */
export function briefly(value) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : "∞";
  const text = value >= 0.01 && value < 1000 ? String(Number(value.toPrecision(2))) : value.toExponential(1);
  return raised(text).replace("-", "−");
}

// ---- a column ----

function column(model, at, x, k) {
  const group = make("g", {});
  const two = model.directions.length === 2;
  const centre = (direction) => x + (two ? (direction === "forward" ? -at.shift : at.shift) : 0);
  const bottom = (tops, direction) => tops[direction] + at.strip.height + 8;
  for (let layer = at.layers.length - 1; layer >= 0; layer -= 1) {
    const tops = at.layers[layer];
    const top = layer === at.layers.length - 1;
    const from = top ? at.lossY : bottom(at.layers[layer + 1], "forward") + (two ? 16 : 0);
    for (const direction of model.directions) {
      const cx = centre(direction);
      const where = { layer, direction, k };
      const joint = two ? `M${x} ${from}V${tops.join}H${cx}` : `M${cx} ${from}`;
      group.append(edge(`${joint}V${roof(at, tops[direction]) - 2}`, "h", "above", where));
      group.append(norm(cx + 7, two ? roof(at, tops[direction]) - 9 : (from + roof(at, tops.forward)) / 2 + 4, "above", where, "start"));
      group.append(box(model, at, cx, tops, where), ...timeEdges(model, at, cx, k, tops, where));
      const fork = bottom(tops, "forward") + 16;
      if (two) group.append(path(`M${cx} ${bottom(tops, direction)}V${fork}H${x}`, "flow"));
    }
    const low = bottom(tops, "forward") + (two ? 16 : 0);
    if (layer === 0) group.append(path(`M${x} ${low}V${at.inputY - 6}`, "flow", "flow"));
  }
  group.append(lossMark(at, x, k), cutMark(at, x, k), ...foot(at, x, k));
  return group;
}

function box(model, at, cx, tops, { layer, direction }) {
  const chosen = model.view.layer === layer && model.view.direction === direction;
  const y = roof(at, tops[direction]);
  const frame = make("rect", { x: cx - at.boxWidth / 2, y, width: at.boxWidth, height: at.strip.height + 16 + at.head, rx: 7, class: `cell ${direction}${chosen ? " chosen" : ""}` });
  const letters = at.pair ? [["c", -at.pair / 2], ["h", at.pair / 2]].map(([state, aside]) => named(cx + aside, tops[direction] - 5, state, at.strip.digits)) : [];
  return make("g", {}, frame, ...letters);
}

function named(x, y, state, whole) {
  return make("text", { x, y, class: `state-letter state-${state}` }, spanned(`${whole ? "∂L/∂" : ""}${state}`, {}));
}

/** What the step that is read next hands back, along h and along c. */
function timeEdges(model, at, cx, k, tops, where) {
  const side = where.direction === "forward" ? 1 : -1;
  const outer = where.direction === "forward" ? k === at.count - 1 : k === 0;
  const near = cx + side * (at.boxWidth / 2 + 3);
  const far = outer ? near + side * STUB : cx + side * (at.columnWidth - at.boxWidth / 2 - 1);
  const y = tops[where.direction] + at.strip.height / 2;
  const states = at.pair ? [["c", "next_c", -7], ["h", "next_h", 7]] : [["h", "next_h", 0]];
  return states.flatMap(([state, kind, dy]) => {
    const line = edge(`M${far} ${y + dy}H${near}`, state, kind, where);
    return outer ? [line] : [line, norm((near + far) / 2, y + dy + (dy > 0 ? 17 : -7), kind, where)];
  });
}

function edge(d, signal, kind, { layer, direction, k }) {
  const line = path(d, `edge state-${signal}`, signal);
  Object.assign(line.dataset, { kind, layer, direction, k });
  return line;
}

function norm(x, y, kind, { layer, direction, k }, anchor = "middle") {
  const text = make("text", { x, y, class: "norm", style: `text-anchor:${anchor}` });
  Object.assign(text.dataset, { kind, layer, direction, k });
  return text;
}

function lossMark(at, x, k) {
  const cx = at.output ? x + at.output.width / 2 + 22 : x;
  const cy = at.output ? at.outputY + at.output.height / 2 : at.lossY - 13;
  const letter = make("text", { x: cx, y: cy + 5, class: "loss-letter" });
  letter.textContent = "L";
  const mark = make("g", {}, make("circle", { cx, cy, r: 12, class: "loss" }), letter);
  mark.dataset.loss = k;
  return mark;
}

function cutMark(at, x, k) {
  const line = path(`M${x + at.columnWidth / 2} 2V${at.inputY}`, "cut");
  const text = make("text", { x: x + at.columnWidth / 2, y: at.inputY + 14, class: "cut-name" });
  text.textContent = "cut";
  const mark = make("g", {}, line, text);
  mark.dataset.cut = k;
  return mark;
}

function foot(at, x, k) {
  const word = make("text", { x, y: at.wordY, class: "word", "data-room": at.columnWidth - 8 });
  const tick = make("text", { x, y: at.timeY, class: "tick" });
  const added = ["hh", "ih"].map((side, row) => {
    const text = make("text", { x, y: at.addedY + 19 * row, class: "norm" });
    Object.assign(text.dataset, { added: side, k });
    return text;
  });
  return [word, tick, ...added];
}

// ---- the rows ----

function rowsOf(model, at) {
  const group = make("g", {});
  const label = (y, name, ...lines) => {
    const first = make("text", { x: 4, y: y - 3, class: "row-name" });
    first.textContent = name;
    group.append(first, ...lines.map((line, row) => make("text", { x: 4, y: y + 14 + 17 * row, class: "row-size" }, ...line)));
  };
  const derivative = (letter) => [spanned("∂L/∂", {}), ...symbol(letter, "t"), spanned(` ±${briefly(model.ranges.range.dh)}`, {}, -3), make("title", {}, ENDS)];
  at.layers.forEach((tops, layer) => {
    for (const direction of model.directions) {
      const lines = (at.pair ? ["c", "h"] : ["h"]).map((state) => derivative(`${state}${textbookLayer(model, layer)}`));
      const arrow = model.directions.length === 2 ? (direction === "forward" ? " →" : " ←") : "";
      label(tops[direction] + at.strip.height / 2 - 8 * (lines.length - 1), `layer ${layer}${arrow}`, ...lines);
    }
  });
  label(at.inputY + at.input.height / 2, "input", derivative("x"));
  if (at.output) label(at.outputY + at.output.height / 2, "output", [...symbol("y", "t")]);
  const sum = make("text", { x: 4, y: at.addedY - 22, class: "row-size" });
  sum.textContent = model.back.clipped ? "adds (clipped)" : "adds to";
  group.append(sum, ...["hh", "ih"].map((side, row) => make("text", { x: 4, y: at.addedY + 19 * row, class: "row-size" }, spanned("∂L/∂", {}), ...spans(model.written(`W_{${side}}`)))));
  return group;
}
