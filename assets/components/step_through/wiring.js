// What stands still in the picture: boxes, arrows, and the names of rows and weights.

import { short } from "../shared/arrays.js";
import { ENDS } from "./facts.js";
import { roof } from "./layout.js";
import { make, path, spanned, spans, symbol } from "./svg.js";

const STUB = { tight: 26, least: 46, most: 74 };
const STATE_ROWS = { rnn: ["h"], lstm: ["c", "h"], gru: ["h"] };

/** The way in which a direction reads. */
export function arrow(model, direction) {
  return direction === "forward" ? "→" : "←";
}

/** A column for each step that there is room for, and the arrows between them. */
export function unrolled(model, at) {
  const parts = [];
  at.columns.forEach((column, k) => parts.push(stack(model, at, column.x), timeArrows(model, at, column.x, k), axis(at, column.x)));
  if (model.answers) parts.push(...at.columns.map((column) => answerOf(at, column.x)));
  parts.push(rowLabels(model, at), currentLabels(model, at));
  return parts;
}

/** The network in its loop, beside a feed-forward one. */
export function rolled(model, at) {
  const [plain, loop] = at.columns.map((column) => column.x);
  return [
    stack(model, at, plain, false),
    stack(model, at, loop),
    loops(model, at, loop),
    ...caption(at, plain, "feed-forward:", spanned("h = ", {}), ...spans(model.candidate.formula)),
    ...caption(at, loop, "recurrent:", spanned(`${model.cellLabel}, folded`, {})),
    rowLabels(model, at),
    shift(currentLabels(model, at, false), plain),
    shift(currentLabels(model, at, "loop"), loop),
    axis(at, plain),
    axis(at, loop),
    ...(model.answers ? [answerOf(at, loop)] : []),
  ];
}

function shift(group, x) {
  group.setAttribute("transform", `translate(${x},0)`);
  group.classList.remove("here");
  return group;
}

/** What kind of network stands below, and which; in two lines where the networks are close. */
function caption(at, x, kind, ...which) {
  const text = (y, ...content) => make("text", { x, y, class: "caption" }, ...content);
  if (at.isClose) return [text(14, spanned(kind, {})), text(33, ...which)];
  return [text(18, spanned(`${kind} `, {}), ...which)];
}

/** One column: boxes of the cells and the arrows that run upwards. */
function stack(model, at, x, recurrent = true) {
  const group = make("g", {});
  const two = model.directions.length === 2;
  let from = at.inputY - 4;
  at.layers.forEach((tops, layer) => {
    const bottom = (direction) => tops[direction] + at.strip.height + 8;
    if (two) {
      const fork = bottom("forward") + 16;
      group.append(path(`M${x} ${from}V${fork}`, "flow"), path(`M${x - at.shift} ${fork}H${x + at.shift}`, "flow"));
    }
    for (const direction of model.directions) {
      const cx = x + (two ? (direction === "forward" ? -at.shift : at.shift) : 0);
      group.append(path(two ? `M${cx} ${bottom("forward") + 16}V${bottom(direction) + 3}` : `M${cx} ${from}V${bottom(direction) + 3}`, "flow", "flow"));
      group.append(box(model, at, cx, tops[direction], layer, direction, recurrent));
      if (two) group.append(path(`M${cx} ${roof(at, tops[direction])}V${tops.join}`, "flow"));
    }
    if (two) group.append(path(`M${x - at.shift} ${tops.join}H${x + at.shift}`, "flow"));
    from = two ? tops.join : roof(at, tops.forward);
  });
  if (at.output) group.append(path(`M${x} ${from}V${at.outputY + at.output.height + 4}`, "flow", "flow"));
  return group;
}

function box(model, at, cx, top, layer, direction, recurrent) {
  const chosen = model.view.layer === layer && model.view.direction === direction;
  const node = make("rect", {
    x: cx - at.boxWidth / 2, y: roof(at, top), width: at.boxWidth, height: at.strip.height + 16 + at.head, rx: 7,
    class: `cell ${direction}${chosen ? " chosen" : ""}`,
  });
  return make("g", {}, node, ...(recurrent && at.pair ? [stateLetter("c", cx - at.pair / 2, top - 6), stateLetter("h", cx + at.pair / 2, top - 6)] : []));
}

