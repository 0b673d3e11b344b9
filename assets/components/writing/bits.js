// How many bits each next character cost, along the bar of all steps.

import { sized } from "../shared/canvas.js";

const HIGH = 38;

/** A line up of each step's bits; of several that share a pixel the most. */
export function drawBits({ bar, canvas }, model, look) {
  const width = Math.max(1, bar.clientWidth);
  const pen = sized(canvas, width, HIGH);
  const step = width / model.count;
  pen.fillStyle = look.surprise;
  model.bits.forEach((bits, t) => {
    const high = Math.min(1, bits / look.most) * (HIGH - 4);
    pen.fillRect(t * step, HIGH - 2 - high, Math.max(1, step - (step > 4 ? 1 : 0)), high);
  });
}
