// One signal as a heatmap with the lines of chosen units under it.

import { digits } from "../shared/arrays.js";
import { sized } from "../shared/canvas.js";
import { heatmap } from "../shared/heatmap.js";
import { math } from "../shared/mathml.js";
import { placeOf } from "../shared/pointer.js";
import { GUTTER } from "./canvas.js";
import { Lines } from "./lines.js";
import { outsideOf } from "./signals.js";

/** Pixels from one stripe to the next. */
const HATCH = 7;

/** Pixels of the numbers of units. */
const LETTER = 12;

const EVERY = [1, 2, 5, 10, 20, 25, 50, 100, 200];

export class Panel {
  constructor({ onHover, onPick }) {
    this.node = document.createElement("section");
    this.node.className = "panel";
    this.map = document.createElement("canvas");
    this.over = document.createElement("canvas");
    this.small = document.createElement("canvas");
    this.lines = new Lines();
    this.plot = document.createElement("div");
    this.plot.className = "plot";
    this.plot.setAttribute("role", "img");
    this.plot.append(this.map, this.over);
    this.header = document.createElement("header");
    this.node.append(this.header, this.plot, this.lines.node);
    this.plot.onpointermove = (event) => onHover(this.locate(event));
    this.plot.onpointerleave = () => onHover(null);
    this.plot.onclick = (event) => {
      const place = this.locate(event);
      if (place) onPick(place);
    };
  }

  /** Takes other numbers, another order of units, or another scale; they are drawn when `draw` is called. */
  show(signal, look, columns, order) {
    Object.assign(this, { signal, look, columns, order, drawn: false });
    this.rowOf = new Map(Array.from(order, (unit, at) => [unit, at]));
    this.heading();
    this.plot.setAttribute(
      "aria-label",
      `${signal.label} ${signal.tag}: ${signal.units} units by ${columns.total} steps, from ${signal.low.toPrecision(2)} to ${signal.high.toPrecision(2)}${signal.limits ? `; outside of what the colours show: ${reached(signal)}` : ""}`,
    );
  }

  heading() {
    const { signal, look } = this;
    const name = document.createElement("span");
    name.className = "name";
    name.style.color = look.signal[signal.key];
    name.append(math(signal.symbol), ` ${signal.label}`);
    const tag = document.createElement("span");
    tag.className = "tag";
    tag.textContent = signal.finding ? `${signal.tag} · ${signal.finding}` : signal.tag;
    const legend = document.createElement("span");
    legend.className = "legend";
    const bar = document.createElement("i");
    const stops = [0, 0.25, 0.5, 0.75, 1].map((at) => `rgb(${[...signal.map(signal.low + at * (signal.high - signal.low))].join(",")})`);
    bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
    legend.append(look.short(signal.low, 2), bar, look.short(signal.high, 2));
    if (signal.limits) legend.append(this.outside());
    this.header.replaceChildren(name, tag, legend);
  }

  /** The key of what is hatched. */
  outside() {
    const key = document.createElement("span");
    const swatch = document.createElement("i");
    key.className = "outside";
    swatch.style.background = `url(${hatch(this.look.ground).toDataURL()})`;
    key.append(swatch, `outside: ${reached(this.signal)}`);
    return key;
  }

  /**
   * Makes room up to `most` pixels of height, every unit at least a row of them, so that each can be pointed at; where
   * nobody points, exactly `high`.
   */
  layout(width, most = 190, high = null) {
    const { units } = this.signal;
    const height = high ?? Math.max(48, Math.min(most, units * 14), units);
    this.drawn &&= width === this.width && height === this.height;
    Object.assign(this, { width, height });
    for (const canvas of [this.map, this.over]) canvas.style.cssText = `width:${width}px;height:${this.height}px`;
    this.lines.node.style.width = `${width}px`;
  }

  draw() {
    if (this.drawn) return;
    const { signal, columns, order, width, height } = this;
    const pen = sized(this.map, width, height);
    this.overPen = sized(this.over, width, height);
    const { values } = signal.array;
    heatmap({ values, time: columns.count, units: signal.units, order, baseline: signal.baseline }, signal.map, this.small);
    pen.imageSmoothingEnabled = signal.units > height || columns.count > width;
    pen.drawImage(this.small, GUTTER, 0, width - GUTTER, height);
    this.drawOutside(pen);
    this.drawUnits(pen);
    this.lines.draw(signal, this.look, columns, width);
    this.drawn = true;
  }

