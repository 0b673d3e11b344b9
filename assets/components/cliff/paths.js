// Both descents on the map: how far they have come, where they leave it, and the gradient at the selected step.

import { about } from "./numbers.js";

const DECADE = 0.056;
const SHORTEST = 8;
const FROM = -2;
const MARK = 11;
const GAP = 4;
const CELL = 12;
const LOOKS = {
  unclipped: { dash: [7, 4], width: 4.6, dot: 2.6 },
  clipped: { dash: [], width: 1.6, dot: 1.6 },
};

/** Draws both descents as they are at step `t`. */
export function drawPaths(pen, map, arms, t, look) {
  const scale = Object.assign(Object.create(map), { taken: [...map.numbers] }); // where words stand already
  for (const arm of arms) {
    drawPath(pen, scale, arm, arm.count - 1, look, 0.3);
    drawPath(pen, scale, arm, t, look, 1);
  }
  for (const arm of arms) {
    keepMark(scale, arm.at(t));
    scale.taken.push(...boxesOf(piecesOf(scale, arm, t).flat()));
  }
  drawArrows(pen, scale, arms, t, look);
  for (const arm of arms) drawPresent(pen, scale, arm, t, look);
}

/** Words keep off the mark of a descent. */
function keepMark(scale, one) {
  if (!scale.holds(one)) return;
  const [x, y] = [scale.x(one.w), scale.y(one.b)];
  scale.taken.push({ left: x - MARK, right: x + MARK, top: y - MARK, bottom: y + MARK });
}

/** The boxes that words keep off for a path: its places are so many that all in one cell of a grid have one box. */
export function boxesOf(points) {
  const cells = new Map(points.map((point) => point.map((at) => CELL * Math.floor(at / CELL))).map((one) => [`${one}`, one]));
  return [...cells.values()].map(([left, top]) => ({ left, right: left + CELL, top, bottom: top + CELL }));
}

function drawPath(pen, scale, arm, to, look, alpha) {
  const { dash, width, dot } = LOOKS[arm.name];
  const pieces = piecesOf(scale, arm, to);
  pen.globalAlpha = alpha;
  for (const points of pieces) line(pen, points, look.ground.background, width + 2.4, []);
  for (const points of pieces) line(pen, points, look.signal[arm.name], width, dash);
  pen.fillStyle = look.signal[arm.name];
  pen.beginPath();
  for (const [x, y] of pieces.flat()) {
    pen.moveTo(x + dot, y);
    pen.arc(x, y, dot, 0, 2 * Math.PI);
  }
  pen.fill();
  pen.globalAlpha = 1;
}

/** What of a path up to step `to` is on the map, each piece to where it leaves. */
function piecesOf(scale, arm, to) {
  const pieces = [[]];
  for (let t = 0; t <= to; t += 1) {
    const one = arm.at(t);
    const points = pieces.at(-1);
    if (scale.holds(one)) {
      points.push([scale.x(one.w), scale.y(one.b)]);
    } else if (points.length) {
      const exit = exitOf(scale, arm, t);
      if (exit) points.push(exit.point);
      pieces.push([]);
    }
  }
  return pieces;
}

function line(pen, points, color, width, dash) {
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.lineJoin = "round";
  pen.beginPath();
  points.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
  pen.setLineDash([]);
}

/** Where the path that is on the map before step `t` and off it at `t` crosses the frame, and which way it goes. */
function exitOf(scale, arm, t) {
  const from = arm.at(t - 1);
  const to = arm.at(t);
  const start = [scale.x(from.w), scale.y(from.b)];
  const way = [direction(to.w - from.w) * scale.across, -direction(to.b - from.b) * scale.up];
  const size = Math.hypot(...way);
  if (!(size > 0)) return null;
  const unit = way.map((part) => part / size);
  const { frame } = scale;
  const reach = Math.min(
    unit[0] > 0 ? (frame.right - start[0]) / unit[0] : unit[0] < 0 ? (frame.left - start[0]) / unit[0] : Infinity,
    unit[1] > 0 ? (frame.bottom - start[1]) / unit[1] : unit[1] < 0 ? (frame.top - start[1]) / unit[1] : Infinity,
  );
  return { point: [start[0] + reach * unit[0], start[1] + reach * unit[1]], unit };
}

/** A difference that no size can spoil: what is no number has no direction. */
function direction(difference) {
  if (Number.isNaN(difference)) return 0;
  return Math.max(-1e30, Math.min(1e30, difference));
}

/** The descent's own mark where it is; once it is off the map, an arrow where it left, and where it went. */
function drawPresent(pen, scale, arm, t, look) {
  const color = look.signal[arm.name];
  const now = arm.at(t);
  if (scale.holds(now)) return drawMark(pen, [scale.x(now.w), scale.y(now.b)], arm.name, color, look);
  let last = t - 1;
  while (!scale.holds(arm.at(last))) last -= 1;
  const exit = exitOf(scale, arm, last + 1);
  const gone = [`${arm.name}, off the map:`, `w = ${about(now.w)}, b = ${about(now.b)}`];
  if (!exit) return label(pen, scale, [scale.x(arm.at(last).w), scale.y(arm.at(last).b)], gone, color, look);
  head(pen, exit.point, exit.unit, 15, color, look);
  return label(pen, scale, exit.point, gone, color, look, [-exit.unit[1], exit.unit[0]]);
}

