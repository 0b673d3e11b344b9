// The network unrolled over time, or folded into its loop beside a feed-forward network of the same sizes.
// Lines and words are SVG and stand still; the strips of numbers are one canvas, repainted at every step.

import { css, inkOn } from "../shared/colors.js";
import { digits, short } from "../shared/arrays.js";
import { ratioOf } from "../shared/canvas.js";
import { placeOf } from "../shared/pointer.js";
import { stripValues } from "./model.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { one: { left: 108, right: 30 }, two: { left: 140, right: 72 } };
const DIGIT_UNITS = 4;
const ROW_GAP = 46;
const STRIP_WIDTH = 26;
const DIGIT_CELL = { width: 54, height: 22 };

/** Draws into `stage`; `onStep(t)` and `onSelect(layer, direction)` report clicks. */
export class Picture {
  constructor(stage, { onStep, onSelect }) {
    this.stage = stage;
    this.canvas = stage.querySelector("canvas");
    this.svg = stage.querySelector("svg");
    this.tip = stage.querySelector(".tip");
    this.onStep = onStep;
    this.onSelect = onSelect;
    stage.onclick = (event) => this.click(event);
    stage.onmousemove = (event) => this.hover(event);
    stage.onmouseleave = () => { this.tip.hidden = true; };
  }

