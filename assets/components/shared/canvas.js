// Canvases as large as their pixels on the screen.

import { zoomOf } from "./pointer.js";

/** How many pixels of the screen a pixel of a node takes. */
export function ratioOf(node) {
  return (window.devicePixelRatio || 1) * zoomOf(node);
}

/** Gives a canvas its size in pixels of the page and returns its empty pen, scaled to them. */
export function sized(canvas, width, height) {
  const ratio = ratioOf(canvas);
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    Object.assign(canvas, { width: wide, height: high });
    canvas.style.cssText = `width:${width}px;height:${height}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

const CORNER = 4;

/** Strokes a frame whose sides are corners only, so that it does not run through the letters beside it. */
export function corners(pen, x, y, wide, high, { left = true, right = true } = {}) {
  pen.beginPath();
  for (const [edge, inside] of [[y, y + CORNER], [y + high, y + high - CORNER]]) {
    if (left) pen.moveTo(x, inside);
    pen[left ? "lineTo" : "moveTo"](x, edge);
    pen.lineTo(x + wide, edge);
    if (right) pen.lineTo(x + wide, inside);
  }
  pen.stroke();
}
