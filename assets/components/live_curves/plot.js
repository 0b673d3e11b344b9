// The picture between the axes: bands, lines, what they are compared with, and marks for what has no place on them.

import { colorOf, dashOf, drawShape } from "./arms.js";
import { Axis } from "./axes.js";

const INSET = 12;
const MARKS = 14;
const DOTTED = [3, 3];

/** Draws a panel on a canvas of `width` by `height` pixels, of which those on all four sides are not of the picture. */
export function drawPlot(pen, panel, { width, height, left, right, above, below, view, look }) {
  const box = { x: left, y: above, width: Math.max(1, width - left - right), height: Math.max(1, height - above - below) };
  const axes = { x: new Axis(panel.x, view), y: new Axis(panel.y) };
  const at = (x, y) => [box.x + axes.x.share(x) * box.width, box.y + (1 - axes.y.share(y)) * box.height];
  const part = { pen, box, axes, at, look };
  pen.font = `16px ${look.font}`;
  drawAxes(part);
  inside(part, () => drawData(part, panel));
  if (panel.mark) drawMark(part, panel.mark);
}

/** The share of an axis in view that a place on a canvas of this width stands for. */
export function shareAt(x, width, { left, right }, [from, to]) {
  const share = Math.max(0, Math.min(1, (x - left) / (width - left - right)));
  return from + share * (to - from);
}

function drawAxes({ pen, box, axes, at, look }) {
  const [bottom, right] = [box.y + box.height, box.x + box.width];
  pen.fillStyle = look.ground.ink;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (const { value, text } of axes.y.ticks(axes.y.log ? 8 : 6, true)) {
    const y = at(1, value)[1];
    stroke(pen, [[box.x, y], [right, y]], look.ground.line, 1);
    pen.fillText(text, box.x - 8, y);
  }
  pen.textAlign = "center";
  for (const { value, text } of axes.x.ticks(box.width / (axes.x.log ? 50 : 90), false)) {
    const x = at(value, 1)[0];
    stroke(pen, [[x, box.y], [x, bottom]], look.ground.line, 1);
    pen.fillText(text, x, bottom + 17);
  }
}

/** Draws nothing but between the axes, and marks that stand on their edges. */
function inside({ pen, box }, draw) {
  pen.save();
  pen.beginPath();
  pen.rect(box.x - 6, box.y - 6, box.width + 12, box.height + 12);
  pen.clip();
  draw();
  pen.restore();
}

function drawData(part, panel) {
  const { pen, at, look, box } = part;
  const [low, high] = [panel.x.low, panel.x.high];
  if (panel.kind === "points") stroke(pen, [at(low, low), at(high, high)], look.ground.soft, 1.5, DOTTED);
  for (const { at: value, signal } of panel.levels) {
    const y = at(1, value)[1];
    stroke(pen, [[box.x, y], [box.x + box.width, y]], look.signal[signal], 2, DOTTED);
  }
  if (panel.kind === "curves") for (const line of panel.lines) drawBand(part, line);
  panel.lines.forEach((line, row) => {
    const places = Array.from(line.x.values, (x, k) => at(x, isBeyond(panel.y, line.y.values[k]) ? NaN : line.y.values[k]));
    if (panel.kind === "points") return drawPoints(part, line, places);
    if (panel.kind === "counts") drawOthers(part, line);
    if (panel.kind === "marks") drawMarks(part, panel.y, line, places);
    else drawLine(part, line, places);
    if (panel.kind !== "counts") drawEdges(part, panel.y, line, row);
  });
}

/** From the smallest to the largest of all seeds, in as many pieces as there are runs of numbers. */
function drawBand({ pen, box, at, look }, { arm, bandX, band }) {
  const [low, high] = rows(band);
  if (!high) return;
  const held = (y) => Math.max(box.y - 9, Math.min(box.y + box.height + 9, y));
  pen.fillStyle = colorOf(look, arm);
  pen.globalAlpha = 0.16;
  for (const [from, to] of pieces(low, high)) {
    pen.beginPath();
    for (let k = from; k < to; k += 1) pen.lineTo(at(bandX.values[k], 1)[0], held(at(1, high[k])[1]));
    for (let k = to - 1; k >= from; k -= 1) pen.lineTo(at(bandX.values[k], 1)[0], held(at(1, low[k])[1]));
    pen.fill();
  }
  pen.globalAlpha = 1;
}