  /** Hatches the numbers that the colours do not reach. */
  drawOutside(pen) {
    const { signal, order, columns, height, look } = this;
    const runs = outsideOf(signal, order);
    if (!runs.length) return;
    pen.beginPath();
    for (const [at, begin, end] of runs) {
      const [left, top] = [this.x(begin), (at / signal.units) * height];
      pen.rect(left, top, this.x(end + 1) - left, height / signal.units);
    }
    pen.fillStyle = pen.createPattern(hatch(look.ground), "repeat");
    pen.fill();
  }

  drawUnits(pen) {
    const { look, height, order, signal } = this;
    pen.fillStyle = look.ground.soft;
    pen.font = `${LETTER}px ${look.family}`;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    const every = EVERY.find((step) => (step * height) / signal.units >= 14);
    for (let at = 0, free = 0; at < signal.units; at += every) {
      const y = Math.max(LETTER / 2 + 1, Math.min(height - LETTER / 2 - 1, ((at + 0.5) / signal.units) * height));
      if (y - LETTER / 2 < free) continue;
      pen.fillText(order[at], GUTTER - 8, y);
      free = y + LETTER / 2;
    }
    pen.save();
    pen.translate(12, height / 2);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "center";
    pen.fillText("unit", 0, 0);
    pen.restore();
  }

  /** Repaints what moves: the selected step, what is pointed at, the chosen units, the range. */
  paint({ t, hover, units, range, threshold }) {
    if (!this.drawn) return;
    const { overPen: pen, width, height, look, columns } = this;
    pen.clearRect(0, 0, width, height);
    if (range) this.frame(this.x(columns.place(range[0])), this.x(columns.place(range[1] + 1)));
    const column = columns.of(t);
    if (column >= 0) this.outline(column, 2);
    if (hover && hover.column !== column) this.outline(hover.column, 1);
    for (const unit of units) this.tick(unit, 2);
    if (hover) this.tick(hover.unit, 1);
    this.lines.paint({ column, hover, units, threshold });
  }

  /** A frame around a column, beside it where the column is narrow, so that its colours stay visible. */
  outline(column, weight) {
    const { overPen: pen, height, look } = this;
    const [begin, end] = [this.x(column), this.x(column + 1)];
    const beside = end - begin < 8 ? weight : 0;
    pen.strokeStyle = look.ground.ink;
    pen.lineWidth = weight;
    pen.strokeRect(begin - beside, 0.5, end - begin + 2 * beside, height - 1);
  }

  /** A dashed frame around a range, on the ground's colour, so that it is seen on every colour and changes none. */
  frame(begin, end) {
    if (end <= begin) return;
    const { overPen: pen, height, look } = this;
    pen.save();
    for (const [color, weight, dash] of [[look.ground.background, 4, []], [look.ground.ink, 2, [6, 4]]]) {
      Object.assign(pen, { strokeStyle: color, lineWidth: weight });
      pen.setLineDash(dash);
      pen.strokeRect(begin, 1, end - begin, height - 2);
    }
    pen.restore();
  }

  tick(unit, weight) {
    const at = this.rowOf.get(unit);
    if (at === undefined) return;
    const { overPen: pen, height, width, signal, look } = this;
    const y = (at / signal.units) * height;
    pen.strokeStyle = look.ground.ink;
    pen.lineWidth = weight;
    pen.strokeRect(GUTTER, y, width - GUTTER - 1, Math.max(1.5, height / signal.units));
  }

  /** Where a place counted in columns stands; the edge, where it lies beyond. */
  x(column) {
    return GUTTER + Math.max(0, Math.min(1, column / this.columns.count)) * (this.width - GUTTER);
  }

  locate(event) {
    const { columns, signal } = this;
    const [x, y] = placeOf(event, this.map);
    const column = Math.floor(((x - GUTTER) / (this.map.offsetWidth - GUTTER)) * columns.count);
    const at = Math.floor((y / this.map.offsetHeight) * signal.units);
    if (column < 0 || column >= columns.count || at < 0 || at >= signal.units) return null;
    return { column, unit: this.order[at] };
  }
}

/** Stripes in two colours, of which one is seen on every colour. */
function hatch({ background, ink }) {
  const tile = Object.assign(document.createElement("canvas"), { width: HATCH, height: HATCH });
  const pen = tile.getContext("2d");
  for (const [color, weight] of [[background, 3], [ink, 1.2]]) {
    Object.assign(pen, { strokeStyle: color, lineWidth: weight });
    pen.beginPath();
    for (const shift of [-HATCH, 0, HATCH]) {
      pen.moveTo(shift - 1, HATCH + 1);
      pen.lineTo(shift + HATCH + 1, -1);
    }
    pen.stroke();
  }
  return tile;
}

/** The number that is farthest outside, to three digits. */
function reached({ outside }) {
  return digits(Number(outside.toPrecision(3)));
}
