// Where everything of the picture stands, for a width.

const MARGIN = { one: { left: 108, right: 30 }, two: { left: 140, right: 72 } };
/** Names of the initial states beside the arrows that come from them. */
const NAMED_START = 22;
const ANSWER = 54;
const DIGIT_UNITS = 4;
const ROW_GAP = 46;
const STRIP_WIDTH = 26;
const DIGIT_CELL = { width: 54, height: 22 };
const WAY = { loss: 40, added: 58 };
const PAIR = { gap: 6, head: 15 };
const ROOMY = 50;
const LOOP = 112;
const FOLD = { gap: 60, captions: 250, top: 34, topInTwo: 48 };
const TIGHT = { gap: 20, least: 94, label: 24 };

/**
 * The rows and columns of a model's picture, each column with the strips of numbers in it. Where a folded network has no
 * room, the picture is as wide as that needs.
 */
export function plan(model, given) {
  const { sizes, directions } = model;
  const two = directions.length === 2;
  const { left, right } = two ? MARGIN.two : MARGIN.one;
  const margin = { left: left + (model.initial ? NAMED_START : 0), right };
  const room = given - margin.left - margin.right;
  const { strip, pair, boxWidth, count, isTight } = fitting(model, room);
  const shift = two ? boxWidth / 2 + 7 : 0;
  const columnWidth = Math.min(340, room / count);
  const head = pair ? PAIR.head : 0;
  const folded = model.fold && foldedPlan(given, margin.left, shift + boxWidth / 2, two);
  const rows = rowPlan(model, strip, head, isTight, folded);
  const width = folded ? folded.width : given;
  const at = { ...rows, strip, pair, head, boxWidth, shift, columnWidth, count, isTight, width, left: margin.left, isClose: folded?.isClose };
  const centres = folded ? folded.centres : unrolledCentres(at);
  at.columns = centres.map(({ x, kind }) => ({ x, kind, width: columnWidth, strips: columnStrips(model, at, x, kind) }));
  return at;
}

/**
 * How large the states are drawn and how many steps fit: in digits with room for the arrows, or closer together where
 * that shows the whole sequence, or as colours where only that does.
 */
function fitting(model, room) {
  const ways = [[true, false], [true, true], [false, false], [false, true]].map(([digits, isTight]) => wayOf(model, room, digits, isTight));
  return model.fold ? ways[0] : ways.find(({ count }) => count === model.sizes.time) ?? ways[0];
}

function wayOf({ sizes, directions, cell, fold }, room, digits, isTight) {
  const strip = stripSize(sizes.hidden, sizes.layers * directions.length, digits);
  const pair = cell === "lstm" ? strip.width + PAIR.gap : 0;
  const boxWidth = strip.width + pair + 16;
  const roomy = directions.length === 2 ? 2 * boxWidth + 36 : boxWidth + ROOMY;
  const tight = directions.length === 2 ? roomy : Math.min(roomy, Math.max(boxWidth + TIGHT.gap, TIGHT.least));
  const count = fold ? 1 : Math.max(1, Math.min(sizes.time, Math.floor(room / (isTight ? tight : roomy))));
  return { strip, pair, boxWidth, count, isTight: isTight && tight < roomy };
}

function unrolledCentres({ columnWidth, count, left }) {
  return Array.from({ length: count }, (_, k) => ({ x: left + (k + 0.5) * columnWidth, kind: "h" }));
}

/** Two networks far apart, or close, each with its caption in two lines; `half` of the width of one, without its loops. */
function foldedPlan(given, left, half, two) {
  const apart = [0.24, 0.66].map((share) => left + (given - left) * share);
  const between = half + (two ? LOOP : FOLD.gap) + half;
  const isClose = apart[1] - apart[0] < Math.max(FOLD.captions, between) || apart[1] + half + LOOP > given;
  const [plain, loop] = isClose ? [left + half, left + half + between] : apart;
  return { isClose, width: Math.max(given, loop + half + LOOP), centres: [{ x: plain, kind: "ff" }, { x: loop, kind: "h" }] };
}

function stripSize(units, rows, digits = true) {
  if (digits && units <= DIGIT_UNITS) return { ...DIGIT_CELL, units, cell: DIGIT_CELL.height, height: units * DIGIT_CELL.height, digits: true };
  const height = Math.round(Math.min(Math.max(units * 6, 36), rows > 4 ? 40 : rows > 2 ? 48 : 68));
  return { width: STRIP_WIDTH, units, height, cell: height / units, digits: false };
}

/** The upper edge of the box of a cell whose strips begin at `top`. */
export function roof(at, top) {
  return top - 8 - at.head;
}

function rowPlan(model, strip, head, isTight, folded) {
  const { sizes, directions } = model;
  let y = folded ? (folded.isClose ? FOLD.topInTwo : FOLD.top) : 12;
  const way = Boolean(model.back) && !model.fold;
  if (way && !sizes.output) y += WAY.loss;
  if (isTight && !sizes.output) y += TIGHT.label; // above the cells
  const output = sizes.output ? stripSize(sizes.output, 1) : null;
  const answerY = y;
  if (model.answers) y += ANSWER;
  const outputY = y;
  if (output) y += output.height + ROW_GAP;
  const layers = [];
  for (let layer = sizes.layers - 1; layer >= 0; layer -= 1) {
    const tops = {};
    if (directions.length === 2) {
      tops.join = y;
      y += 18;
      tops.reverse = y + 8 + head;
      y += strip.height + 16 + head + 24;
    }
    tops.forward = y + 8 + head;
    y += strip.height + 16 + head;
    layers[layer] = tops;
    y += ROW_GAP + (directions.length === 2 ? 8 : 0);
  }
  const input = stripSize(sizes.input, 1);
  if (sizes.input <= 6 && sizes.hidden <= DIGIT_UNITS) Object.assign(input, { ...DIGIT_CELL, cell: 20, height: sizes.input * 20, digits: true });
  const inputY = y;
  y += input.height + 20;
  const lossY = output ? outputY + output.height + 4 : outputY - 2;
  const height = y + 32 + (way ? WAY.added : 0);
  return { output, outputY, answerY, lossY, layers, input, inputY, wordY: y, timeY: y + 20, addedY: y + 62, height };
}

function columnStrips(model, at, x, kind) {
  const d = model.back && !model.fold ? "d" : "";
  const letter = (state) => (d ? `∂L/∂${state}` : state);
  const strips = [placed(at.input, x, at.inputY, { kind: `${d}x`, letter: letter("x") })];
  at.layers.forEach((tops, layer) => model.directions.forEach((direction, directionIndex) => {
    const centre = x + (model.directions.length === 1 ? 0 : direction === "forward" ? -at.shift : at.shift);
    const where = { layer, direction, directionIndex };
    const aside = kind === "h" ? at.pair / 2 : 0;
    strips.push(placed(at.strip, centre + aside, tops[direction], { kind: kind === "h" ? `${d}h` : kind, letter: kind === "h" ? letter("h") : "feed-forward h", ...where }));
    if (aside) strips.push(placed(at.strip, centre - aside, tops[direction], { kind: `${d}c`, letter: letter("c"), ...where }));
  }));
  if (at.output) strips.push(placed(at.output, x, at.outputY, kind === "h" ? { kind: "y", letter: "y" } : { kind: "ffY", letter: "feed-forward y" }));
  return strips;
}

function placed(size, centre, y, extra) {
  return { ...size, ...extra, x: centre - size.width / 2, y };
}
