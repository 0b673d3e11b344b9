// What Python sends, decoded: what stands still once, the numbers of steps window by window, and every colour map.

import { Answers } from "../shared/answers.js";
import { colorMap } from "../shared/colors.js";
import { heatmap, thinned } from "../shared/heatmap.js";
import { rewritten, translated } from "../shared/notation.js";
import { Steps } from "./steps.js";

const BLOCK = 256;
const OF_ALL = ["h", "c", "ff", "dh", "dc"];

/** `still` with its biases by the keys of the recipe; of steps and of matrices of gates there are none yet. */
export function decodeModel(still) {
  const { weights, sizes, palette } = still;
  const model = { ...still, ...inLetters(still), answers: still.answers && new Answers(still.answers), steps: new Steps(sizes.time), maps: new Map() };
  Object.assign(model.symbols, model.back?.symbols);
  model.written = (text) => rewritten(text, still.letters);
  model.matrices = weights["head.weight"] ? { head: weights["head.weight"] } : {};
  model.fixed = biasesOf(model, weights);
  model.ranges = rangesOf(still);
  model.overview = overviewOf(model, still.overview);
  model.numbers = (key, t) => model.fixed[key]?.values ?? model.steps.row(key, t);
  model.matrixShape = (key) => matrixShape(still, key);
  model.width = (key) => model.fixed[key]?.values.length ?? model.widths[key];
  model.spoken = (key) => model.symbols[key]
    .replace(/\\mathrm/g, "").replace(/\\odot/g, "times").replace(/[\\{}]/g, "").replace(/[_^]/g, " ");
  const unknown = new Set(still.unknown);
  model.isUnknown = (t) => unknown.has(t);
  model.column = (strip, t) => columnOf(model, strip, t);
  model.signalColor = (key) => palette[model.theme].signal[baseSignal(key)];
  return model;
}

/** What is read of `still`, in the letters that it comes with. */
function inLetters({ symbols, formulas, readout, head, candidate, caption, alt, cellAlt, back, letters }) {
  const { lines, origins, symbols: gradients } = back ?? {};
  const read = translated({ symbols, formulas, readout, head, candidate, caption, alt, cellAlt }, letters);
  return { ...read, back: back && { ...back, ...translated({ lines, origins, symbols: gradients }, letters) } };
}

/** Takes the numbers of some steps. */
export function addWindow(model, { first, arrays, before }) {
  const series = seriesOf(model, arrays, before);
  model.widths ??= Object.fromEntries(Object.entries(series).map(([key, { units }]) => [key, units]));
  model.steps.add({ first, count: arrays.x.shape[0], series, images: new Map() });
}

/** The gate whose matrices are needed for a matrix or a product with it, and are not here; null where none is. */
export function missingGate(model, matrix) {
  return matrix in model.matrices ? null : matrix.split(".")[1];
}

/** The key of a strip's numbers in the series of a window. */
function stripKey({ kind, layer, directionIndex }) {
  return OF_ALL.includes(kind) ? `${kind} ${layer} ${directionIndex}` : kind;
}

function baseSignal(key) {
  return { inputs: "x", h_prev: "h", c_prev: "c", head_in: "h" }[key] ?? key;
}

function seriesOf(model, arrays, before) {
  const { layer, direction } = model.view;
  const series = { x: whole(arrays.x), inputs: whole(arrays.inputs ?? arrays.x) };
  for (const kind of Object.keys(before)) {
    Object.assign(series, statesOf(model, kind, arrays[kind]));
    series[kind] = series[stripKey({ kind, layer, directionIndex: model.directions.indexOf(direction) })];
    series[`${kind}_prev`] = shifted(series[kind], direction, before[kind].values);
  }
  for (const key of model.walked) series[key] = whole(arrays[`walk.${key}`]);
  for (const key of model.back?.keys ?? []) Object.assign(series, backward(model, key, arrays[key]));
  for (const key of ["y", "ho", "head_in"]) if (arrays[key]) series[key] = whole(arrays[key]);
  if (arrays["ff.y"]) series.ffY = whole(arrays["ff.y"]);
  model.sizes.feed_forward.forEach((_, below) => model.directions.forEach((_name, k) => {
    const plain = whole(arrays[`ff.${below}`]);
    series[stripKey({ kind: "ff", layer: below, directionIndex: k })] = { ...plain, start: k * model.sizes.hidden, units: model.sizes.hidden };
  }));
  return series;
}

function whole({ values, shape, off }) {
  const units = shape[shape.length - 1];
  return { values, stride: units, start: 0, units, off };
}

/** A derivative, of all layers and directions where there is one of each. */
function backward(model, key, array) {
  if (!OF_ALL.includes(key)) return { [key]: whole(array) };
  const { layer, direction } = model.view;
  const states = statesOf(model, key, array);
  return { ...states, [key]: states[stripKey({ kind: key, layer, directionIndex: model.directions.indexOf(direction) })] };
}

/** h or c of every layer and direction from one array of all. */
function statesOf(model, kind, { values, shape: [layers, directions, time, units], off }) {
  const states = {};
  for (let k = 0; k < layers * directions; k += 1) {
    const key = stripKey({ kind, layer: Math.floor(k / directions), directionIndex: k % directions });
    states[key] = { values: values.subarray(k * time * units, (k + 1) * time * units), stride: units, start: 0, units, off };
  }
  return states;
}

