// Numbers of some units one above the other, in digits or as colours.

import { short } from "../shared/arrays.js";
import { css, inkOn } from "../shared/colors.js";

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
  scratch ??= document.createElement("canvas");
  const column = scratch.getContext("2d", { willReadFrequently: true });
  Object.assign(scratch, { width: 1, height: values.length });
  const image = column.createImageData(1, values.length);
  values.forEach((value, unit) => image.data.set([...map(value), 255], 4 * unit));
  column.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = values.length > height * 1.5;
  pen.drawImage(scratch, x, y, width, height);
}

/** A frame where numbers are still to come. */
export function absentStrip(pen, { x, y, width, height }, color) {
  pen.strokeStyle = color;
  pen.lineWidth = 1;
  pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}
