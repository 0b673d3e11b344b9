// The picture: output tokens above, source tokens below, lines and bars for the weights of the step, and all steps as a heatmap.

import { sized } from "../shared/canvas.js";
import { colorMap, css } from "../shared/colors.js";
import { heatmap } from "../shared/heatmap.js";
import { placeOf } from "../shared/pointer.js";
import { drawn, escaped, named } from "./model.js";

const ROOM = { left: 74, right: 12 };
const WIDEST = 58;
const OUTPUT = 8;
const BOX = 34;
const LINES = { least: 40, most: 120 };
const BARS = 62;
const UNDER = 30;
const ROWS = { least: 9, most: 36, all: 340 };
/** The same on a slide, which becomes as high as they need: rather all smaller than rows that nobody can tell apart. */
const ON_SLIDE = { least: 19, all: 190 };
const NUMBERED = 33;
const FAINT = 0.004;

/** Draws into `stage`; `onStep(t)`, `onPlace(j)` hear clicks, `onHover({step, place})` what is under the pointer. */
export class Stage {
  constructor(stage, { onStep, onPlace, onHover }) {
    Object.assign(this, { stage, onStep, onPlace, onHover, hover: {} });
    this.canvas = stage.querySelector("canvas");
    this.svg = stage.querySelector("svg");
    stage.onpointermove = (event) => this.point(this.under(event));
    stage.onpointerleave = () => this.point({});
    stage.onclick = (event) => this.pick(this.under(event));
  }

  /** Draws a decoding `width` pixels wide; `room` is how high it should be, if it can, and whether that is on a slide. */
  build(model, look, width, room = Infinity, onSlide = false) {
    Object.assign(this, { model, look, width, room, onSlide, hover: {} });
    this.measure();
    this.map = model.has ? colorMap(look.sequential, 0, 1, look.ground.nan) : colorMap(look.diverging, -1, 1, look.ground.nan);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
    this.svg.setAttribute("aria-label", model.alt);
    this.stage.style.height = this.svg.style.height = `${this.height}px`;
    this.svg.innerHTML = `${this.still()}<g data-part="moving"></g><g data-part="hover"></g>`;
    this.moving = this.svg.querySelector("[data-part=moving]");
    this.lit = this.svg.querySelector("[data-part=hover]");
    this.paintMap();
  }

  /** Where everything stands. */
  measure() {
    const { steps, places, has } = this.model;
    const room = this.width - ROOM.left - ROOM.right;
    this.wide = Math.min(WIDEST, room / places);
    this.left = ROOM.left + (room - this.wide * places) / 2;
    this.apart = Math.min(WIDEST, room / steps);
    this.first = ROOM.left + (room - this.apart * steps) / 2;
    const [under, foot] = [has ? BARS + UNDER : 44, 44];
    const left = this.room - (OUTPUT + 2 * BOX + under + foot); // for lines and rows
    const lines = Math.max(LINES.least, Math.min(LINES.most, left / 3));
    this.middle = OUTPUT + BOX + lines / 2;
    this.source = OUTPUT + BOX + lines;
    this.base = this.source + BOX + (has ? BARS : 0);
    this.top = this.source + BOX + under;
    const least = this.onSlide ? Math.max(ROWS.least, Math.min(ON_SLIDE.least, ON_SLIDE.all / steps)) : ROWS.least;
    this.row = Math.max(least, Math.min(ROWS.most, Math.min(ROWS.all, left - lines) / steps));
    const columns = has ? places : this.model.units;
    this.column = has ? this.wide : room / columns;
    this.edge = has ? this.left : ROOM.left;
    this.columns = columns;
    this.height = this.top + this.row * steps + foot;
  }

  outX(i) { return this.first + (i + 0.5) * this.apart; }
  inX(j) { return this.left + (j + 0.5) * this.wide; }
  rowY(i) { return this.top + i * this.row; }

  // ---- what stands still ----

  still() {
    const { model } = this;
    const parts = [
      this.label(OUTPUT + BOX / 2, "output"), this.label(this.source + BOX / 2, "source"),
      ...model.source.map((token, j) => this.box(this.inX(j), this.source, this.wide, drawn(token), "in")),
      ...this.axes(),
    ];
    return parts.join("");
  }

  label(y, text) {
    return `<text class="name" x="2" y="${y + 5}">${text}</text>`;
  }

  box(x, y, wide, token, kind) {
    const size = Math.min(18, Math.max(9, wide * 0.8));
    const width = Math.min(wide - Math.min(4, wide / 5), 40);
    return `<rect class="box ${kind}" x="${x - width / 2}" y="${y}" width="${width}" height="${BOX}" rx="5"/><text class="letter" x="${x}" y="${y + BOX / 2 + size * 0.35}" font-size="${size}">${escaped(token)}</text>`;
  }

