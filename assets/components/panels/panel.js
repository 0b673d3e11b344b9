// One signal as a heatmap with the lines of chosen units under it.

import { row } from "../shared/arrays.js";
import { heatmap } from "../shared/heatmap.js";
import { math } from "../shared/mathml.js";

export const GUTTER = 64;
const LINES = 64;
const MOST_LINES = 12;
const EVERY = [1, 2, 5, 10, 20, 25, 50, 100];
const DASHES = [[], [6, 3], [2, 3], [9, 3, 2, 3]];

export class Panel {
  constructor(signal, look, { order, onHover, onPick }) {
    Object.assign(this, { signal, look, order });
    this.rowOf = new Map(order.map((unit, at) => [unit, at]));
    this.node = document.createElement("section");
    this.node.className = "panel";
    this.map = document.createElement("canvas");
    this.over = document.createElement("canvas");
    this.lines = document.createElement("canvas");
    const plot = document.createElement("div");
    plot.className = "plot";
    plot.append(this.map, this.over);
    this.node.append(this.heading(), plot, this.lines);
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", `${signal.label} ${signal.tag}: ${signal.units} units by ${signal.time} steps, from ${signal.low.toPrecision(2)} to ${signal.high.toPrecision(2)}`);
    plot.onpointermove = (event) => onHover(this.locate(event));
    plot.onpointerleave = () => onHover(null);
    plot.onclick = (event) => {
      const place = this.locate(event);
      if (place) onPick(place);
    };
  }

  heading() {
    const { signal, look } = this;
    const heading = document.createElement("header");
    const name = document.createElement("span");
    name.className = "name";
    name.style.color = look.signal[signal.key];
    name.append(math(signal.symbol), ` ${signal.label}`);
    const tag = document.createElement("span");
    tag.className = "tag";
    tag.textContent = signal.tag;
    const legend = document.createElement("span");
    legend.className = "legend";
    const bar = document.createElement("i");
    const stops = [0, 0.25, 0.5, 0.75, 1].map((at) => `rgb(${[...signal.map(signal.low + at * (signal.high - signal.low))].join(",")})`);
    bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
    legend.append(look.short(signal.low, 2), bar, look.short(signal.high, 2));
    heading.append(name, tag, legend);
    return heading;
  }

  /** Fits the panel to `width`; every unit keeps at least a row of pixels, so that each can be pointed at. */
  layout(width) {
    const { signal, order } = this;
    this.width = width;
    this.height = Math.max(48, Math.min(190, signal.units * 14), signal.units);
    this.pen = sized(this.map, width, this.height);
    this.overPen = sized(this.over, width, this.height);
    this.linePen = sized(this.lines, width, LINES);
    const baseline = signal.baseline;
    const values = baseline ? signal.array.values.map((value, k) => value - baseline[k % signal.units]) : signal.array.values;
    const image = heatmap({ values, time: signal.time, units: signal.units, order }, signal.map);
    this.pen.imageSmoothingEnabled = signal.units > this.height || signal.time > width;
    this.pen.drawImage(image, GUTTER, 0, width - GUTTER, this.height);
    this.drawUnits();
    this.drawCrowd();
  }

  drawUnits() {
    const { pen, look, height, order, signal } = this;
    pen.fillStyle = look.ground.soft;
    pen.font = `12px ${look.family}`;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    const every = EVERY.find((step) => (step * height) / signal.units >= 14);
    for (let at = 0; at < signal.units; at += every) {
      pen.fillText(order[at], GUTTER - 8, Math.max(7, ((at + 0.5) / signal.units) * height));
    }
    pen.save();
    pen.translate(12, height / 2);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "center";
    pen.fillText("unit", 0, 0);
    pen.restore();
  }

  paint({ t, hover, units, range, threshold }) {
    const { overPen: pen, width, height, look } = this;
    pen.clearRect(0, 0, width, height);
    if (range) {
      pen.fillStyle = look.ground.ink;
      pen.globalAlpha = 0.08;
      pen.fillRect(this.x(range[0]), 0, this.x(range[1] + 1) - this.x(range[0]), height);
      pen.globalAlpha = 1;
    }
    this.outline(t, 2);
    if (hover && hover.t !== t) this.outline(hover.t, 1);
    for (const unit of units) this.tick(unit, 2);
    if (hover) this.tick(hover.unit, 1);
    this.paintLines(t, hover, units, threshold);
  }