/** The states that each step starts from: those of the step before, and at the entry what Python sends. */
function shifted({ values, units }, direction, entry) {
  const moved = new Float32Array(values.length);
  const rest = values.length - units;
  moved.set(direction === "forward" ? values.subarray(0, rest) : values.subarray(units), direction === "forward" ? units : 0);
  moved.set(entry, direction === "forward" ? 0 : rest);
  return { values: moved, stride: units, start: 0, units };
}

function matrixShape({ shapes, sizes, view }, key) {
  if (key === "head") return shapes.head;
  return [sizes.hidden, key.startsWith("ih") ? shapes.weight_ih[view.layer][1] : sizes.hidden];
}

function biasesOf(model, weights) {
  const biases = {};
  for (const side of model.bias ? ["ih", "hh"] : []) {
    model.gates.forEach((gate, k) => { biases[`b_${side}.${gate}`] = block(weights[`bias_${side}`], k, model.sizes.hidden); });
  }
  if (weights["head.bias"]) biases["b.head"] = weights["head.bias"];
  return biases;
}

/** Numbers k * size to (k + 1) * size of a stacked bias. */
function block({ values }, k, size) {
  return { values: values.subarray(k * size, (k + 1) * size), shape: [size] };
}

function rangesOf({ view, back, ranges: { x, h, c, y, weight, sums } }) {
  const states = roundUp(h);
  const range = { x, weight, h: states, h_prev: states, head_in: states, ff: states, "r*h": states };
  range.inputs = view.layer === 0 ? x : states;
  range.c = range.c_prev = range["f*c"] = c;
  Object.assign(range, back?.ranges);
  range.y = range.ffY = range.ho = range["b.head"] = y;
  return { range, sums };
}

/** The next of 1, 2, 5 times a power of ten. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 5, 10].find((step) => value <= step * power * 1.000001);
}

/** The map of a quantity: gates on 0 to 1, everything signed on a range that is symmetric about zero. */
export function mapFor(model, key) {
  const { range, sums } = model.ranges;
  const id = `${key} ${model.theme}`;
  if (!model.maps.has(id)) {
    const { diverging, sequential, ground } = model.palette[model.theme];
    const high = range[key] ?? (/^(ih|hh|sum|b_ih|b_hh)\b|hh\.n/.test(key) ? sums : 1);
    const gate = model.sigmoid.includes(key);
    model.maps.set(id, gate ? colorMap(sequential, 0, 1, ground.nan) : colorMap(diverging, -high, high, ground.nan));
  }
  return model.maps.get(id);
}

// ---- what the picture and the scrub bar draw ----

/** Colours of all steps, to the nearest of 253 levels: a window like others, but of no numbers that are read. */
function overviewOf(model, arrays) {
  if (!arrays) return null;
  const series = { x: whole(arrays.x), ...statesOf(model, "h", arrays.h), ...(arrays.c ? statesOf(model, "c", arrays.c) : {}), ...overviewBack(model, arrays), ...(arrays.y ? { y: whole(arrays.y) } : {}) };
  return { first: 0, count: model.sizes.time, series, images: new Map() };
}

function overviewBack(model, arrays) {
  const kinds = ["dx", "dh", "dc"].filter((kind) => arrays[kind]);
  return Object.assign({}, ...kinds.map((kind) => backward(model, kind, arrays[kind])));
}

/** A strip at step `t` as a column of a picture: {image, column}; null where its numbers are not here. */
function columnOf(model, strip, t) {
  const key = stripKey(strip);
  const source = model.overview?.series[key] ? model.overview : model.steps.at(t);
  if (!source) return null;
  const at = t - source.first;
  const part = Math.floor(at / BLOCK);
  const id = `${key} ${part} ${strip.height} ${model.theme}`;
  if (!source.images.has(id)) source.images.set(id, pictureOf(source, key, part, strip.height, mapFor(model, strip.kind)));
  return { image: source.images.get(id), column: at - part * BLOCK };
}

/** Steps part * BLOCK to (part + 1) * BLOCK as one picture, a column a step. */
function pictureOf({ series, count }, key, part, height, map) {
  const { values, stride, start, units } = series[key];
  const time = Math.min(BLOCK, count - part * BLOCK);
  return heatmap(thinned({ values: values.subarray(part * BLOCK * stride), time, stride, start, units }, height), map);
}

/** h of the selected layer and direction over all steps, into a canvas of at most `most` columns. */
export function drawStates(model, canvas, most) {
  const { layer, direction } = model.view;
  const key = stripKey({ kind: "h", layer, directionIndex: model.directions.indexOf(direction) });
  const { series, count } = model.overview ?? model.steps.at(0);
  const every = Math.ceil(count / most);
  const { values, stride, start, units } = series[key];
  heatmap({ values, time: Math.ceil(count / every), stride: stride * every, start, units }, mapFor(model, "h"), canvas);
}

/** The numbers of a strip at step `t`; null where they are not here. */
export function stripValues(model, strip, t) {
  return model.steps.row(stripKey(strip), t);
}
