// The bar of all steps under the picture: h of the selected layer and direction, and the step that is dragged along it.

import { drawStates } from "./model.js";

const MOST_COLUMNS = 2000;

/** Wires `bar`, a slider; `onStep(t)` hears where it is pressed or dragged to. */
export class Scrub {
  constructor(bar, { onStep }) {
    this.bar = bar;
    this.canvas = bar.querySelector("canvas");
    this.cursor = bar.querySelector("[data-part=cursor]");
    const to = (event) => {
      if (!this.model) return;
      const box = bar.getBoundingClientRect();
      onStep(Math.floor(((event.clientX - box.left) / box.width) * this.model.sizes.time));
    };
    bar.onpointerdown = (event) => {
      bar.setPointerCapture(event.pointerId);
      bar.focus({ preventScroll: true });
      to(event);
    };
    bar.onpointermove = (event) => { if (bar.hasPointerCapture(event.pointerId)) to(event); };
  }

  draw(model) {
    this.model = model;
    drawStates(model, this.canvas, MOST_COLUMNS);
  }

  move(t) {
    const { sizes: { time }, tokens } = this.model;
    this.cursor.style.left = `${(t / time) * 100}%`;
    this.cursor.style.width = `${100 / time}%`;
    this.bar.setAttribute("aria-valuemax", time - 1);
    this.bar.setAttribute("aria-valuenow", t);
    this.bar.setAttribute("aria-valuetext", `t = ${t}, ${tokens[t]}`);
  }
}
