// One picture with its title, caption, axis titles and legend, which are text of the page; the curves are on a canvas.

import { sized } from "../shared/canvas.js";
import { placeOf } from "../shared/pointer.js";
import { legendOf } from "./arms.js";
import { drawPlot, shareAt } from "./plot.js";

const LEGEND = 74;
const LEAST = 0.002;
const HINT = "Drag across to zoom in, or use the keys + − ← →. Double-click or press Escape to show everything again.";

export class Panel {
  /** `onView` hears which part of the axis of updates is to be seen in all pictures. */
  constructor({ onView }) {
    this.node = document.createElement("figure");
    this.node.innerHTML = `<canvas role="img"></canvas><figcaption><b></b><small></small></figcaption>
      <span class="up" aria-hidden="true"></span><span class="across" aria-hidden="true"></span><div class="legend-row"></div>`;
    this.part = (name) => this.node.querySelector(name);
    this.canvas = this.part("canvas");
    this.onView = onView;
    this.listen();
  }

  listen() {
    const { canvas } = this;
    canvas.onpointerdown = (event) => {
      if (event.button !== 0 || !this.zooms) return;
      canvas.setPointerCapture(event.pointerId);
      this.from = this.shareOf(event);
    };
    canvas.onpointerup = (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const ends = [this.from, this.shareOf(event)].sort((a, b) => a - b);
      if (ends[1] - ends[0] > LEAST) this.onView(ends);
    };
    canvas.ondblclick = () => this.onView([0, 1]);
    canvas.onkeydown = (event) => {
      const view = this.zooms && !event.ctrlKey && !event.metaKey && moved(this.view, event.key);
      if (!view) return;
      event.preventDefault();
      this.onView(view);
    };
  }

  shareOf(event) {
    return shareAt(placeOf(event, this.canvas)[0], this.canvas.offsetWidth, this.size, this.view);
  }

  /** Takes what is to be seen; it is drawn when `paint` is called. */
  show(panel, look, size) {
    Object.assign(this, { panel, look, size, zooms: panel.key !== "answers" && panel.key !== "losses" });
    this.node.dataset.key = panel.key;
    for (const [name, pixels] of Object.entries(size)) this.node.style.setProperty(`--${name}`, `${pixels}px`);
    this.part("b").replaceChildren(...lowered(panel.title));
    this.part("small").replaceChildren(...panel.caption.map(lineOf));
    this.part(".up").replaceChildren(...lowered(panel.y.title));
    this.part(".across").replaceChildren(...lowered(panel.x.title));
    this.part(".legend-row").replaceChildren(...panel.lines.map((line) => legendOf(line, look, panel.kind === "curves" || panel.kind === "counts")));
    this.describe();
  }

  describe() {
    const { canvas, panel, zooms } = this;
    canvas.setAttribute("aria-label", panel.alt);
    canvas.tabIndex = zooms ? 0 : -1;
    canvas.title = zooms ? HINT : "";
    canvas.dataset.reached = panel.lines[0]?.x.values.at(-1) ?? 0;
  }

  paint(view) {
    this.view = view;
    const { panel, look, size, node, canvas } = this;
    const width = node.clientWidth;
    if (!width) return;
    const below = LEGEND + this.part(".legend-row").offsetHeight;
    const pen = sized(canvas, width, size.height);
    drawPlot(pen, panel, { ...size, width, above: panel.above, below, view: this.zooms ? view : [0, 1], look });
    node.style.setProperty("--above", `${panel.above}px`);
    node.style.setProperty("--below", `${below}px`);
  }
}

/** The part in view after a key; null if the key is none of ours. */
function moved([from, to], key) {
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  if (key === "Escape") return from > 0 || to < 1 ? [0, 1] : null;
  if (key === "+") return half > LEAST ? [middle - half / 2, middle + half / 2] : [from, to];
  if (key === "-") return [Math.max(0, middle - 2 * half), Math.min(1, middle + 2 * half)];
  const step = { ArrowLeft: -half / 2, ArrowRight: half / 2 }[key];
  if (step === undefined) return null;
  const by = Math.max(-from, Math.min(1 - to, step));
  return [from + by, to + by];
}

function lineOf(text) {
  const line = document.createElement("span");
  line.append(...lowered(text));
  return line;
}

/** Text in which <sub> lowers what it encloses. */
function lowered(text) {
  return text.split(/<sub>(.*?)<\/sub>/).map((part, k) => {
    if (k % 2 === 0) return part;
    const sub = document.createElement("sub");
    sub.textContent = part;
    return sub;
  });
}