  /** Takes a new model or width: lays out and rebuilds the still parts. */
  build(model, look, width) {
    this.model = model;
    this.look = look;
    this.plan = plan(model, width);
    this.first = -1;
    const { height } = this.plan;
    const ratio = ratioOf(this.canvas);
    Object.assign(this.canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    this.canvas.style.cssText = `width:${width}px;height:${height}px`;
    this.stage.style.height = `${height}px`;
    this.pen = this.canvas.getContext("2d");
    this.pen.scale(ratio, ratio);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", height);
    this.svg.replaceChildren(arrowHeads(look), ...(model.fold ? rolled(model, this.plan) : unrolled(model, this.plan)));
    this.words = [...this.svg.querySelectorAll(".word")];
    this.times = [...this.svg.querySelectorAll(".tick")];
    this.here = this.svg.querySelector(".here");
    this.recurrent = [...this.svg.querySelectorAll("[data-inner]")];
    this.stubs = [...this.svg.querySelectorAll(".stub")];
  }

  /** The first and the last step that stand in the picture while `t` is the selected one. */
  shown(t) {
    const { plan: { count }, model: { fold, sizes } } = this;
    const first = fold ? t : Math.max(0, Math.min(sizes.time - count, t - Math.floor(count / 2)));
    return [first, fold ? t : first + count - 1];
  }

  /** Repaints for step `t`. */
  draw(t) {
    const { plan: { columns, width, height }, pen, model } = this;
    const [first] = this.shown(t);
    if (first !== this.first) this.relabel(first);
    this.first = first;
    pen.clearRect(0, 0, width, height);
    const current = model.fold ? null : columns[t - first];
    if (current) this.band(current);
    columns.forEach((column, k) => {
      const step = model.fold ? t : first + k;
      for (const strip of column.strips) this.strip(strip, step);
    });
    if (this.here && current) this.placeLabels(current.x, t);
  }

  /** Moves the names of the weights to the current column; those of arrows from outside stand over shorter arrows. */
  placeLabels(x, t) {
    this.here.setAttribute("transform", `translate(${x},0)`);
    for (const label of this.recurrent) {
      const ends = label.dataset.direction === "forward" ? t === this.first : t === this.first + this.plan.count - 1;
      label.setAttribute("transform", `translate(${ends ? label.dataset.outer : label.dataset.inner},0)`);
    }
  }

  relabel(first) {
    const { model: { tokens, sizes, fold } } = this;
    const step = (k) => (fold ? first : first + k);
    this.words.forEach((node, k) => { node.textContent = clip(tokens[step(k)], node.dataset.room); });
    this.times.forEach((node, k) => { node.textContent = `t = ${step(k)}`; });
    for (const stub of this.stubs) {
      const ends = stub.dataset.side === "left" ? first === 0 : first + this.plan.count === sizes.time;
      stub.textContent = ends ? "0" : "…";
    }
  }

  band({ x, width }) {
    const { boxWidth, shift, height } = this.plan;
    const wide = Math.min(width - 4, boxWidth + 2 * shift + 40);
    this.pen.fillStyle = this.look.ground.mark;
    this.pen.fillRect(x - wide / 2, 0, wide, height);
  }

  strip(strip, t) {
    const { pen, look } = this;
    const { x, y, width, height, cell } = strip;
    if (!strip.digits) {
      const place = this.model.column(strip, t);
      if (!place) return this.absent(strip);
      const { image, column } = place;
      pen.imageSmoothingEnabled = image.height > height * 1.5;
      pen.drawImage(image, column, 0, 1, image.height, x, y, width, height);
      return undefined;
    }
    const values = stripValues(this.model, strip, t);
    if (!values) return this.absent(strip);
    const map = look.map(strip.kind);
    pen.font = look.digitFont;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    values.forEach((value, unit) => {
      const rgb = map(value);
      pen.fillStyle = css(rgb);
      pen.fillRect(x, y + unit * cell, width, cell - 1);
      pen.fillStyle = inkOn(rgb);
      pen.fillText(short(value, 2), x + width / 2, y + (unit + 0.5) * cell);
    });
    return undefined;
  }

  /** A frame where numbers are still to come. */
  absent({ x, y, width, height }) {
    this.pen.strokeStyle = this.look.ground.soft;
    this.pen.lineWidth = 1;
    this.pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  }

  locate(event) {
    const [x, y] = placeOf(event, this.stage);
    const column = this.plan.columns.find((one) => Math.abs(x - one.x) <= one.width / 2);
    if (!column) return null;
    const strip = column.strips.find((s) => x >= s.x - 8 && x <= s.x + s.width + 8 && y >= s.y - 6 && y <= s.y + s.height + 6);
    const k = this.plan.columns.indexOf(column);
    return { column, strip, x, y, t: this.model.fold ? this.first : this.first + k };
  }

  click(event) {
    const place = this.locate(event);
    if (!place) return;
    if (!this.model.fold) this.onStep(place.t);
    if (place.strip?.kind === "h") this.onSelect(place.strip.layer, place.strip.direction);
  }

  hover(event) {
    const place = this.locate(event);
    const inside = place?.strip;
    this.tip.hidden = !inside;
    if (!inside) return;
    const values = stripValues(this.model, inside, place.t);
    const { units } = inside;
    const unit = Math.max(0, Math.min(units - 1, Math.floor(((place.y - inside.y) / inside.height) * units)));
    const where = inside.layer === undefined ? "" : `, layer ${inside.layer} ${arrow(this.model, inside.direction)}`;
    this.tip.textContent = `${inside.letter}[${unit}] at t = ${place.t}${where}: ${values ? digits(values[unit]) : "loading"}`;
    this.tip.style.left = `${Math.min(place.x + 14, this.plan.width - 230)}px`;
    this.tip.style.top = `${Math.max(0, place.y - 40)}px`;
  }
}

function arrow(model, direction) {
  return direction === "forward" ? "→" : "←";
}

function clip(word, room) {
  const most = Math.max(3, Math.floor(room / 7.6));
  const letters = [...(word ?? "")];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : word ?? "";
}

// ---- layout: where everything stands, for a width ----

function plan(model, width) {
  const { sizes, directions } = model;
  const two = directions.length === 2;
  const strip = stripSize(sizes.hidden, sizes.layers * directions.length);
  const boxWidth = strip.width + 16;
  const shift = two ? boxWidth / 2 + 7 : 0;
  const least = two ? 2 * boxWidth + 36 : boxWidth + 50;
  const margin = two ? MARGIN.two : MARGIN.one;
  const room = width - margin.left - margin.right;
  const count = model.fold ? 1 : Math.max(1, Math.min(sizes.time, Math.floor(room / least)));
  const columnWidth = Math.min(340, room / count);
  const rows = rowPlan(model, strip);
  const at = { ...rows, strip, boxWidth, shift, columnWidth, count, width, left: margin.left };
  const centres = model.fold ? foldCentres(width, at) : unrolledCentres(at);
  at.columns = centres.map(({ x, kind }) => ({ x, kind, width: columnWidth, strips: columnStrips(model, at, x, kind) }));
  return at;
}

function unrolledCentres({ columnWidth, count, left }) {
  return Array.from({ length: count }, (_, k) => ({ x: left + (k + 0.5) * columnWidth, kind: "h" }));
}

function foldCentres(width, { left }) {
  const plain = left + (width - left) * 0.24;
  return [{ x: plain, kind: "ff" }, { x: Math.max(plain + 150, left + (width - left) * 0.66), kind: "h" }];
}

function stripSize(units, rows) {
  if (units <= DIGIT_UNITS) return { ...DIGIT_CELL, units, cell: DIGIT_CELL.height, height: units * DIGIT_CELL.height, digits: true };
  const height = Math.round(Math.min(Math.max(units * 6, 36), rows > 4 ? 40 : rows > 2 ? 48 : 68));
  return { width: STRIP_WIDTH, units, height, cell: height / units, digits: false };
}

function rowPlan(model, strip) {
  const { sizes, directions } = model;
  let y = model.fold ? 34 : 12;
  const output = sizes.output ? stripSize(sizes.output, 1) : null;
  const outputY = y;
  if (output) y += output.height + ROW_GAP;
  const layers = [];
  for (let layer = sizes.layers - 1; layer >= 0; layer -= 1) {
    const tops = {};
    if (directions.length === 2) {
      tops.join = y;
      y += 18;
      tops.reverse = y + 8;
      y += strip.height + 16 + 24;
    }
    tops.forward = y + 8;
    y += strip.height + 16;
    layers[layer] = tops;
    y += ROW_GAP + (directions.length === 2 ? 8 : 0);
  }
  const input = stripSize(sizes.input, 1);
  if (sizes.input <= 6 && sizes.hidden <= DIGIT_UNITS) Object.assign(input, { ...DIGIT_CELL, cell: 20, height: sizes.input * 20, digits: true });
  const inputY = y;
  y += input.height + 20;
  return { output, outputY, layers, input, inputY, wordY: y, timeY: y + 20, height: y + 32 };
}

function columnStrips(model, at, x, kind) {
  const strips = [placed(at.input, x, at.inputY, { kind: "x", letter: "x" })];
  at.layers.forEach((tops, layer) => model.directions.forEach((direction, directionIndex) => {
    const centre = x + (model.directions.length === 1 ? 0 : direction === "forward" ? -at.shift : at.shift);
    strips.push(placed(at.strip, centre, tops[direction], { kind, letter: kind === "h" ? "h" : "feed-forward h", layer, direction, directionIndex }));
  }));
  if (at.output) strips.push(placed(at.output, x, at.outputY, kind === "h" ? { kind: "y", letter: "y" } : { kind: "ffY", letter: "feed-forward y" }));
  return strips;
}

function placed(size, centre, y, extra) {
  return { ...size, ...extra, x: centre - size.width / 2, y };
}

// ---- the still parts ----

function unrolled(model, at) {
  const parts = [];
  at.columns.forEach((column, k) => parts.push(stack(model, at, column.x), timeArrows(model, at, column.x, k), axis(at, column.x)));
  parts.push(rowLabels(model, at), currentLabels(model, at));
  return parts;
}

function rolled(model, at) {
  const [plain, loop] = at.columns.map((column) => column.x);
  return [
    stack(model, at, plain),
    stack(model, at, loop),
    loops(model, at, loop),
    caption(plain, 18, `feed-forward: h = ${model.candidate.formula}`),
    caption(loop, 18, `recurrent: ${model.cellLabel}, folded`),
    rowLabels(model, at),
    shift(currentLabels(model, at, false), plain),
    shift(currentLabels(model, at, "loop"), loop),
    axis(at, plain),
    axis(at, loop),
  ];
}

function shift(group, x) {
  group.setAttribute("transform", `translate(${x},0)`);
  group.classList.remove("here");
  return group;
}

function caption(x, y, content) {
  const node = make("text", { x, y, class: "caption" });
  for (const [, plain, letter, sub] of content.matchAll(/([^_]*?)(?:([Wb])_(\w+)|$)/g)) {
    if (plain) node.append(spanned(plain, {}));
    if (letter) node.append(...symbol(letter, sub), spanned(" ", {}, -3));
  }
  return node;
}

/** One column: boxes of the cells and the arrows that run upwards. */
function stack(model, at, x) {
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
      group.append(path(two ? `M${cx} ${bottom("forward") + 16}V${bottom(direction) + 3}` : `M${cx} ${from}V${bottom(direction) + 3}`, "flow", true));
      group.append(box(model, at, cx, tops[direction], layer, direction));
      if (two) group.append(path(`M${cx} ${tops[direction] - 8}V${tops.join}`, "flow"));
    }
    if (two) group.append(path(`M${x - at.shift} ${tops.join}H${x + at.shift}`, "flow"));
    from = two ? tops.join : tops.forward - 8;
  });
  if (at.output) group.append(path(`M${x} ${from}V${at.outputY + at.output.height + 4}`, "flow", true));
  return group;
}

