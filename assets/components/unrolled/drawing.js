// One network unrolled over a sequence: what it reads below, its state, what it says above; pale where there is nothing.

import { probability } from "../shared/arrays.js";
import { css } from "../shared/colors.js";

const ROOM = { wide: 118, narrow: 18, right: 16 };
const LEAST = 66;
const MOST = 150;
const LETTER = 8.9;
const CUT = 8.4;
const STRIP = 30;
const BOX = 36;
/** Pixels of a state from which on there is room for long arrows too. */
const ROOMY = 100;

/** The heights at which everything stands, for states of this height. */
function rows(strip) {
  const gaps = strip < ROOMY ? [12, 20] : [30, 36];
  const said = 22;
  const cell = said + BOX + 34 + gaps[0];
  const read = cell + strip + 18 + gaps[1];
  return { wrong: 14, said, cell, strip, deep: strip + 18, read, tick: read + 52, end: read + 64 };
}

/** Where everything stands, for a width and a height of the states. */
export function plan({ columns, turn }, width, strip) {
  const left = width < 640 ? ROOM.narrow : ROOM.wide;
  const room = width - left - ROOM.right;
  const longest = Math.max(...columns.map(({ read, said }) => Math.max(read.length, said.length)));
  const least = Math.min(MOST - 20, Math.max(LEAST, Math.min(12, longest) * LETTER + 12));
  const count = Math.max(1, Math.min(columns.length, Math.floor(room / least)));
  const step = Math.min(MOST, room / count);
  return { width, left, labels: left === ROOM.wide, count, step, first: left + (room - step * count) / 2, y: rows(strip), height: rows(strip).end + (turn === null ? 0 : 18) };
}

/** The first column in view while `t` is the selected one. */
export function firstShown(at, steps, t) {
  return Math.max(0, Math.min(steps - at.count, t - Math.floor(at.count / 2)));
}

/** The column and the unit under a place of the picture, as {k, unit}; unit is null outside the strip. */
export function under(at, units, x, y) {
  const k = Math.floor((x - at.first) / at.step);
  if (k < 0 || k >= at.count) return null;
  const off = Math.abs(x - centre(at, k));
  const unit = Math.floor(((y - at.y.cell - 9) / at.y.strip) * units);
  return { k, unit: off <= STRIP / 2 && unit >= 0 && unit < units ? unit : null };
}

function centre(at, k) {
  return at.first + (k + 0.5) * at.step;
}

/** The SVG's inside for columns from `first` on, with `t` selected. */
export function drawing(model, at, look, first, t) {
  const parts = [band(at, look, t - first)];
  for (let k = 0; k < at.count; k += 1) parts.push(column(model, at, look, first, k, t));
  parts.push(turnLine(model, at, look, first));
  if (at.labels) parts.push(rowNames(model, at));
  return parts.join("");
}

function band(at, look, k) {
  return `<rect x="${centre(at, k) - at.step / 2 + 1}" y="0" width="${at.step - 2}" height="${at.y.end}" rx="6" fill="${look.ground.mark}"/>`;
}

function column(model, at, look, first, k, t) {
  const step = first + k;
  const one = model.columns[step];
  const x = centre(at, k);
  const half = halfWidth(at, one);
  const parts = [reading(one, x, half, at.y, look), state(model, x, at.y, look, step), saying(one, x, half, at.y, look)];
  parts.push(recurrence(model, at, look, step, k));
  if (one.fed) parts.push(feedback(model, at, look, step, k));
  parts.push(`<text class="tick" x="${x}" y="${at.y.tick}">t = ${step}</text>`);
  return `<g class="${step > t ? "later" : ""}" data-step="${step}">${parts.join("")}</g>`;
}

function reading(one, x, half, y, { ground }) {
  const color = one.fed ? ground.accent : one.read ? ground.ink : ground.line;
  const frame = rect(x - half, y.read, 2 * half, BOX, color, one.read && !one.fed ? "none" : "5 4");
  if (!one.read) return `${frame}<text class="stub" x="${x}" y="${y.read + 23}">–</text>`;
  const unknown = one.unknown ? `<text class="stub" x="${x}" y="${y.read + BOX - 7}" style="font-size:12px">[UNK]</text>` : "";
  return `${frame}${token(one.read, x, y.read + (one.unknown ? 16 : 24), half)}${unknown}${arrow([x, y.read - 1], [x, y.cell + y.deep + 4], ground.soft)}`;
}

function saying(one, x, half, y, { ground, signal }) {
  if (!one.said) return `${rect(x - half, y.said, 2 * half, BOX, ground.line, "5 4")}<text class="stub" x="${x}" y="${y.said + 23}">–</text>`;
  const wrong = one.wanted && one.wanted !== one.said;
  const mark = wrong ? `<text class="wrong" x="${x}" y="${y.wrong}">✗ ${escaped(shortened(one.wanted, half))}</text>` : "";
  const bar = `<rect x="${x - half}" y="${y.said + BOX + 5}" width="${2 * half}" height="6" rx="3" fill="${ground.line}"/><rect x="${x - half}" y="${y.said + BOX + 5}" width="${2 * half * one.p}" height="6" rx="3" fill="${signal.h}"/>`;
  const chance = `<text class="chance" x="${x + 0}" y="${y.said + BOX + 27}">${escaped(probability(one.p))}</text>`;
  const line = arrow([x, y.cell - 1], [x, y.said + BOX + 34], ground.soft);
  return `${mark}${rect(x - half, y.said, 2 * half, BOX, wrong ? ground.bad : ground.ink, "none", 2)}${token(one.said, x, y.said + 24, half)}${bar}${chance}${line}`;
}

