// Rows of characters with what the network held for likeliest to follow each, as Karpathy (2015) draws them.

import { css, inkOn } from "../shared/colors.js";
import { sized } from "../shared/canvas.js";
import { placeOf } from "../shared/pointer.js";
import { sign } from "./signs.js";

const CELL = { wide: 23, head: 25, guess: 18, bits: 16, gap: 14 };
const ROWS = 2;
const GUTTER = 78;
const ROOMY = 700;

export class Guesses {
  constructor(canvas, { onStep, onPoint }) {
    this.canvas = canvas;
    canvas.onclick = (event) => {
      const t = this.under(event);
      if (t !== null) onStep(t);
    };
    canvas.onpointermove = (event) => onPoint(this.under(event));
    canvas.onpointerleave = () => onPoint(null);
  }

  /** `look` has the palette's grounds, the colour map of probabilities and the fonts. */
  build(model, look, width) {
    Object.assign(this, { model, look, width });
    this.left = width >= ROOMY ? GUTTER : 0;
    this.columns = Math.max(1, Math.floor((width - this.left) / CELL.wide));
    this.most = model.likeliest.shape[1];
    this.high = CELL.head + (this.most + 1) * CELL.guess + CELL.bits + CELL.gap;
    this.first = -1;
  }

  /** Draws what has changed since the last step: the whole where other rows are in view. */
  draw(t) {
    const { model, columns } = this;
    const row = Math.floor(t / columns);
    const rows = Math.min(ROWS, Math.ceil(model.count / columns));
    const first = Math.max(0, row - rows + 1);
    const end = Math.min(Math.max(t + 1, Math.min(model.prompt, model.count)), (first + rows) * columns);
    if (first !== this.first || end < this.end) return this.drawAll(t, first, end, rows);
    const pen = this.canvas.getContext("2d");
    const changed = new Set([this.at, t]);
    for (let k = this.end; k < end; k += 1) changed.add(k);
    for (const k of changed) this.column(pen, k, k === t);
    return Object.assign(this, { end, at: t });
  }

  drawAll(t, first, end, rows) {
    const pen = sized(this.canvas, this.width, rows * this.high);
    Object.assign(this, { first, end, at: t });
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (let k = first * this.columns; k < end; k += 1) {
      if (k % this.columns === 0) this.labels(pen, this.rowOf(k) * this.high);
      this.column(pen, k, k === t);
    }
  }

  rowOf(t) {
    return Math.floor(t / this.columns) - this.first;
  }

  labels(pen, top) {
    if (!this.left) return;
    pen.textAlign = "right";
    pen.font = this.look.small;
    pen.fillStyle = this.look.ground.soft;
    const x = this.left - 8;
    pen.fillText("read", x, top + CELL.head / 2);
    pen.fillText("most likely", x, top + CELL.head + CELL.guess / 2);
    for (let rank = 1; rank < this.most; rank += 1) pen.fillText(rank + 1, x, top + CELL.head + (rank + 0.5) * CELL.guess);
    pen.fillText("other", x, top + CELL.head + (this.most + 0.5) * CELL.guess);
    pen.fillText("bits", x, top + CELL.head + (this.most + 1) * CELL.guess + CELL.bits / 2);
    pen.textAlign = "center";
  }

  column(pen, t, selected) {
    const { model, look, most } = this;
    const x = this.left + (t % this.columns) * CELL.wide;
    const top = this.rowOf(t) * this.high;
    const middle = x + CELL.wide / 2;
    pen.fillStyle = selected ? look.ground.mark : look.ground.background;
    pen.fillRect(x, top, CELL.wide, this.high - CELL.gap + 2);
    pen.fillStyle = look.ground.ink;
    pen.font = look.large;
    pen.fillText(sign(model.chars[t]), middle, top + CELL.head / 2);
    const next = model.ids[t + 1];
    let named = false;
    for (let rank = 0; rank < most; rank += 1) {
      const id = model.likeliest.values[t * most + rank];
      named ||= id === next;
      this.guess(pen, id, model.likely.values[t * most + rank], x, top + CELL.head + rank * CELL.guess, id === next);
    }
    if (!named) this.guess(pen, next, model.taken[t], x, top + CELL.head + most * CELL.guess, true);
    pen.font = look.small;
    pen.fillStyle = look.ground.soft;
    const bits = model.bits[t];
    pen.fillText(bits < 9.95 ? bits.toFixed(1) : bits.toFixed(0), middle, top + CELL.head + (most + 1) * CELL.guess + CELL.bits / 2);
    if (!selected) return;
    pen.lineWidth = 2;
    pen.strokeStyle = look.ground.ink;
    pen.strokeRect(x + 1, top + 1, CELL.wide - 2, this.high - CELL.gap);
  }

  guess(pen, id, probability, x, y, came) {
    const { look, model } = this;
    const ground = look.map(probability);
    pen.fillStyle = css(ground);
    pen.fillRect(x + 1, y + 1, CELL.wide - 2, CELL.guess - 2);
    pen.fillStyle = inkOn(ground);
    pen.font = came ? look.strong : look.plain;
    pen.fillText(sign(model.symbols[id]), x + CELL.wide / 2, y + CELL.guess / 2);
    if (!came) return;
    pen.lineWidth = 2;
    pen.strokeStyle = look.ground.accent;
    pen.strokeRect(x + 2, y + 2, CELL.wide - 4, CELL.guess - 4);
  }

  /** The step under the pointer, if there is one. */
  under(event) {
    const [x, y] = placeOf(event, this.canvas);
    if (!this.model || x < this.left) return null;
    const column = Math.floor((x - this.left) / CELL.wide);
    const t = (this.first + Math.floor(y / this.high)) * this.columns + column;
    return column < this.columns && t >= 0 && t < this.model.count ? t : null;
  }
}
