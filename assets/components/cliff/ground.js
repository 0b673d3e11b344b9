// The map's ground, drawn once for a size and a theme: relief, lines of equal error, the cliff, the axes.

import { colorMap } from "../shared/colors.js";
import { contour, picture } from "../shared/relief.js";

const MARGIN = { left: 58, right: 14, top: 12, bottom: 46 };
const LEVELS = [0.001, 0.01, 0.03, 0.05, 0.07, 0.35, 0.4, 0.45];
const HIGH = 0.1;
const CLEAR = 0.14;
const ALONG = 0.65; // where on its line a low level is written: gradients point up, to its other end

/** Where numbers stand on a canvas of a size: `x(w)`, `y(b)`, back again, and the frame. */
export function scaleOf({ w, b }, width, height) {
  const frame = {
    left: MARGIN.left, top: MARGIN.top, right: width - MARGIN.right, bottom: height - MARGIN.bottom,
  };
  const across = (frame.right - frame.left) / (w[1] - w[0]);
  const up = (frame.bottom - frame.top) / (b[1] - b[0]);
  return {
    frame, across, up, numbers: [],
    x: (value) => frame.left + (value - w[0]) * across,
    y: (value) => frame.bottom - (value - b[0]) * up,
    back: (x, y) => [w[0] + (x - frame.left) / across, b[0] + (frame.bottom - y) / up],
    holds: (one) => one.w >= w[0] && one.w <= w[1] && one.b >= b[0] && one.b <= b[1],
  };
}

export class Ground {
  /** `off` is how far the last state is off its target, the root of the error, a row for each b. */
  constructor({ off, w, b, edge }) {
    const [height, width] = off.shape;
    this.grid = { values: off.values, width, height };
    this.ranges = { w, b };
    this.edge = edge;
    this.high = off.values.reduce((most, value) => Math.max(most, value), 0);
    this.lines = LEVELS.map((level) => [level, contour(this.grid, Math.sqrt(level))]);
  }

  draw(pen, scale, look) {
    const { frame } = scale;
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "high";
    const shades = colorMap(look.relief, 0, this.high, look.ground.nan);
    pen.drawImage(
      picture(this.grid, shades), frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top,
    );
    this.drawLines(pen, scale, look);
    this.drawEdge(pen, scale, look);
    this.drawAxes(pen, scale, look);
  }

  /** The boxes of their numbers are left in the scale, so that other words keep off them. */
  drawLines(pen, { frame, numbers }, look) {
    const across = (frame.right - frame.left) / (this.grid.width - 1);
    const up = (frame.bottom - frame.top) / (this.grid.height - 1);
    const at = (x, y) => [frame.left + x * across, frame.bottom - y * up];
    pen.lineWidth = 1;
    pen.font = `12px ${look.font}`;
    pen.textBaseline = "middle";
    numbers.length = 0;
    for (const [level, segments] of this.lines) {
      pen.strokeStyle = look.ground.nan;
      pen.beginPath();
      for (const [x0, y0, x1, y1] of segments) {
        pen.moveTo(...at(x0, y0));
        pen.lineTo(...at(x1, y1));
      }
      pen.stroke();
      const along = segments.filter((one) => this.aside(one)).toSorted((one, other) => one[0] - other[0]);
      const shown = along[level < HIGH ? Math.floor(along.length * ALONG) : 0];
      if (shown) numbers.push(written(pen, String(level), at(shown[0], shown[1]), level < HIGH ? "center" : "left", look));
    }
  }

  /** Whether a segment lies clear of the cliff, where lines of all levels run together. */
  aside([x, y]) {
    const [w, b] = [[x, this.ranges.w, this.grid.width], [y, this.ranges.b, this.grid.height]].map(
      ([at, [low, high], count]) => low + (at / (count - 1)) * (high - low),
    );
    const [[w0, b0], [w1, b1]] = this.edge;
    return Math.abs(b - b0 - ((w - w0) / (w1 - w0)) * (b1 - b0)) > CLEAR;
  }

  drawEdge(pen, scale, look) {
    const [from, to] = this.edge.map(([w, b]) => [scale.x(w), scale.y(b)]);
    pen.strokeStyle = look.ground.ink;
    pen.lineWidth = 1.2;
    pen.setLineDash([9, 3, 2, 3]);
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
    pen.setLineDash([]);
  }

  drawAxes(pen, scale, look) {
    const { frame } = scale;
    const { w, b } = this.ranges;
    pen.strokeStyle = look.ground.soft;
    pen.lineWidth = 1;
    pen.strokeRect(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
    pen.fillStyle = look.ground.ink;
    pen.font = `14px ${look.font}`;
    pen.textAlign = "center";
    pen.textBaseline = "top";
    for (const value of ticks(w)) pen.fillText(text(value), scale.x(value), frame.bottom + 6);
    pen.fillText("recurrent weight w", (frame.left + frame.right) / 2, frame.bottom + 26);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const value of ticks(b)) pen.fillText(text(value), frame.left - 8, scale.y(value));
    pen.save();
    pen.translate(12, (frame.top + frame.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "center";
    pen.fillText("bias b", 0, 0);
    pen.restore();
  }
}

/** Small words with the ground's colour around them; what comes back is their box. */
function written(pen, words, [x, y], align, look) {
  pen.textAlign = align;
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = look.ground.background;
  pen.strokeText(words, x + 4, y);
  pen.lineWidth = 1;
  pen.fillStyle = look.ground.soft;
  pen.fillText(words, x + 4, y);
  const width = pen.measureText(words).width;
  const left = align === "center" ? x + 4 - width / 2 : x + 4;
  return { left, right: left + width, top: y - 8, bottom: y + 8 };
}

function ticks([low, high]) {
  return Array.from({ length: Math.round((high - low) / 0.5) + 1 }, (_, k) => low + 0.5 * k);
}

const text = (value) => value.toFixed(1).replace("-", "−");
