// Numbers of some units one above the other, in digits or as colours.

import { short } from "../shared/arrays.js";
import { css, inkOn } from "../shared/colors.js";
import { heatmap, thinned } from "../shared/heatmap.js";

/** Digits on their colours. */
export function digitStrip(pen, { x, y, width, cell }, values, map, { font, decimals = 2 }) {
  pen.font = font;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  values.forEach((value, unit) => {
    const rgb = map(value);
    pen.fillStyle = css(rgb);
    pen.fillRect(x, y + unit * cell, width, cell - 1);
    pen.fillStyle = inkOn(rgb);
    pen.fillText(short(value, decimals), x + width / 2, y + (unit + 0.5) * cell);
  });
}

let scratch = null;

/** Colours alone. */
export function colorStrip(pen, { x, y, width, height }, values, map) {
  scratch = heatmap(thinned({ values, time: 1, units: values.length }, height), map, scratch);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(scratch, x, y, width, height);
}

/** A frame where numbers are still to come. */
export function absentStrip(pen, { x, y, width, height }, color) {
  pen.strokeStyle = color;
  pen.lineWidth = 1;
  pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}