/** The units of one state, the first on top. */
function state(model, x, y, look, step) {
  const { units, h } = model;
  const high = y.strip / units;
  const color = look.map;
  const cells = [];
  for (let unit = 0; unit < units; unit += 1) {
    cells.push(`<rect x="${x - STRIP / 2}" y="${(y.cell + 9 + unit * high).toFixed(2)}" width="${STRIP}" height="${(high + (units > 20 ? 0.3 : -0.7)).toFixed(2)}" fill="${css(color(h[step * units + unit]))}"/>`);
  }
  const second = model.turn !== null && step >= model.turn;
  return `<rect x="${x - STRIP / 2 - 9}" y="${y.cell}" width="${STRIP + 18}" height="${y.deep}" rx="8" fill="${look.ground.background}" stroke="${look.signal.h}" stroke-width="${second ? 2.6 : 1.5}"/>${cells.join("")}`;
}

/** The arrow from the state before; a stub where that is out of view or zero. */
function recurrence(model, at, look, step, k) {
  if (!model.recurrent) return "";
  const y = at.y.cell + at.y.deep / 2;
  const edge = STRIP / 2 + 9;
  const to = centre(at, k) - edge - 3;
  const from = k ? centre(at, k - 1) + edge : Math.max(2, to - Math.min(34, at.step / 2));
  const stub = k ? "" : `<text class="stub" x="${from - 8}" y="${y + 5}">${step ? "…" : "0"}</text>`;
  return `${arrow([k ? from : from + 2, y], [to, y], look.signal.h, 2)}${at.labels || k ? stub : ""}`;
}

/** Of the boxes of a column. */
function halfWidth(at, { read, said }) {
  return Math.min(at.step - 8, Math.max(48, Math.max(read.length, said.length) * LETTER + 18)) / 2;
}

/** What was said goes back in as what is read next. */
function feedback(model, at, look, step, k) {
  const to = centre(at, k) - halfWidth(at, model.columns[step]) - 3;
  const middle = centre(at, k) - at.step / 2;
  const above = at.y.said + BOX / 2;
  const below = at.y.read + BOX / 2;
  const from = k ? `M${centre(at, k - 1) + halfWidth(at, model.columns[step - 1])} ${above}H${middle}` : `M${middle} ${above}`;
  return `<path d="${from}V${below}H${to}" fill="none" stroke="${look.ground.accent}" stroke-width="1.6" stroke-dasharray="5 4"/>${head([to, below], [1, 0], look.ground.accent)}`;
}

/** Where a second network goes on from the state of the first. */
function turnLine(model, at, look, first) {
  if (model.turn === null) return "";
  const k = model.turn - first;
  if (k < 0 || k > at.count) return "";
  const x = at.first + k * at.step;
  const words = `<text class="tick" x="${x - 8}" y="${at.y.end + 12}" style="text-anchor:end">← encoder</text><text class="tick" x="${x + 8}" y="${at.y.end + 12}" style="text-anchor:start">decoder →</text>`;
  return `<path d="M${x} 8V${at.y.end + 14}" stroke="${look.ground.soft}" stroke-width="1.4" stroke-dasharray="2 4"/>${k && k < at.count ? words : ""}`;
}

function rowNames({ units }, at) {
  const names = [
    [at.y.said + BOX / 2, "output", "most likely"],
    [at.y.cell + at.y.deep / 2 - 8, "state h", `${units} units`, "t"],
    [at.y.read + BOX / 2, "input x", "a token", "t"],
  ];
  return names.map(([y, name, sub, low]) => `<text class="row-name" x="4" y="${y}">${name}${low ? `<tspan dy="4" style="font-size:11px;font-style:italic">${low}</tspan>` : ""}</text><text class="row-name sub" x="4" y="${y + 20}">${sub}</text>`).join("");
}

function rect(x, y, width, height, stroke, dash, weight = 1.5) {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="none" stroke="${stroke}" stroke-width="${weight}" stroke-dasharray="${dash}"/>`;
}

function token(text, x, y, half) {
  return `<text class="token" x="${x}" y="${y}">${escaped(shortened(text, half))}</text>`;
}

function arrow(from, to, color, width = 1.5) {
  const across = to[0] !== from[0];
  const way = across ? [Math.sign(to[0] - from[0]), 0] : [0, Math.sign(to[1] - from[1])];
  return `<path d="M${from}L${to}" stroke="${color}" stroke-width="${width}" fill="none"/>${head(to, way, color)}`;
}

function head([x, y], [dx, dy], color) {
  const back = [x - 5 * dx, y - 5 * dy];
  return `<path d="M${x + 3 * dx} ${y + 3 * dy}L${back[0] - 4 * dy} ${back[1] - 4 * dx}L${back[0] + 4 * dy} ${back[1] + 4 * dx}z" fill="${color}"/>`;
}

function shortened(text, half) {
  const most = Math.max(3, Math.floor((2 * half - 8) / CUT));
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
