// The bar of all steps, along which the selected one is dragged.

export class Scrub {
  /** Wires `bar`, a slider with a canvas and a cursor; `onStep(t)` hears where it is pressed or dragged to. */
  constructor(bar, { onStep }) {
    this.bar = bar;
    this.canvas = bar.querySelector("canvas");
    this.cursor = bar.querySelector("[data-part=cursor]");
    this.count = 0;
    const to = (event) => {
      const box = bar.getBoundingClientRect();
      if (this.count) onStep(Math.floor(((event.clientX - box.left) / box.width) * this.count));
    };
    bar.onpointerdown = (event) => {
      bar.setPointerCapture(event.pointerId);
      bar.focus({ preventScroll: true });
      to(event);
    };
    bar.onpointermove = (event) => { if (bar.hasPointerCapture(event.pointerId)) to(event); };
  }

  /** Marks step `t` of `count`, of which `told` is read out. */
  move(t, count, told) {
    this.count = count;
    this.cursor.style.left = `${(t / count) * 100}%`;
    this.cursor.style.width = `${100 / count}%`;
    this.bar.setAttribute("aria-valuemax", count - 1);
    this.bar.setAttribute("aria-valuenow", t);
    this.bar.setAttribute("aria-valuetext", told);
  }
}