function drawMark(pen, [x, y], shape, color, look) {
  pen.lineWidth = 2.4;
  pen.strokeStyle = color;
  pen.fillStyle = shape === "clipped" ? color : look.ground.background;
  pen.beginPath();
  if (shape === "clipped") pen.arc(x, y, 5.5, 0, 2 * Math.PI);
  else for (const [dx, dy] of [[0, -10], [10, 0], [0, 10], [-10, 0]]) pen.lineTo(x + dx, y + dy);
  pen.closePath();
  pen.fill();
  pen.stroke();
}

/** The way downhill at the selected step: thin as long as the gradient is, thick as long as it is after clipping. */
function drawArrows(pen, scale, [unclipped, clipped], t, look) {
  const [free, held] = [unclipped.at(t), clipped.at(t)];
  const together = free.w === held.w && free.b === held.b;
  const shortened = held.clipped < held.norm;
  const { signal } = look;
  if (!together) {
    arrow(pen, scale, free, free.norm, { color: signal.unclipped, thick: true, side: 1, words: "‖g‖ ≈" }, look);
  }
  if (shortened) {
    const color = together ? signal.unclipped : signal.clipped;
    arrow(pen, scale, held, held.norm, { color, thick: false, side: 1, words: "‖g‖ ≈" }, look);
  }
  const words = shortened ? "after clipping:" : "‖g‖ ≈";
  arrow(pen, scale, held, held.clipped, { color: signal.clipped, thick: true, side: -1, words }, look);
}

function arrow(pen, scale, one, norm, { color, thick, side, words }, look) {
  if (!scale.holds(one)) return;
  const way = [-one.gradW * scale.across, one.gradB * scale.up];
  const size = Math.hypot(...way);
  if (!(size > 0) || !Number.isFinite(size)) return;
  const unit = way.map((part) => part / size);
  const decade = DECADE * (scale.frame.bottom - scale.frame.top);
  const length = 10 + Math.max(SHORTEST, decade * (Math.log10(norm) - FROM));
  const from = [scale.x(one.w), scale.y(one.b)];
  const [neck, tip] = [length - 10, length].map((reach) => from.map((part, k) => part + reach * unit[k]));
  const width = thick ? 5 : 1.8;
  line(pen, [from, neck], look.ground.background, width + 3, []);
  line(pen, [from, neck], color, width, []);
  head(pen, tip, unit, thick ? 14 : 11, color, look);
  label(pen, scale, tip, [`${words} ${about(norm)}`], color, look, [-side * unit[1], side * unit[0]]);
}

function head(pen, [x, y], [dx, dy], size, color, look) {
  pen.fillStyle = color;
  pen.strokeStyle = look.ground.background;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x - size * dx - 0.45 * size * dy, y - size * dy + 0.45 * size * dx);
  pen.lineTo(x - size * dx + 0.45 * size * dy, y - size * dy - 0.45 * size * dx);
  pen.closePath();
  pen.stroke();
  pen.fill();
}

/** Words on one side of a place, moved inside the frame and off the words that are there. */
function label(pen, { frame, taken }, place, rows, color, look, [dx, dy] = [0, -1]) {
  pen.font = `600 14px ${look.font}`;
  const width = Math.max(...rows.map((row) => pen.measureText(row).width));
  const high = 18 * rows.length;
  const [left, top] = freePlace({ width, high }, place, [dx, dy], frame, taken);
  taken.push({ left, right: left + width, top, bottom: top + high });
  pen.textAlign = "left";
  pen.textBaseline = "top";
  pen.lineJoin = "round";
  pen.strokeStyle = look.ground.background;
  pen.lineWidth = 5;
  pen.fillStyle = color;
  rows.forEach((row, k) => {
    pen.strokeText(row, left, top + 18 * k + 2);
    pen.fillText(row, left, top + 18 * k + 2);
  });
}

/**
 * The left and top of a box of words beside a place, on the side of `way` or the other one, right under or above other
 * words if need be: the free one nearest to where it is wanted, which is taken if nothing is free.
 */
export function freePlace({ width, high }, [x, y], [dx, dy], frame, taken) {
  const within = (at, low, top) => Math.max(low + GAP, Math.min(top - GAP, at));
  const beside = (side) => [
    within(x + side * dx * (width / 2 + 14) - width / 2, frame.left, frame.right - width),
    within(y + side * dy * (high / 2 + 8) - high / 2, frame.top, frame.bottom - high),
  ];
  const wanted = beside(1);
  const isFree = ([left, top]) => top >= frame.top && top + high <= frame.bottom
    && taken.every((box) => left + width < box.left || left > box.right || top + high < box.top || top > box.bottom);
  const shifted = ([left]) => taken.flatMap((box) => [[left, box.bottom + GAP], [left, box.top - high - GAP]]);
  const far = ([left, top]) => Math.hypot(left - wanted[0], top - wanted[1]);
  const places = [1, -1].map(beside).flatMap((one) => [one, ...shifted(one)]);
  return places.filter(isFree).sort((one, other) => far(one) - far(other))[0] ?? wanted;
}
