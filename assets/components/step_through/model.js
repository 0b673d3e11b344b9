// The data that Python sends, decoded once: arrays by name, symbols, and the colour map of every quantity.

import { colorMap } from "../shared/colors.js";
import { decodeArray, largest } from "../shared/arrays.js";
import { heatmap } from "../shared/heatmap.js";

/** `data` with its arrays decoded, and `vectors` and `matrices` by the keys of the recipe. */
export function decodeModel(data) {
  const arrays = Object.fromEntries(Object.entries(data.arrays).map(([name, array]) => [name, decodeArray(array)]));
  const model = { ...data, h: arrays.h, x: arrays.x, y: arrays.y, images: new Map(), maps: new Map() };
  model.ff = data.sizes.feed_forward.map((_, layer) => arrays[`ff.${layer}`]);
  model.ffY = arrays["ff.y"];
  model.vectors = vectorsOf(model, arrays);
  model.matrices = matricesOf(model, arrays);
  model.ranges = rangesOf(model);
  model.spoken = (key) => model.symbols[key].replace(/[\\{}]|odot/g, "").replaceAll("_", " ");
  model.image = (strip, look) => imageOf(model, strip, look);
  model.signalColor = (key) => data.palette[model.theme].signal[baseSignal(key)];
  return model;
}

function baseSignal(key) {
  return { inputs: "x", h_prev: "h", c_prev: "c", head_in: "h" }[key] ?? key;
}

function vectorsOf(model, arrays) {
  const { layer, direction } = model.view;
  const { time, hidden } = model.sizes;
  const at = layer * model.directions.length + model.directions.indexOf(direction);
  const h = { values: arrays.h.values.subarray(at * time * hidden, (at + 1) * time * hidden), shape: [time, hidden] };
  const vectors = { h, h_prev: before(h, direction), inputs: arrays.inputs ?? arrays.x, y: arrays.y, ho: arrays.ho, head_in: arrays.head_in };
  for (const key of model.walked) vectors[key] = arrays[`walk.${key}`];
  if (model.cell === "lstm") vectors.c_prev = before(vectors.c, direction);
  for (const side of model.bias ? ["ih", "hh"] : []) {
    model.gates.forEach((gate, k) => { vectors[`b_${side}.${gate}`] = block(arrays[`bias_${side}`], k, hidden); });
  }
  if (arrays["head.bias"]) vectors["b.head"] = arrays["head.bias"];
  return vectors;
}

/** The states that each step starts from: shifted by one, zero at the start of reading. */
function before({ values, shape }, direction) {
  const [time, units] = shape;
  const shifted = new Float32Array(values.length);
  if (direction === "forward") shifted.set(values.subarray(0, (time - 1) * units), units);
  else shifted.set(values.subarray(units), 0);
  return { values: shifted, shape };
}

function matricesOf(model, arrays) {
  const matrices = {};
  for (const side of ["ih", "hh"]) {
    model.gates.forEach((gate, k) => { matrices[`${side}.${gate}`] = block(arrays[`weight_${side}`], k, model.sizes.hidden); });
  }
  if (arrays["head.weight"]) matrices.head = arrays["head.weight"];
  return matrices;
}

/** Rows k * size to (k + 1) * size of a stacked weight or bias. */
function block({ values, shape }, k, size) {
  const width = shape.length === 1 ? 1 : shape[1];
  return { values: values.subarray(k * size * width, (k + 1) * size * width), shape: [size, ...shape.slice(1)] };
}

function rangesOf(model) {
  const { vectors, matrices } = model;
  const most = (keys) => largest(keys.filter((key) => vectors[key]).flatMap((key) => [largest(vectors[key].values)]));
  const weights = largest(Object.values(matrices).flatMap((matrix) => [largest(matrix.values)]));
  const sums = most(Object.keys(vectors).filter((key) => /^(ih|hh|sum|b_ih|b_hh)\b/.test(key)));
  const states = roundUp(largest(model.h.values));
  const range = { x: largest(model.x.values), weight: weights, h: states, h_prev: states, head_in: states, ff: states };
  range.inputs = model.view.layer === 0 ? range.x : states;
  range.c = range.c_prev = range["f*c"] = most(["c"]);
  range.y = range.ffY = range.ho = range["b.head"] = most(["y", "ho"]);
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

/** All steps of a strip as one picture, a column a step: strips and the scrub bar are cut from it. */
function imageOf(model, { kind, layer = 0, directionIndex = 0 }) {
  const id = `${kind} ${layer} ${directionIndex} ${model.theme}`;
  if (!model.images.has(id)) model.images.set(id, heatmap(panel(model, kind, layer, directionIndex), mapFor(model, kind)));
  return model.images.get(id);
}

function panel(model, kind, layer, directionIndex) {
  const { time, hidden } = model.sizes;
  if (kind === "h") {
    const at = (layer * model.directions.length + directionIndex) * time * hidden;
    return { values: model.h.values.subarray(at, at + time * hidden), stride: hidden, start: 0, units: hidden, time };
  }
  if (kind === "ff") return { values: model.ff[layer].values, stride: model.ff[layer].shape[1], start: directionIndex * hidden, units: hidden, time };
  const array = model[kind];
  return { values: array.values, stride: array.shape[1], start: 0, units: array.shape[1], time };
}
