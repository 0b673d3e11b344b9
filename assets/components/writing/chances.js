// What a step expects: the ten likeliest characters with their numbers, and the whole alphabet as bars.

import { row } from "../shared/arrays.js";
import { sized } from "../shared/canvas.js";
import { chance, named, sign } from "./signs.js";

const TEN = 10;
const ROOM = { left: 34, top: 30, high: 110, low: 24 };
const LEGIBLE = 9;
const NUMBERED = 0.04;

/** The likeliest as a list that is filled anew at every step. */
export class Ten {
  constructor(list) {
    this.list = list;
    this.rows = [];
  }

  build(model) {
    this.model = model;
    this.rows = Array.from({ length: Math.min(TEN, model.symbols.length) }, () => entry());
    this.list.replaceChildren(...this.rows.map(({ line }) => line));
  }

  draw(t) {
    const { model } = this;
    const found = row(model.probabilities, t);
    const first = row(model.likeliest, t);
    const others = Array.from(found.keys()).filter((id) => !first.includes(id)).sort((a, b) => found[b] - found[a]);
    const order = [...first, ...others];
    this.rows.forEach(({ line, letter, bar, number, came }, rank) => {
      const id = order[rank];
      const value = rank < first.length ? row(model.likely, t)[rank] : found[id];
      const next = id === model.ids[t + 1];
      letter.textContent = sign(model.symbols[id]);
      bar.style.width = `${(100 * value).toFixed(2)}%`;
      number.textContent = chance(value);
      came.textContent = next ? (model.writes && t + 1 >= model.prompt ? "◀ drawn" : "◀ came") : "";
      line.classList.toggle("true", next);
    });
  }
}

function entry() {
  const line = document.createElement("li");
  const [letter, track, number, came] = ["letter", "track", "number", "came"].map((name) => {
    const part = document.createElement("span");
    part.className = name;
    return part;
  });
  const bar = document.createElement("i");
  track.append(bar);
  line.append(letter, track, number, came);
  return { line, letter, bar, number, came };
}

/** The probability of every character of the alphabet, in its order. */
export class All {
  constructor(canvas, { onPoint }) {
    this.canvas = canvas;
    canvas.onpointermove = ({ offsetX }) => onPoint(this.under(offsetX));
    canvas.onpointerleave = () => onPoint(null);
  }

  build(model, look, width) {
    Object.assign(this, { model, look, width });
    this.step = (width - ROOM.left) / model.symbols.length;
  }

  draw(t) {
    const { model, look, width, step } = this;
    const found = row(model.probabilities, t);
    const base = ROOM.top + ROOM.high;
    const pen = sized(this.canvas, width, base + ROOM.low);
    this.axis(pen, base);
    const next = model.ids[t + 1];
    let free = -Infinity;
    pen.textAlign = "center";
    found.forEach((value, id) => {
      const x = ROOM.left + id * step;
      const y = base - value * ROOM.high;
      const came = id === next;
      pen.fillStyle = look.bar;
      pen.fillRect(x + 0.5, y, Math.max(1, step - 1), base - y);
      if (came) this.mark(pen, x, y, base);
      this.letter(pen, id, x, base, came || value >= NUMBERED);
      const middle = x + step / 2;
      if ((value < NUMBERED && !came) || middle < free) return;
      pen.font = look.small;
      pen.fillStyle = look.ground.ink;
      pen.fillText(chance(value).replace("0.", "."), middle, y - (came ? 19 : 8));
      free = middle + 32;
    });
  }

  axis(pen, base) {
    const { look, width } = this;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    pen.font = look.small;
    for (const level of [0, 0.5, 1]) {
      const y = base - level * ROOM.high;
      pen.strokeStyle = look.ground.line;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(ROOM.left, y + 0.5);
      pen.lineTo(width, y + 0.5);
      pen.stroke();
      pen.fillStyle = look.ground.soft;
      pen.fillText(level, ROOM.left - 6, y);
    }
  }

  mark(pen, x, y, base) {
    const { look, step } = this;
    pen.fillStyle = look.ground.accent;
    pen.font = look.small;
    pen.fillText("▼", x + step / 2, y - 7);
    pen.lineWidth = 2;
    pen.strokeStyle = look.ground.accent;
    pen.strokeRect(x, y, Math.max(2, step), base - y);
  }

  letter(pen, id, x, base, always) {
    const { look, model, step } = this;
    if (step < LEGIBLE && !always) return;
    pen.font = always ? look.strong : look.plain;
    pen.fillStyle = always ? look.ground.ink : look.ground.soft;
    pen.fillText(sign(model.symbols[id]), x + step / 2, base + 12);
  }

  /** The character under the pointer, if there is one. */
  under(x) {
    const id = Math.floor((x - ROOM.left) / this.step);
    return this.model && id >= 0 && id < this.model.symbols.length ? id : null;
  }
}

/** What a pointed-at character's bar says. */
export function chanceOf(model, t, id) {
  return `P(${named(model.symbols[id])} comes next) = ${chance(row(model.probabilities, t)[id])}`;
}
