// How arms are told from each other: by colour, dash and shape, in a picture and in its legend.

const DASHES = { unclipped: [9, 9], clipped: [], value: [14, 4, 3, 4], batch: [], training: [9, 9], validation: [], held: [], earlier0: [2, 4], earlier1: [9, 4, 2, 4], earlier2: [14, 5] };
const CIRCLE = "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z";
const SHAPES = {
  unclipped: "M0 -5.2L5.2 0L0 5.2L-5.2 0Z",
  clipped: CIRCLE,
  value: "M-4 -4H4V4H-4Z",
  batch: CIRCLE,
  training: CIRCLE,
  validation: CIRCLE,
  held: "M0 -5.2L5.2 0L0 5.2L-5.2 0Z",
  earlier0: "M-4 -4H4V4H-4Z",
  earlier1: "M0 -5L5 4H-5Z",
  earlier2: "M0 -5.2L5.2 0L0 5.2L-5.2 0Z",
};
const OPEN = new Set(["unclipped", "training", "earlier0", "earlier1", "earlier2"]);
const GROUNDS = { value: "soft", batch: "soft", training: "soft", validation: "accent", held: "accent", earlier0: "ink", earlier1: "ink", earlier2: "ink" };
const SVG = "http://www.w3.org/2000/svg";

export function dashOf(arm) {
  return DASHES[arm];
}

export function colorOf(look, arm) {
  return arm in GROUNDS ? look.ground[GROUNDS[arm]] : look.signal[arm];
}

/** The shape of an arm at a place. */
export function drawShape(pen, [x, y], arm, color, scale = 1) {
  pen.save();
  pen.translate(x, y);
  pen.scale(scale, scale);
  pen.setLineDash([]);
  pen.lineWidth = 1.8;
  pen.strokeStyle = pen.fillStyle = color;
  const path = new Path2D(SHAPES[arm]);
  if (OPEN.has(arm)) pen.stroke(path);
  else pen.fill(path);
  pen.restore();
}

/** An arm's entry in a legend; without a line, and larger, where only single points are drawn. */
export function legendOf({ arm, name }, look, lined) {
  const color = colorOf(look, arm);
  const sample = element("svg", { viewBox: "0 -7 46 14", "aria-hidden": "true" });
  if (lined) sample.append(element("path", { d: "M0 0H46", stroke: color, "stroke-width": 2.4, "stroke-dasharray": DASHES[arm].join(" ") }));
  const [fill, stroke] = OPEN.has(arm) ? ["none", color] : [color, "none"];
  sample.append(element("path", { d: SHAPES[arm], transform: `translate(23 0) scale(${lined ? 1 : 1.4})`, fill, stroke, "stroke-width": 1.8 }));
  const entry = document.createElement("span");
  entry.append(sample, name);
  return entry;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
