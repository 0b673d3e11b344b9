// The time axis above all panels: words where a column is one step, else numbers of steps; the range that is dragged
// over it, and how many chosen units are on.

import { sized } from "../shared/canvas.js";
import { placeOf } from "../shared/pointer.js";
import { dots, tokenSaid } from "../shared/unknown.js";
import { GUTTER } from "./canvas.js";

const TALL = 74;
const FLAT = 34;
const NUMBERED = 46;
const LEAST = 64;
const CROSSED = 110;
const SHORT = 2;
/** Pixels that a single character needs. */
const LETTER = 11;
const CORNER = 5;
const STRIP = 6;

export class WordAxis {
  constructor(node, { onStep, onRange }) {
    this.node = node;
    this.canvas = node.querySelector("canvas");
    let begin = null;
    let moved = false;
    node.onpointerdown = (event) => {
      node.setPointerCapture(event.pointerId);
      node.focus({ preventScroll: true });
      begin = this.column(event);
      moved = false;
    };
    node.onpointermove = (event) => {
      if (begin === null || !node.hasPointerCapture(event.pointerId)) return;
      const column = this.column(event);
      moved ||= column !== begin;
      if (moved) onRange([this.columns.steps(Math.min(begin, column))[0], this.columns.steps(Math.max(begin, column))[1]]);
    };
    node.onpointerup = (event) => {
      if (begin !== null && !moved) onStep(this.column(event));
      begin = null;
    };
  }

  layout(width, columns, { tokens, marked, unknown = [] }, look) {
    Object.assign(this, { width, columns, tokens, marked, unknown: new Set(unknown), look });
    this.wide = (width - GUTTER) / columns.count;
    this.numbered = columns.stride > 1;
    const longest = tokens.reduce((most, token) => Math.max(most, [...token].length), 0);
    this.flat = this.numbered || this.wide > 58 || longest <= SHORT;
    this.gap = longest === 1 ? LETTER : this.flat ? 22 : 15;
    this.foot = this.numbered ? NUMBERED : this.flat ? FLAT : TALL;
    this.height = this.foot + STRIP;
    this.pen = sized(this.canvas, width, this.height);
    this.node.setAttribute("aria-valuemax", tokens.length - 1);
  }

  paint({ t, hover, range, counts, of }) {
    const { pen, width, height, look, tokens, columns } = this;
    pen.clearRect(0, 0, width, height);
    if (counts && of) this.shade(counts, of);
    const column = columns.of(t);
    if (column >= 0) {
      pen.fillStyle = look.ground.mark;
      pen.fillRect(this.x(column), 0, Math.max(3, this.wide), height);
    }
    if (range) this.bracket(range);
    if (this.numbered) this.numbers();
    const pointed = hover ? [[hover.column, columns.step(hover.column, t)]] : [];
    const crossed = this.numbered && hover && Math.abs(hover.column - column) * this.wide < CROSSED;
    this.labels(column < 0 || crossed ? [] : [[column, t]], pointed);
    this.node.setAttribute("aria-valuenow", t);
    this.node.setAttribute("aria-valuetext", `t = ${t}, ${tokenSaid(tokens[t], this.unknown?.has(t))}`);
  }

  /** How many chosen units are on, in a strip under the words. */
  shade(counts, of) {
    const { pen, look } = this;
    pen.fillStyle = look.ground.accent;
    counts.forEach((count, column) => {
      if (!count) return;
      pen.globalAlpha = 0.2 + (0.8 * count) / of;
      pen.fillRect(this.x(column), this.foot, this.wide, STRIP);
    });
    pen.globalAlpha = 1;
  }

  bracket([begin, end]) {
    const { pen, look, columns } = this;
    const left = Math.max(0, columns.place(begin));
    const right = Math.min(columns.count, columns.place(end + 1));
    if (right <= left) return;
    pen.strokeStyle = look.ground.ink;
    pen.lineWidth = 2;
    for (const edge of [1, this.height - 1]) bar(pen, this.x(left) + 1, this.x(right) - 1, edge, edge > 1 ? -CORNER : CORNER);
  }

