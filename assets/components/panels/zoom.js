// Where there are more steps than can be shown one by one: all of them, some to a column, or a window of single steps.

import { GUTTER } from "./canvas.js";
import { Question } from "../shared/question.js";

/** Two buttons and a strip of all steps; `onAsk(first)` asks for a window, or with null for all steps. */
export class Zoom {
  constructor(part, { onAsk, onStep }) {
    this.group = part("zoom");
    this.all = part("all");
    this.near = part("near");
    this.strip = part("strip");
    this.question = new Question({ onOpen: (open) => this.group.setAttribute("aria-busy", String(open)) });
    this.onAsk = onAsk;
    this.onStep = onStep;
    this.all.onclick = () => { if (this.columns.single) this.ask(null); };
    this.near.onclick = () => { if (!this.columns.single) this.ask(this.around(this.t)); };
    this.strip.onpointerdown = (event) => {
      this.strip.setPointerCapture(event.pointerId);
      this.point(event);
    };
    this.strip.onpointermove = (event) => { if (this.strip.hasPointerCapture(event.pointerId)) this.point(event); };
  }

  /** Takes the columns that have come, which may be those that were asked for. */
  show(columns) {
    this.columns = columns;
    this.question.close();
    const { window, total, overview, single } = columns;
    this.group.hidden = this.strip.hidden = !window;
    this.all.textContent = `All ${count(total)} steps${overview > 1 ? `, ${overview} to a column` : ""}`;
    this.all.setAttribute("aria-pressed", String(!single));
    this.near.setAttribute("aria-pressed", String(single));
    this.strip.style.marginLeft = `${GUTTER}px`;
  }

  paint(t) {
    const { window, total, single, first } = this.columns;
    this.t = t;
    if (!window) return;
    const begin = single ? first : this.around(t);
    this.near.textContent = `Steps ${count(begin)} to ${count(begin + window - 1)}`;
    const [part, here] = this.strip.children;
    part.style.cssText = `left:${(100 * begin) / total}%;width:${(100 * window) / total}%`;
    here.style.left = `${(100 * (t + 0.5)) / total}%`;
  }

  /** Moves the window on once the selected step has left it; one window is asked for at a time. */
  follow(t) {
    const { window, single, first, total } = this.columns;
    if (!window || !single || this.question.open || this.columns.of(t) >= 0) return;
    const margin = Math.floor(window / 8);
    const next = t === first + window ? t - margin : t === first - 1 ? t + margin + 1 - window : this.around(t);
    this.ask(Math.max(0, Math.min(total - window, next)));
  }

  ask(first) {
    this.question.ask(() => this.onAsk(first));
  }

  /** Where a window begins that has step `t` in its middle. */
  around(t) {
    const { window, total } = this.columns;
    return Math.max(0, Math.min(total - window, t - Math.floor(window / 2)));
  }

  point(event) {
    const box = this.strip.getBoundingClientRect();
    this.onStep(Math.floor(((event.clientX - box.left) / box.width) * this.columns.total));
  }
}

function count(number) {
  return number.toLocaleString("en");
}