  axes() {
    const { model } = this;
    const bottom = this.rowY(model.steps);
    const middle = this.edge + (this.columns * this.column) / 2;
    const every = Math.ceil(11 / this.row);
    const rows = model.output.map((token, i) => (i % every ? "" : `<text class="tick end" x="${this.edge - 8}" y="${this.rowY(i) + this.row / 2 + 4.5}" font-size="${Math.min(15, Math.max(11, this.row - 3))}">${escaped(drawn(token))}</text>`));
    const sides = `<text class="axis" transform="translate(14 ${(this.top + bottom) / 2}) rotate(-90)">output step i ↓</text>`;
    const frame = `<rect class="frame" x="${this.edge}" y="${this.top}" width="${this.columns * this.column}" height="${bottom - this.top}"/>`;
    if (!model.has) return [...rows, sides, frame, `<text class="axis" x="${middle}" y="${bottom + 24}">unit of the decoder’s state sᵢ →</text>`];
    const bars = `<path class="base" d="M${this.left} ${this.base}H${this.left + model.places * this.wide}"/><text class="name" x="2" y="${this.base - BARS / 2 + 5}">weight αᵢⱼ</text>`;
    return [...rows, sides, frame, bars, `<text class="axis" x="${middle}" y="${bottom + 24}">position j of the source →</text>`];
  }

  paintMap() {
    const pen = sized(this.canvas, this.width, this.height);
    const { model } = this;
    const { values } = model.arrays[model.has ? "weights" : "queries"];
    const image = heatmap({ values, time: model.steps, units: this.columns }, this.map);
    pen.save();
    pen.imageSmoothingEnabled = false;
    // A column a step becomes a row a step: mirrored along the diagonal.
    pen.transform(0, this.row, this.column, 0, this.edge, this.top);
    pen.drawImage(image, 0, 0);
    pen.restore();
  }

  // ---- what moves with the step ----

  draw(t, place) {
    Object.assign(this, { t, place });
    const { model } = this;
    const parts = model.has ? [this.column_(place), this.lines(t), this.bars(t, place)] : [this.bottleneck(t)];
    parts.push(...model.output.map((token, i) => this.outputBox(token, i, t)));
    const y = this.rowY(t);
    parts.push(`<rect class="mark" x="${this.edge - 3}" y="${y - 1.5}" width="${this.columns * this.column + 6}" height="${this.row + 3}" rx="3"/>`);
    this.moving.innerHTML = parts.join("");
    this.drawHover();
  }

  outputBox(token, i, t) {
    const kind = i > t ? "later" : i === t ? "now" : "done";
    const hand = i in this.model.forced ? `<text class="hand" x="${this.outX(i) + Math.min(20, this.apart / 2)}" y="${OUTPUT + 5}">✎</text>` : "";
    return this.box(this.outX(i), OUTPUT, this.apart, i > t ? "" : drawn(token), kind) + (i > t ? "" : hand);
  }

  column_(place) {
    const x = this.inX(place) - this.wide / 2;
    const bottom = this.rowY(this.model.steps);
    return `<rect class="place" x="${x}" y="${this.source - 3}" width="${this.wide}" height="${bottom - this.source + 6}" rx="4"/>`;
  }

  lines(t) {
    const from = [this.outX(t), OUTPUT + BOX];
    const weights = this.model.at("weights", t);
    return [...weights].map((weight, j) => (weight < FAINT ? "" : this.line(from, [this.inX(j), this.source], weight))).join("");
  }

  line([x, y], [to, low], weight) {
    const middle = (y + low) / 2;
    return `<path class="look" d="M${x} ${y}C${x} ${middle} ${to} ${middle} ${to} ${low}" stroke-width="${(1 + 9 * weight).toFixed(2)}" opacity="${Math.max(0.18, weight).toFixed(3)}"/>`;
  }

  bars(t, place) {
    const weights = this.model.at("weights", t);
    const edited = this.model.edited[t] ?? {};
    const heaviest = this.model.heaviest(t);
    return [...weights].map((weight, j) => {
      const high = BARS * 0.78 * weight;
      const width = Math.max(2, Math.min(this.wide * 0.6, 30));
      const shown = this.wide >= NUMBERED || j === place || (j === heaviest && Math.abs(j - place) * this.wide >= NUMBERED);
      const number = shown ? `<text class="weight${j === place ? " chosen" : ""}" x="${this.inX(j)}" y="${this.base + 18}">${two(weight)}${j in edited ? " ✎" : ""}</text>` : "";
      return `<rect class="bar" x="${this.inX(j) - width / 2}" y="${this.base - high}" width="${width}" height="${high}"/>${number}`;
    }).join("");
  }