/** The recurrent arrows into column `k`, from the column before it (after it, for the reverse direction). */
function timeArrows(model, at, x, k) {
  const group = make("g", {});
  const last = k === at.count - 1;
  at.layers.forEach((tops) => {
    for (const direction of model.directions) {
      const reverse = direction === "reverse";
      const cx = x + (model.directions.length === 1 ? 0 : reverse ? at.shift : -at.shift);
      const outer = reverse ? last : k === 0;
      const side = reverse ? 1 : -1;
      const near = cx + side * (at.boxWidth / 2 + 3);
      const far = outer ? cx + side * (at.boxWidth / 2 + stubReach(at)) : cx + side * (at.columnWidth - at.boxWidth / 2);
      const y = tops[direction] + at.strip.height / 2;
      for (const [state, dy] of model.cell === "lstm" ? [["h", 5], ["c", -5]] : [["h", 0]]) {
        group.append(path(`M${far} ${y + dy}H${near}`, `time state-${state}`, state));
      }
      if (outer) {
        const stub = make("text", { x: far + side * 9, y: y + 4, class: "stub", "data-side": reverse ? "right" : "left" });
        group.append(stub);
      }
    }
  });
  return group;
}

/** How long the arrow is that comes from the initial state, or from steps out of sight. */
function stubReach(at) {
  return Math.max(at.isTight ? STUB.tight : STUB.least, Math.min(STUB.most, at.columnWidth / 2 - at.shift - at.boxWidth / 2 - 16));
}

/** The loop of the folded picture. */
function loops(model, at, x) {
  const group = make("g", {});
  at.layers.forEach((tops) => {
    for (const direction of model.directions) {
      const side = direction === "reverse" ? 1 : model.directions.length === 2 ? -1 : 1;
      const cx = x + (model.directions.length === 1 ? 0 : side * at.shift);
      const edge = cx + (side * at.boxWidth) / 2;
      const y = tops[direction] + at.strip.height / 2;
      const reach = edge + side * 58;
      const loop = (out, up) => `M${edge} ${y - up}C${reach + side * out} ${y - 38 - out},${reach + side * out} ${y + 38 + out},${edge + side * 4} ${y + up}`;
      group.append(path(loop(0, 7), "time state-h", "h"));
      if (model.cell === "lstm") group.append(path(loop(18, 15), "time state-c", "c"));
    }
  });
  return group;
}

/** Three lines over a column: the predicted class, its probability, and the target where that is another. */
function answerOf(at, x) {
  const node = make("g", { class: "answer", "data-room": at.columnWidth - 8 });
  for (const [k, kind] of ["answer-name", "answer-p", "answer-target"].entries()) node.append(make("text", { x, y: at.answerY + 10 + 17 * k, class: kind }));
  return node;
}

function axis(at, x) {
  const group = make("g", {});
  const room = at.columnWidth - 8;
  group.append(make("text", { x, y: at.wordY, class: "word", "data-room": room }), make("text", { x, y: at.timeY, class: "tick" }));
  return group;
}

function rowLabels(model, at) {
  const group = make("g", {});
  const label = (y, name, ...lines) => group.append(gutterText(y, name, lines));
  label(at.inputY + at.input.height / 2, "input", sized("x", "t", within(model, "x", model.sizes.input)));
  at.layers.forEach((tops, layer) => {
    for (const direction of model.directions) {
      const name = `layer ${layer}${model.directions.length === 2 ? ` ${arrow(model, direction)}` : ""}`;
      const lines = STATE_ROWS[model.cell].map((state) => sized(`${state}${textbookLayer(model, layer)}`, "t", within(model, state, model.sizes.hidden)));
      label(tops[direction] + at.strip.height / 2 - 8 * (lines.length - 1), name, ...lines);
    }
  });
  if (model.answers) label(at.answerY + 14, "prediction", model.answers.counts().known ? [spanned("and target", {})] : []);
  if (at.output) label(at.outputY + at.output.height / 2, "output", sized("y", "t", within(model, "y", model.sizes.output)));
  return group;
}