function box(model, at, cx, top, layer, direction) {
  const chosen = model.view.layer === layer && model.view.direction === direction;
  const node = make("rect", {
    x: cx - at.boxWidth / 2, y: top - 8, width: at.boxWidth, height: at.strip.height + 16, rx: 7,
    class: `cell ${direction}${chosen ? " chosen" : ""}`,
  });
  return node;
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
        group.append(path(`M${far} ${y + dy}H${near}`, `time state-${state}`, true, state));
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
  return Math.max(46, Math.min(74, at.columnWidth / 2 - at.shift - at.boxWidth / 2 - 16));
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
      group.append(path(loop(0, 7), "time state-h", true, "h"));
      if (model.cell === "lstm") group.append(path(loop(18, 15), "time state-c", true, "c"));
    }
  });
  return group;
}

function axis(at, x) {
  const group = make("g", {});
  const room = at.columnWidth - 8;
  group.append(make("text", { x, y: at.wordY, class: "word", "data-room": room }), make("text", { x, y: at.timeY, class: "tick" }));
  return group;
}

function rowLabels(model, at) {
  const group = make("g", {});
  const label = (y, first, second) => group.append(gutterText(y, first, second));
  label(at.inputY + at.input.height / 2, "input", sized("x", "t", within(model, "x", model.sizes.input)));
  at.layers.forEach((tops, layer) => {
    for (const direction of model.directions) {
      const name = `layer ${layer}${model.directions.length === 2 ? ` ${arrow(model, direction)}` : ""}`;
      label(tops[direction] + at.strip.height / 2, name, sized("h", "t", within(model, "h", model.sizes.hidden)));
    }
  });
  if (at.output) label(at.outputY + at.output.height / 2, "output", sized("y", "t", within(model, "y", model.sizes.output)));
  return group;
}

