// The words under all panels: the time axis, the range that is dragged over them, and how many chosen units are on.

import { GUTTER, sized } from "./panel.js";

const TALL = 74;
const FLAT = 34;

export class WordAxis {
  constructor(node, { onStep, onRange }) {
    this.node = node;
    this.canvas = node.querySelector("canvas");
    let begin = null;
    let moved = false;
    node.onpointerdown = (event) => {
      node.setPointerCapture(event.pointerId);
      node.focus({ preventScroll: true });
      begin = this.step(event);
      moved = false;
    };
    node.onpointermove = (event) => {
      if (begin === null || !node.hasPointerCapture(event.pointerId)) return;
      const t = this.step(event);
      moved ||= t !== begin;
      if (moved) onRange([Math.min(begin, t), Math.max(begin, t)]);
    };
    node.onpointerup = (event) => {
      if (begin !== null && !moved) onStep(this.step(event));
      begin = null;
    };
  }

  layout(width, tokens, look) {
    Object.assign(this, { width, tokens, look });
    this.column = (width - GUTTER) / tokens.length;
    this.flat = this.column > 58;
    this.height = this.flat ? FLAT : TALL;
    this.pen = sized(this.canvas, width, this.height);
    this.node.setAttribute("aria-valuemax", tokens.length - 1);
  }

  paint({ t, hover, range, counts, of }) {
    const { pen, width, height, look, tokens, column } = this;
    pen.clearRect(0, 0, width, height);
    tokens.forEach((_, k) => {
      const share = of ? counts[k] / of : 0;
      if (share) {
        pen.globalAlpha = 0.12 + 0.5 * share;
        pen.fillStyle = look.ground.accent;
        pen.fillRect(this.x(k), 0, column, height);
        pen.globalAlpha = 1;
      }
    });
    pen.fillStyle = look.ground.mark;
    pen.fillRect(this.x(t), 0, Math.max(3, column), height);
    if (range) {
      pen.strokeStyle = look.ground.ink;
      pen.lineWidth = 2;
      pen.strokeRect(this.x(range[0]) + 1, 1, this.x(range[1] + 1) - this.x(range[0]) - 2, height - 2);
    }
    this.labels(t, hover);
    this.node.setAttribute("aria-valuenow", t);
    this.node.setAttribute("aria-valuetext", `t = ${t}, ${tokens[t]}`);
  }

  labels(t, hover) {
    const { pen, look, tokens, column } = this;
    const every = Math.max(1, Math.ceil(15 / column));
    const strong = new Set([t, hover?.t ?? t]);
    pen.fillStyle = look.ground.soft;
    tokens.forEach((token, k) => {
      const free = [...strong].every((other) => Math.abs(other - k) * column >= 15);
      if (k % every === 0 && (every === 1 || free) && !strong.has(k)) this.label(token, k, 400);
    });
    pen.fillStyle = look.ground.ink;
    for (const k of strong) this.label(tokens[k], k, 700);
    pen.font = `12px ${look.family}`;
    pen.fillStyle = look.ground.soft;
    pen.textAlign = "right";
    pen.textBaseline = "top";
    pen.fillText("read", GUTTER - 8, this.flat ? 8 : this.height - 18);
  }

  /** A word under its column, upright where there is room, else rising towards it. */
  label(token, k, weight) {
    const { pen, look, column, flat } = this;
    pen.font = `${weight} 13.5px ${look.family}`;
    pen.textBaseline = flat ? "top" : "middle";
    pen.textAlign = flat ? "center" : "right";
    pen.save();
    pen.translate(this.x(k) + column / 2, 8);
    if (!flat) pen.rotate(-Math.PI / 3);
    pen.fillText(clip(token, flat ? Math.floor(column / 8) : 9), 0, 0);
    pen.restore();
  }

  step(event) {
    const box = this.canvas.getBoundingClientRect();
    const t = Math.floor((event.clientX - box.left - GUTTER) / this.column);
    return Math.max(0, Math.min(this.tokens.length - 1, t));
  }

  x(t) {
    return GUTTER + t * this.column;
  }
}

function clip(word, most) {
  const letters = [...word];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : word;
}
