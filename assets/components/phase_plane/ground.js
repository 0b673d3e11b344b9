// The ground of the plane, drawn once for a size and a theme: the speed as relief, arrows of the flow, the axes.

import { colorMap } from "../shared/colors.js";
import { contour, picture } from "../shared/relief.js";

const MARGIN = { left: 58, right: 14, top: 8, bottom: 46 };

/** Where coordinates of the plane stand on a canvas of a size, and the frame. */
export function scaleOf({ across, up }, width, height) {
  const frame = { left: MARGIN.left, top: MARGIN.top, right: width - MARGIN.right, bottom: height - MARGIN.bottom };
  return {
    frame,
    x: (value) => frame.left + ((value - across[0]) / (across[1] - across[0])) * (frame.right - frame.left),
    y: (value) => frame.bottom - ((value - up[0]) / (up[1] - up[0])) * (frame.bottom - frame.top),
  };
}

export function drawGround(pen, scale, { plane, arrows, axes }, look) {
  const { frame } = scale;
  const [height, width] = plane.powers.shape;
  const grid = { values: plane.powers.values, width, height };
  pen.imageSmoothingEnabled = true;
  pen.imageSmoothingQuality = "high";
  const shades = colorMap(look.relief, plane.low, plane.high, look.ground.nan);
  pen.drawImage(picture(grid, shades), frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
  drawLines(pen, frame, grid, plane, look);
  drawArrows(pen, scale, arrows, look);
  drawAxes(pen, scale, plane, axes, look);
}

/** Lines of equal speed, one a power of ten. */
function drawLines(pen, frame, grid, { low, high }, look) {
  const across = (frame.right - frame.left) / (grid.width - 1);
  const up = (frame.bottom - frame.top) / (grid.height - 1);
  pen.strokeStyle = look.ground.line;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let level = Math.ceil(low); level < high; level += 1) {
    for (const [x0, y0, x1, y1] of contour(grid, level)) {
      pen.moveTo(frame.left + x0 * across, frame.bottom - y0 * up);
      pen.lineTo(frame.left + x1 * across, frame.bottom - y1 * up);
    }
  }
  pen.stroke();
}

/** Arrows of one length; the shade has how fast it is. */
function drawArrows(pen, scale, { values, shape }, look) {
  const { frame } = scale;
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
  pen.clip();
  const long = Math.min(frame.right - frame.left, (frame.bottom - frame.top) * 1.4) / 26;
  pen.strokeStyle = pen.fillStyle = look.ground.soft;
  pen.globalAlpha = 0.75;
  pen.lineWidth = 1.2;
  for (let k = 0; k < shape[0]; k += 1) {
    const [u, v, du, dv] = values.subarray(4 * k, 4 * k + 4);
    const [x, y] = [scale.x(u), scale.y(v)];
    const way = [scale.x(u + du) - x, scale.y(v + dv) - y];
    const size = Math.hypot(...way);
    if (!(size > 0)) continue;
    const [dx, dy] = way.map((part) => (part / size) * long);
    pen.beginPath();
    pen.moveTo(x - dx / 2, y - dy / 2);
    pen.lineTo(x + dx / 2, y + dy / 2);
    pen.stroke();
    pen.beginPath();
    pen.moveTo(x + dx / 2, y + dy / 2);
    pen.lineTo(x + dx / 6 - dy / 5, y + dy / 6 + dx / 5);
    pen.lineTo(x + dx / 6 + dy / 5, y + dy / 6 - dx / 5);
    pen.fill();
  }
  pen.restore();
}

function drawAxes(pen, scale, { across, up }, axes, look) {
  const { frame } = scale;
  pen.strokeStyle = look.ground.soft;
  pen.lineWidth = 1;
  pen.strokeRect(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
  pen.fillStyle = look.ground.ink;
  pen.font = `14px ${look.font}`;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const value of ticks(across)) pen.fillText(written(value), scale.x(value), frame.bottom + 6);
  pen.fillText(axes[0], (frame.left + frame.right) / 2, frame.bottom + 26, frame.right - frame.left);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const value of ticks(up)) pen.fillText(written(value), frame.left - 8, scale.y(value));
  pen.save();
  pen.translate(12, (frame.top + frame.bottom) / 2);
  pen.rotate(-Math.PI / 2);
  pen.textAlign = "center";
  pen.fillText(axes[1], 0, 0, frame.bottom - frame.top);
  pen.restore();
}

/** Some round numbers within a range. */
export function ticks([low, high]) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, k) => (first + k) * step);
}

const written = (value) => String(Number(value.toPrecision(4))).replace("-", "−");