/** How many numbers a row has, and the range of its colours. */
function within(model, key, size) {
  return `${size}) ±${short(model.ranges.range[key], 2).replace(/\.?0+$/, "")}`;
}

function gutterText(y, first, second) {
  const node = make("g", {});
  const name = make("text", { x: 4, y: y - 3, class: "row-name" });
  name.textContent = first;
  const size = make("text", { x: 4, y: y + 14, class: "row-size" });
  size.append(...second);
  node.append(name, size);
  return node;
}

function sized(letter, sub, size) {
  return [...symbol(letter, sub), spanned(` (${size}`, {}, -3)];
}

/** The names and shapes of the weights beside the arrows of the current column. */
function currentLabels(model, at, loop = null) {
  const group = make("g", { class: "here" });
  const { shapes, directions } = model;
  const two = directions.length === 2;
  at.layers.forEach((tops, layer) => {
    const foot = tops.forward + at.strip.height + 8;
    const below = layer === 0 ? at.inputY - 4 : two ? at.layers[layer - 1].join : at.layers[layer - 1].forward - 8;
    const y = two ? (foot + 16 + below) / 2 + 6 : (foot + below) / 2 + 1;
    const { sub, rows } = loop === false ? model.candidate : { sub: "ih", rows: shapes.weight_ih[layer][0] };
    const note = layer === 0 && loop !== false ? "xh" : "";
    group.append(weightLabel(7, y, "W", sub, [rows, shapes.weight_ih[layer][1]], note, "start", two));
    if (loop === false) return;
    for (const direction of directions) {
      const reverse = direction === "reverse";
      const cx = two ? (reverse ? at.shift : -at.shift) : 0;
      const middle = tops[direction] + at.strip.height / 2;
      const side = reverse || (loop && !two) ? 1 : -1;
      const far = model.cell === "lstm" ? 66 : 52;
      if (loop) group.append(weightLabel(cx + side * (at.boxWidth / 2 + far), middle + 4, "W", "hh", shapes.weight_hh, "", side > 0 ? "start" : "end"));
      else group.append(recurrentLabel(model, at, { cx, side, y: middle, direction }));
    }
  });
  if (at.output) {
    const top = at.layers[model.sizes.layers - 1];
    const from = two ? top.join : top.forward - 8;
    group.append(weightLabel(7, (from + at.outputY + at.output.height) / 2 + 2, "W", model.readoutSub, shapes.head, ""));
  }
  return group;
}