  /** Round numbers of steps where columns are too many for words. */
  numbers() {
    const { pen, look, columns, foot } = this;
    const least = (LEAST / this.wide) * columns.stride;
    const power = 10 ** Math.floor(Math.log10(least));
    const every = power * [1, 2, 5, 10].find((step) => step * power >= least);
    pen.font = `12px ${look.family}`;
    pen.fillStyle = look.ground.soft;
    pen.textBaseline = "bottom";
    for (let step = 0; step < columns.total; step += every) {
      const x = this.x(columns.place(step));
      pen.textAlign = step ? "center" : "left";
      pen.fillRect(x, foot - 20, 1, 4);
      pen.fillText(step, x, foot - 2);
    }
    pen.textAlign = "right";
    pen.fillText("t", GUTTER - 8, foot - 2);
  }

  labels(selected, pointed) {
    const { pen, look, tokens, columns, wide } = this;
    const every = this.numbered ? Infinity : Math.max(1, Math.ceil(this.gap / wide));
    const marked = this.numbered ? [] : this.marked.map((step) => [columns.of(step), step]).filter(([column]) => column >= 0);
    const strong = new Map([...marked, ...selected, ...pointed]);
    pen.fillStyle = look.ground.soft;
    for (let column = 0; column < columns.count; column += every) {
      const free = every === 1 || [...strong.keys()].every((other) => Math.abs(other - column) * wide >= this.gap);
      if (free && !strong.has(column) && every < Infinity) this.label(columns.first + column, column, 400);
    }
    pen.fillStyle = look.ground.ink;
    for (const [column, step] of strong) this.label(step, column, 700);
    pen.font = `12px ${look.family}`;
    pen.fillStyle = look.ground.soft;
    pen.textAlign = "right";
    pen.textBaseline = "top";
    pen.fillText(every > 1 && !this.numbered ? `1 in ${every}` : "input", GUTTER - 8, this.flat ? 8 : this.foot - 18);
  }

  /** A word over its column, upright where there is room, else descending towards it; one that the network does not know is underlined. */
  label(step, column, weight) {
    const { pen, look, wide, flat, numbered } = this;
    const token = this.tokens[step];
    const room = numbered ? 14 : flat ? Math.max(SHORT, Math.floor(wide / 8)) : 9;
    pen.font = `${weight} 13.5px ${look.family}`;
    pen.textBaseline = flat ? "top" : "middle";
    pen.textAlign = flat ? "center" : "right";
    pen.save();
    const text = token.trim() ? clip(token, room) : "␣";
    const half = numbered ? pen.measureText(text).width / 2 : 0;
    pen.translate(Math.max(GUTTER + half, Math.min(this.width - half, this.x(column) + wide / 2)), flat ? 8 : this.foot - 8);
    if (!flat) pen.rotate(Math.PI / 3);
    pen.fillText(text, 0, 0);
    if (this.unknown?.has(step)) this.dots(pen.measureText(text).width);
    pen.restore();
  }

  /** A dotted line under a word, which ends at 0 or has its middle there. */
  dots(width) {
    const { pen, flat } = this;
    pen.strokeStyle = pen.fillStyle;
    dots(pen, flat ? -width / 2 : -width, flat ? width / 2 : 0, flat ? 16 : 8);
  }

  column(event) {
    const column = Math.floor((placeOf(event, this.canvas)[0] - GUTTER) / this.wide);
    return Math.max(0, Math.min(this.columns.count - 1, column));
  }

  x(column) {
    return GUTTER + column * this.wide;
  }
}

/** A line with its ends bent, over or under the words: a whole frame would run through them where columns are narrow. */
function bar(pen, begin, end, y, bend) {
  pen.beginPath();
  pen.moveTo(begin, y + bend);
  pen.lineTo(begin, y);
  pen.lineTo(end, y);
  pen.lineTo(end, y + bend);
  pen.stroke();
}

function clip(word, most) {
  const letters = [...word];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : word;
}