/** Above a state's letter the layer as textbooks count it, from 1; nothing where there is one layer. */
export function textbookLayer({ sizes }, layer) {
  return sizes.layers > 1 ? `⁽${"¹²³⁴⁵⁶⁷⁸"[layer]}⁾` : "";
}

/** How many numbers a row has, and the range of its colours. */
function within(model, key, size) {
  return `${size}) ±${short(model.ranges.range[key], 2).replace(/\.?0+$/, "")}`;
}

function gutterText(y, first, lines) {
  const name = make("text", { x: 4, y: y - 3, class: "row-name" });
  name.textContent = first;
  return make("g", {}, name, ...lines.map((line, k) => make("text", { x: 4, y: y + 14 + 17 * k, class: "row-size" }, ...line)));
}

function sized(letter, sub, size) {
  return [...symbol(letter, sub), spanned(` (${size}`, {}, -3), make("title", {}, `In brackets: how many numbers there are. ${ENDS}`)];
}

/** The names and shapes of the weights beside the arrows of the current column. */
function currentLabels(model, at, loop = null) {
  const group = make("g", { class: "here" });
  const { shapes, directions } = model;
  const two = directions.length === 2;
  at.layers.forEach((tops, layer) => {
    const foot = tops.forward + at.strip.height + 8;
    const below = layer === 0 ? at.inputY - 4 : two ? at.layers[layer - 1].join : roof(at, at.layers[layer - 1].forward);
    const y = two ? (foot + 16 + below) / 2 + 6 : (foot + below) / 2 + 1;
    const { weight, rows } = loop === false ? model.candidate : { weight: model.written("W_{ih}"), rows: shapes.weight_ih[layer][0] };
    group.append(weightLabel(7, y, weight, [rows, shapes.weight_ih[layer][1]], "start", two));
    if (loop === false) return;
    for (const direction of directions) {
      const reverse = direction === "reverse";
      const cx = two ? (reverse ? at.shift : -at.shift) : 0;
      const middle = tops[direction] + at.strip.height / 2;
      const side = reverse || (loop && !two) ? 1 : -1;
      const far = model.cell === "lstm" ? 66 : 52;
      if (loop) group.append(weightLabel(cx + side * (at.boxWidth / 2 + far), middle + 4, model.written("W_{hh}"), shapes.weight_hh, side > 0 ? "start" : "end"));
      else group.append(recurrentLabel(model, at, { cx, side, top: tops[direction], direction }));
    }
  });
  if (at.output) {
    const top = at.layers[model.sizes.layers - 1];
    const from = two ? top.join : roof(at, top.forward);
    group.append(weightLabel(7, (from + at.outputY + at.output.height) / 2 + 2, model.head, shapes.head));
  }
  return group;
}

/** W_hh over the arrow into the current cell, above the cells where these are close, and in an LSTM which of its two arrows is which. */
function recurrentLabel(model, at, { cx, side, top, direction }) {
  const y = top + at.strip.height / 2;
  const group = make("g", { "data-direction": direction });
  group.dataset.inner = cx + (side * at.columnWidth) / 2;
  group.dataset.outer = cx + side * (at.boxWidth / 2 + stubReach(at) / 2 + 6);
  group.append(weightLabel(0, at.isTight ? roof(at, top) - 16 : y - (model.cell === "lstm" ? 38 : 28), model.written("W_{hh}"), model.shapes.weight_hh, "middle"));
  if (model.cell === "lstm") {
    for (const [state, dy] of [["c", -9], ["h", 18]]) {
      group.append(stateLetter(state, 0, y + dy));
    }
  }
  return group;
}

function stateLetter(state, x, y) {
  const letter = make("text", { x, y, class: `state-letter state-${state}` });
  letter.textContent = state;
  return letter;
}

function weightLabel(x, y, latex, shape, anchor = "start", each = false) {
  const node = make("text", { x, y: anchor === "middle" ? y : y - 2, class: "weight", style: `text-anchor:${anchor}` });
  const content = `${shape[0]}×${shape[1]}${each ? " each" : ""}`;
  const place = anchor === "middle" ? { attributes: { x, class: "shape" }, below: 14 } : { attributes: { dx: 5, class: "shape" }, below: 0 };
  node.append(...spans(latex, { content, ...place }));
  return node;
}