/** W_hh over the arrow into the current cell, and in an LSTM which of its two arrows is which. */
function recurrentLabel(model, at, { cx, side, y, direction }) {
  const group = make("g", { "data-direction": direction });
  group.dataset.inner = cx + (side * at.columnWidth) / 2;
  group.dataset.outer = cx + side * (at.boxWidth / 2 + stubReach(at) / 2 + 6);
  group.append(weightLabel(0, y - (model.cell === "lstm" ? 38 : 28), "W", "hh", model.shapes.weight_hh, "", "middle"));
  if (model.cell === "lstm") {
    for (const [state, dy] of [["c", -9], ["h", 18]]) {
      const letter = make("text", { x: 0, y: y + dy, class: `state-letter state-${state}` });
      letter.textContent = state;
      group.append(letter);
    }
  }
  return group;
}

function weightLabel(x, y, letter, sub, shape, note, anchor = "start", each = false) {
  const node = make("text", { x, y: anchor === "middle" ? y : y - 2, class: "weight", style: `text-anchor:${anchor}` });
  node.append(...symbol(letter, sub));
  const tail = `${shape[0]}×${shape[1]}${each ? " each" : ""}`;
  if (anchor === "middle") node.append(spanned(tail, { x, dy: 11, class: "shape" }));
  else node.append(spanned(tail, { dx: 5, dy: -3, class: "shape" }));
  if (note) node.append(spanned("lecture: ", { x, dy: 13, class: "shape" }), spanned(letter, { class: "shape letter" }), spanned(note, { dy: 3, class: "shape sub" }));
  return node;
}

// ---- SVG words ----

function symbol(letter, sub) {
  return [spanned(letter, { class: "letter" }), spanned(sub, { dy: 3, class: "sub" })];
}

function spanned(content, attributes, dy) {
  const node = make("tspan", dy === undefined ? attributes : { ...attributes, dy });
  node.textContent = content;
  return node;
}

function path(d, kind, headed = false, head = "flow") {
  return make("path", { d, class: kind, ...(headed ? { "marker-end": `url(#head-${head})` } : {}) });
}

function arrowHeads(look) {
  const defs = make("defs", {});
  const colors = { flow: look.ground.soft, h: look.signal.h, c: look.signal.c };
  for (const [name, fill] of Object.entries(colors)) {
    const marker = make("marker", { id: `head-${name}`, viewBox: "0 0 8 8", refX: 6.5, refY: 4, markerWidth: 6.5, markerHeight: 6.5, orient: "auto-start-reverse" });
    marker.append(make("path", { d: "M0.5 0.5L7.5 4L0.5 7.5z", fill }));
    defs.append(marker);
  }
  return defs;
}

function make(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
