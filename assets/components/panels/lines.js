// The values of one signal over time: all units faint, the chosen ones as lines of their own.

import { row } from "../shared/arrays.js";
import { ratioOf, sized } from "../shared/canvas.js";
import { GUTTER } from "./canvas.js";
import { crowd } from "./crowd.js";

export const LINES_HEIGHT = 64;
const MOST = 12;
const DASHES = [[], [6, 3], [2, 3], [9, 3, 2, 3]];

export class Lines {
  constructor() {
    this.node = document.createElement("canvas");
    this.crowd = document.createElement("canvas");
  }

  /** The lines of all units, drawn once: what the chosen ones stand out from. */
  draw(signal, look, columns, width) {
    Object.assign(this, { signal, look, columns, width });
    this.pen = sized(this.node, width, LINES_HEIGHT);
    const ratio = ratioOf(this.node);
    const { values } = signal.array;
    crowd(this.crowd, {
      left: GUTTER * ratio,
      width: this.node.width,
      height: this.node.height,
      units: signal.units,
      columns: columns.count,
      heights: (unit, column) => ratio * this.y(values[column * signal.units + unit] - this.base(unit)),
      rgb: look.rgb(look.signal[signal.key]),
      alpha: Math.max(0.05, Math.min(0.5, 6 / signal.units)),
    });
  }

  paint({ column, hover, units, threshold }) {
    const { pen, width, look, signal } = this;
    pen.clearRect(0, 0, width, LINES_HEIGHT);
    this.axis();
    pen.globalAlpha = units.size || hover ? 0.35 : 1;
    pen.drawImage(this.crowd, 0, 0, width, LINES_HEIGHT);
    pen.globalAlpha = 1;
    if (threshold !== null) this.threshold(threshold);
    const chosen = [...units].filter((unit) => unit < signal.units).slice(0, MOST);
    chosen.forEach((unit, k) => this.line(unit, k, hover?.unit === unit));
    if (hover && hover.unit < signal.units && !chosen.includes(hover.unit)) this.line(hover.unit, chosen.length, true);
    if (column < 0) return;
    pen.setLineDash([]);
    pen.strokeStyle = look.ground.ink;
    pen.lineWidth = 1.5;
    pen.strokeRect(this.x(column), 1, Math.max(1, this.x(column + 1) - this.x(column)), LINES_HEIGHT - 2);
  }

  axis() {
    const { pen, width, look, signal } = this;
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
    const { pen, width, look, signal } = this;
    if (value > signal.high || signal.baseline) return;
    pen.strokeStyle = look.ground.ink;
    pen.lineWidth = 1;
    pen.setLineDash([2, 4]);
    this.across(value, width);
    pen.setLineDash([]);
  }

  across(value, width) {
    const { pen } = this;
    pen.beginPath();
    pen.moveTo(GUTTER, this.y(value));
    pen.lineTo(width, this.y(value));
    pen.stroke();
  }

  line(unit, k, hovered) {
    const { pen, look, signal, columns } = this;
    pen.strokeStyle = look.signal[signal.key];
    pen.globalAlpha = hovered ? 1 : 0.75;
    pen.lineWidth = hovered ? 2.6 : 1.6;
    pen.setLineDash(hovered ? [] : DASHES[k % DASHES.length]);
    pen.beginPath();
    for (let column = 0; column < columns.count; column += 1) {
      pen.lineTo((this.x(column) + this.x(column + 1)) / 2, this.y(this.value(unit, column)));
    }
    pen.stroke();
    pen.globalAlpha = 1;
    this.number(unit, this.width - 10 - 26 * k);
  }

  /** The unit's number over its line, as near to the end as the numbers of others leave room. */
  number(unit, x) {
    const { pen, look, columns } = this;
    const column = Math.max(0, Math.floor(((x - GUTTER) / (this.width - GUTTER)) * columns.count));
    const y = Math.max(14, this.y(this.value(unit, column))) - 8;
    pen.setLineDash([]);
    pen.font = `12px ${look.family}`;
    pen.textAlign = "center";
    pen.strokeStyle = look.ground.background;
    pen.lineWidth = 3;
    pen.strokeText(unit, x, y);
    pen.fillStyle = look.ground.ink;
    pen.fillText(unit, x, y);
  }

  value(unit, column) {
    return row(this.signal.array, column)[unit] - this.base(unit);
  }

  base(unit) {
    return this.signal.baseline ? this.signal.baseline[unit] : 0;
  }

  x(column) {
    return GUTTER + (column / this.columns.count) * (this.width - GUTTER);
  }

  /** Where a number stands; at the edge, if it lies beyond the axis. */
  y(value) {
    const { low, high } = this.signal;
    return Math.max(1, Math.min(LINES_HEIGHT - 1, 6 + (1 - (value - low) / (high - low)) * (LINES_HEIGHT - 12)));
  }
}