  /** Without attention: the source goes into one vector, and the output comes out of it. */
  bottleneck(t) {
    const { model } = this;
    const start = model.at("start");
    const y = this.middle - 9;
    const cell = Math.min(9, (this.width - ROOM.left - ROOM.right) / start.length);
    const wide = cell * start.length;
    const x = ROOM.left + (this.width - ROOM.left - ROOM.right - wide) / 2;
    const into = model.source.map((_, j) => `<path class="into" d="M${this.inX(j)} ${this.source}L${x + ((j + 0.5) / model.places) * wide} ${y + 20}"/>`);
    const cells = [...start].map((value, k) => `<rect x="${x + k * cell}" y="${y}" width="${cell + 0.5}" height="18" fill="${css(this.map(value))}"/>`);
    const out = `<path class="look" d="M${x + wide / 2} ${y}L${this.outX(t)} ${OUTPUT + BOX}" stroke-width="5" opacity="0.8"/>`;
    const said = `<text class="only" x="${ROOM.left + (this.width - ROOM.left - ROOM.right) / 2}" y="${this.source + BOX + 26}">No weights: everything goes through these ${start.length} numbers.</text>`;
    return `${into.join("")}${out}${cells.join("")}<rect class="frame" x="${x}" y="${y}" width="${wide}" height="18"/><text class="name" x="2" y="${y + 14}">the vector</text>${said}`;
  }

  // ---- pointing ----

  /** {step, place, unit} under a pointer; what is not there is left out. */
  under(event) {
    const [x, y] = placeOf(event, this.svg);
    const { model } = this;
    if (!model) return {};
    const column = Math.floor((x - this.edge) / this.column);
    const step = Math.floor((y - this.top) / this.row);
    const out = Math.floor((x - this.first) / this.apart);
    if (y < OUTPUT + BOX + 6) return out >= 0 && out < model.steps ? { step: out } : {};
    if (column < 0 || column >= this.columns) return {};
    if (y >= this.top && step < model.steps) return model.has ? { step, place: column } : { step, unit: column };
    return model.has && y >= this.source && y < this.top ? { place: column } : {};
  }

  point(hover) {
    if (hover.step === this.hover.step && hover.place === this.hover.place && hover.unit === this.hover.unit) return;
    this.hover = hover;
    this.drawHover();
    this.onHover(hover);
  }

  pick({ step, place }) {
    if (step !== undefined) this.onStep(step);
    if (place !== undefined) this.onPlace(place);
  }

  drawHover() {
    const { step, place } = this.hover;
    const bottom = this.rowY(this.model.steps);
    const parts = [];
    if (step !== undefined) {
      parts.push(`<rect class="hover" data-hover="row" x="${this.edge - 2}" y="${this.rowY(step)}" width="${this.columns * this.column + 4}" height="${this.row}"/>`);
      parts.push(`<rect class="hover" x="${this.outX(step) - Math.min(21, this.apart / 2)}" y="${OUTPUT - 2}" width="${Math.min(42, this.apart)}" height="${BOX + 4}" rx="6"/>`);
    }
    if (place !== undefined) {
      parts.push(`<rect class="hover" data-hover="column" x="${this.inX(place) - this.wide / 2}" y="${this.top - 2}" width="${this.wide}" height="${bottom - this.top + 4}"/>`);
      parts.push(`<rect class="hover" x="${this.inX(place) - Math.min(21, this.wide / 2)}" y="${this.source - 2}" width="${Math.min(42, this.wide)}" height="${BOX + 4}" rx="6"/>`);
    }
    this.lit.innerHTML = parts.join("");
  }

  /** What is said of the place under the pointer. */
  told({ step, place, unit }, digits) {
    const { model, t } = this;
    if (unit !== undefined) return `step ${step}, unit ${unit}: s = ${digits(model.at("queries", step)[unit])}`;
    if (place === undefined) return step === undefined || step > t ? "" : `step ${step}: ${named(model.output[step])}`;
    const at = step ?? t;
    return `step ${at}, ${named(model.output[at])} and position ${place}, ${named(model.source[place])}: α = ${digits(model.at("weights", at)[place])}`;
  }
}

/** A weight to two decimals, without the zero before the point. */
export function two(weight) {
  if (weight === 0 || weight === 1) return String(weight);
  return weight >= 0.995 ? "1.0" : weight.toFixed(2).replace(/^0/, "");
}