  /** A frame around a step's column, beside it where the column is narrow, so that its colours stay visible. */
  outline(t, weight) {
    const { overPen: pen, height, look } = this;
    const beside = this.x(t + 1) - this.x(t) < 8 ? weight : 0;
    pen.strokeStyle = look.ground.ink;
    pen.lineWidth = weight;
    pen.strokeRect(this.x(t) - beside, 0.5, this.x(t + 1) - this.x(t) + 2 * beside, height - 1);
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

  paintLines(t, hover, units, threshold) {
    const { linePen: pen, width, look, signal } = this;
    pen.clearRect(0, 0, width, LINES);
    this.axis();
    pen.globalAlpha = units.size || hover ? 0.35 : 1;
    pen.drawImage(this.crowd, 0, 0, width, LINES);
    pen.globalAlpha = 1;
    if (threshold !== null) this.threshold(threshold);
    const chosen = [...units].filter((unit) => unit < signal.units).slice(0, MOST_LINES);
    chosen.forEach((unit, k) => this.line(unit, k, hover?.unit === unit));
    if (hover && hover.unit < signal.units && !chosen.includes(hover.unit)) this.line(hover.unit, chosen.length, true);
    pen.setLineDash([]);
    pen.strokeStyle = look.ground.ink;
    pen.lineWidth = 1.5;
    pen.strokeRect(this.x(t), 1, Math.max(1, this.x(t + 1) - this.x(t)), LINES - 2);
  }

  /** The lines of all units, faint, drawn once: what the chosen ones stand out from. */
  drawCrowd() {
    const { signal, look } = this;
    this.crowd = document.createElement("canvas");
    const pen = sized(this.crowd, this.width, LINES);
    pen.strokeStyle = look.signal[signal.key];
    pen.globalAlpha = Math.max(0.05, Math.min(0.5, 6 / signal.units));
    for (let unit = 0; unit < signal.units; unit += 1) this.trace(pen, unit);
  }

  axis() {
    const { linePen: pen, width, look, signal } = this;
    pen.font = `12px ${look.family}`;
    pen.fillStyle = look.ground.soft;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.strokeStyle = look.ground.line;
    pen.lineWidth = 1;
    pen.setLineDash([]);
    for (const value of [signal.low, (signal.low + signal.high) / 2, signal.high]) {
      this.across(value, width);
      pen.fillText(look.short(value, 2), GUTTER - 8, this.y(value));
    }
  }

  threshold(value) {
    const { linePen: pen, width, look, signal } = this;
    if (value > signal.high || signal.baseline) return;
    pen.strokeStyle = look.ground.ink;
    pen.lineWidth = 1;
    pen.setLineDash([2, 4]);
    this.across(value, width);
    pen.setLineDash([]);
  }

  across(value, width) {
    const { linePen: pen } = this;
    pen.beginPath();
    pen.moveTo(GUTTER, this.y(value));
    pen.lineTo(width, this.y(value));
    pen.stroke();
  }

  line(unit, k, hovered) {
    const { linePen: pen, look, signal } = this;
    const base = signal.baseline ? signal.baseline[unit] : 0;
    pen.strokeStyle = look.signal[signal.key];
    pen.globalAlpha = hovered ? 1 : 0.75;
    pen.lineWidth = hovered ? 2.6 : 1.6;
    pen.setLineDash(hovered ? [] : DASHES[k % DASHES.length]);
    this.trace(pen, unit);
    pen.globalAlpha = 1;
    this.number(unit, base, this.width - 10 - 26 * k);
  }

  /** One unit's values over time. */
  trace(pen, unit) {
    const { signal } = this;
    const base = signal.baseline ? signal.baseline[unit] : 0;
    pen.beginPath();
    for (let t = 0; t < signal.time; t += 1) {
      const x = (this.x(t) + this.x(t + 1)) / 2;
      const y = this.y(row(signal.array, t)[unit] - base);
      if (t) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    }
    pen.stroke();
  }

  /** The unit's number over its line, as near to the end as the numbers of others leave room. */
  number(unit, base, x) {
    const { linePen: pen, look, signal } = this;
    const t = Math.max(0, Math.floor(((x - GUTTER) / (this.width - GUTTER)) * signal.time));
    const y = Math.max(14, this.y(row(signal.array, t)[unit] - base)) - 8;
    pen.setLineDash([]);
    pen.font = `12px ${look.family}`;
    pen.textAlign = "center";
    pen.strokeStyle = look.ground.background;
    pen.lineWidth = 3;
    pen.strokeText(unit, x, y);
    pen.fillStyle = look.ground.ink;
    pen.fillText(unit, x, y);
  }

  x(t) {
    return GUTTER + (t / this.signal.time) * (this.width - GUTTER);
  }

  y(value) {
    const { low, high } = this.signal;
    return 6 + (1 - (value - low) / (high - low)) * (LINES - 12);
  }

  locate(event) {
    const box = this.map.getBoundingClientRect();
    const t = Math.floor(((event.clientX - box.left - GUTTER) / (box.width - GUTTER)) * this.signal.time);
    const at = Math.floor(((event.clientY - box.top) / box.height) * this.signal.units);
    if (t < 0 || t >= this.signal.time || at < 0 || at >= this.signal.units) return null;
    return { t, unit: this.order[at] };
  }
}

/** Gives a canvas its size in pixels of the screen and returns its pen, scaled to pixels of the page. */
export function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  canvas.style.cssText = `width:${width}px;height:${height}px`;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  return pen;
}
