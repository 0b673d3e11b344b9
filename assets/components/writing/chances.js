// What a step expects: the ten likeliest characters with their numbers, and the whole alphabet as bars.

import { probability, row } from "../shared/arrays.js";
import { sized } from "../shared/canvas.js";
import { placeOf } from "../shared/pointer.js";
import { named, sign } from "./signs.js";

const TEN = 10;
const ROOM = { left: 34, top: 30, high: 110, low: 24 };
const LEGIBLE = 9;
const NUMBERED = 0.04;
const NUMBER = 30;

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
      const value = valueOf(model, t, id);
      const next = id === model.ids[t + 1];
      letter.textContent = sign(model.symbols[id]);
      bar.style.width = `${(100 * value).toFixed(2)}%`;
      number.textContent = probability(value);
      came.textContent = next ? `◀ ${model.writes && t + 1 >= model.prompt ? (model.temperature ? "sampled" : "chosen") : "came"}` : "";
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
    canvas.onpointermove = (event) => onPoint(this.under(placeOf(event, canvas)[0]));
    canvas.onpointerleave = () => onPoint(null);
  }

  build(model, look, width) {
    Object.assign(this, { model, look, width });
    this.step = (width - ROOM.left) / model.symbols.length;
  }

  draw(t) {
    const { model, look, width } = this;
    const found = row(model.probabilities, t);
    const base = ROOM.top + ROOM.high;
    const pen = sized(this.canvas, width, base + ROOM.low);
    this.axis(pen, base);
    pen.textAlign = "center";
    this.letters(pen, base);
    this.bars(pen, found, base, model.ids[t + 1]);
    this.numbers(pen, t, base, model.ids[t + 1]);
    pen.font = look.strong;
    found.forEach((value, id) => {
      if (value >= NUMBERED || id === model.ids[t + 1]) this.letter(pen, id, base, look.ground.ink);
    });
  }

  x(id) {
    return ROOM.left + id * this.step;
  }

  bars(pen, found, base, next) {
    const { look, step } = this;
    pen.fillStyle = look.bar;
    found.forEach((value, id) => pen.fillRect(this.x(id) + 0.5, base - value * ROOM.high, Math.max(1, step - 1), value * ROOM.high));
    const high = found[next] * ROOM.high;
    pen.lineWidth = 2;
    pen.strokeStyle = pen.fillStyle = look.ground.accent;
    pen.strokeRect(this.x(next), base - high, Math.max(2, step), high);
    pen.font = look.small;
    pen.fillText("▼", this.x(next) + step / 2, base - high - 7);
  }

  /** On the bars that are high enough, what came and the highest first, where those before leave room. */
  numbers(pen, t, base, next) {
    const found = row(this.model.probabilities, t);
    const high = Array.from(found.keys()).filter((id) => found[id] >= NUMBERED && id !== next);
    const places = [];
    pen.fillStyle = this.look.ground.ink;
    for (const id of [next, ...high.sort((a, b) => found[b] - found[a])]) {
      const middle = this.x(id) + this.step / 2;
      if (places.some((place) => Math.abs(place - middle) < NUMBER)) continue;
      pen.fillText(probability(valueOf(this.model, t, id)).replace("0.", "."), middle, base - found[id] * ROOM.high - (id === next ? 19 : 8));
      places.push(middle);
    }
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

  /** All, where there is room for them; those that matter are written over them in ink. */
  letters(pen, base) {
    const { look, model, step } = this;
    if (step < LEGIBLE) return;
    pen.font = look.plain;
    model.symbols.forEach((_, id) => this.letter(pen, id, base, look.ground.soft));
  }

  letter(pen, id, base, color) {
    pen.fillStyle = color;
    pen.fillText(sign(this.model.symbols[id]), this.x(id) + this.step / 2, base + 12);
  }

  /** The character under the pointer, if there is one. */
  under(x) {
    const id = Math.floor((x - ROOM.left) / this.step);
    return this.model && id >= 0 && id < this.model.symbols.length ? id : null;
  }
}

/** What a pointed-at character's bar says. */
export function chanceOf(model, t, id) {
  return `P(${named(model.symbols[id])} comes next) = ${probability(valueOf(model, t, id))}`;
}

/** A character's probability at a step: all are rounded for the way, those of the likeliest and of what came are not. */
function valueOf(model, t, id) {
  const rank = row(model.likeliest, t).indexOf(id);
  if (rank >= 0) return row(model.likely, t)[rank];
  return id === model.ids[t + 1] ? model.taken[t] : row(model.probabilities, t)[id];
}
