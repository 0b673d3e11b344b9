// The bar of all steps: how many bits each next character cost, and the step that is dragged along it.

import { sized } from "../shared/canvas.js";

const HIGH = 38;

export class Scrub {
  constructor(bar, { onStep }) {
    this.bar = bar;
    this.canvas = bar.querySelector("canvas");
    this.cursor = bar.querySelector("[data-part=cursor]");
    const to = (event) => {
      const box = bar.getBoundingClientRect();
      if (this.model) onStep(Math.floor(((event.clientX - box.left) / box.width) * this.model.count));
    };
    bar.onpointerdown = (event) => {
      bar.setPointerCapture(event.pointerId);
      bar.focus({ preventScroll: true });
      to(event);
    };
    bar.onpointermove = (event) => { if (bar.hasPointerCapture(event.pointerId)) to(event); };
  }

  /** A line up of each step's bits; of several that share a pixel the most. */
  build(model, look) {
    this.model = model;
    const width = Math.max(1, this.bar.clientWidth);
    const pen = sized(this.canvas, width, HIGH);
    const step = width / model.count;
    pen.fillStyle = look.surprise;
    model.bits.forEach((bits, t) => {
      const high = Math.min(1, bits / look.most) * (HIGH - 4);
      pen.fillRect(t * step, HIGH - 2 - high, Math.max(1, step - (step > 4 ? 1 : 0)), high);
    });
  }

  move(t, told) {
    const { count } = this.model;
    this.cursor.style.left = `${(t / count) * 100}%`;
    this.cursor.style.width = `${100 / count}%`;
    this.bar.setAttribute("aria-valuemax", count - 1);
    this.bar.setAttribute("aria-valuenow", t);
    this.bar.setAttribute("aria-valuetext", told);
  }
}