/** Where both edges are numbers, as [first, the one after the last]. */
function pieces(low, high) {
  const found = [];
  let from = 0;
  for (let k = 0; k <= low.length; k += 1) {
    if (k < low.length && !Number.isNaN(low[k]) && !Number.isNaN(high[k])) continue;
    if (k > from) found.push([from, k]);
    from = k + 1;
  }
  return found;
}

/** The counts of the other seeds, faint. */
function drawOthers({ pen, at, look }, { arm, bandX, band }) {
  pen.globalAlpha = 0.35;
  for (const other of rows(band)) {
    stroke(pen, Array.from(bandX.values, (x, k) => at(x, other[k])), colorOf(look, arm), 1.5, dashOf(arm));
  }
  pen.globalAlpha = 1;
}

function drawLine({ pen, look }, { arm }, places) {
  stroke(pen, places, colorOf(look, arm), 2.2, dashOf(arm));
  const known = places.filter(isPlace);
  const every = Math.ceil(known.length / MARKS);
  known.filter((_, k) => k % every === 0).forEach((place) => drawShape(pen, place, arm, colorOf(look, arm)));
}

/** Every measurement, those of the other seeds small and faint: what lies between two is not known. */
function drawMarks({ pen, at, look }, axis, { arm, bandX, band }, places) {
  const color = colorOf(look, arm);
  pen.globalAlpha = 0.45;
  for (const other of rows(band)) {
    Array.from(bandX.values, (x, k) => at(x, isBeyond(axis, other[k]) ? NaN : other[k])).filter(isPlace).forEach((place) => drawShape(pen, place, arm, color, 0.6));
  }
  pen.globalAlpha = 1;
  places.filter(isPlace).forEach((place) => drawShape(pen, place, arm, color));
}

function drawPoints({ pen, look }, { arm }, places) {
  places.filter(isPlace).forEach((place) => drawShape(pen, place, arm, colorOf(look, arm), 1.5));
}

/** What is beyond the axis, no number, or nothing on a logarithmic one, at the edges: △ and × above, ▽ below, a row for each arm. */
function drawEdges({ pen, box, axes, at, look }, axis, { arm, x, y }, row) {
  const inset = INSET * (row + 0.7);
  pen.fillStyle = colorOf(look, arm);
  pen.textAlign = "center";
  let last = -Infinity;
  y.values.forEach((value, k) => {
    const sign = Number.isNaN(value) ? "×" : isBeyond(axis, value) ? "△" : axes.y.log && value <= 0 ? "▽" : "";
    const place = at(x.values[k], 1)[0];
    if (!sign || place - last < 14) return;
    last = place;
    pen.fillText(sign, place, sign === "▽" ? box.y + box.height - inset : box.y + inset);
  });
}

/** A line down the picture at an update, and over it what happened there. */
function drawMark({ pen, box, at, look }, { update, text }) {
  const x = at(update, 1)[0];
  if (!(x >= box.x && x <= box.x + box.width)) return;
  stroke(pen, [[x, box.y], [x, box.y + box.height]], look.ground.bad, 2, [9, 9]);
  pen.font = `14px ${look.font}`;
  pen.fillStyle = look.ground.bad;
  pen.textAlign = x < box.x + box.width / 2 ? "left" : "right";
  pen.fillText(text, x, box.y - 11);
}

function stroke(pen, places, color, width, dash = []) {
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.beginPath();
  let drawn = false;
  for (const place of places) {
    if (isPlace(place)) pen[drawn ? "lineTo" : "moveTo"](...place);
    drawn = isPlace(place);
  }
  pen.stroke();
}

function rows({ values, shape: [count, width] }) {
  return Array.from({ length: count }, (_, k) => values.subarray(k * width, (k + 1) * width));
}

/** Whether a number is larger than all that the axis shows. */
function isBeyond({ most = Infinity }, value) {
  return value === Infinity || value > most;
}

function isPlace([x, y]) {
  return Number.isFinite(x) && Number.isFinite(y);
}
