// The network unrolled over time, or folded into its loop beside a feed-forward network of the same sizes.
// Lines and words are SVG and stand still; the strips of numbers are one canvas, repainted at every step.

import { digits } from "../shared/arrays.js";
import { sized } from "../shared/canvas.js";
import { placeOf } from "../shared/pointer.js";
import { backward, relabelBackward } from "./backward.js";
import { plan } from "./layout.js";
import { stripValues } from "./model.js";
import { absentStrip, digitStrip } from "./strips.js";
import { arrowHeads, spanned } from "./svg.js";
import { arrow, rolled, unrolled } from "./wiring.js";

/** Draws into `stage`; `onStep(t)` and `onSelect(layer, direction)` report clicks. */
export class Picture {
  constructor(stage, { onStep, onSelect }) {
    this.stage = stage;
    this.canvas = stage.querySelector("canvas");
    this.svg = stage.querySelector("svg");
    this.tip = stage.querySelector(".tip");
    this.onStep = onStep;
    this.onSelect = onSelect;
  }

  /** Takes a new model or width: lays out and rebuilds the still parts. */
  build(model, look, width) {
    this.model = model;
    this.look = look;
    this.plan = plan(model, width);
    this.first = -1;
    this.scale = width / this.plan.width; // a folded network keeps its loop where there is little room
    const { height } = this.plan;
    this.pen = sized(this.canvas, this.plan.width, height);
    const places = { width: `${width}px`, height: `${height * this.scale}px` };
    Object.assign(this.canvas.style, places);
    this.stage.style.height = places.height;
    this.svg.setAttribute("viewBox", `0 0 ${this.plan.width} ${height}`);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", height * this.scale);
    this.svg.replaceChildren(arrowHeads({ flow: look.ground.soft, h: look.signal.h, c: look.signal.c }), ...partsOf(model, this.plan));
    this.words = [...this.svg.querySelectorAll(".word")];
    this.answers = [...this.svg.querySelectorAll(".answer")];
    this.times = [...this.svg.querySelectorAll(".tick")];
    this.here = this.svg.querySelector(".here");
    this.recurrent = [...this.svg.querySelectorAll("[data-inner]")];
    this.stubs = [...this.svg.querySelectorAll(".stub")];
  }

  /** The first and the last step that stand in the picture while `t` is the selected one. */
  shown(t) {
    const { plan: { count }, model: { fold, sizes } } = this;
    const first = fold ? t : Math.max(0, Math.min(sizes.time - count, t - Math.floor(count / 2)));
    return [first, fold ? t : first + count - 1];
  }

  /** Repaints for step `t`. */
  draw(t) {
    const { plan: { columns, width, height }, pen, model } = this;
    const [first] = this.shown(t);
    if (first !== this.first) this.relabel(first);
    this.first = first;
    pen.clearRect(0, 0, width, height);
    if (this.tipAt !== t) this.leave();
    const current = model.fold ? null : columns[t - first];
    if (current) this.band(current);
    columns.forEach((column, k) => {
      const step = model.fold ? t : first + k;
      for (const strip of column.strips) this.strip(strip, step);
    });
    if (this.here && current) this.placeLabels(current.x, t);
  }

  /** Moves the names of the weights to the current column; those of arrows from outside stand over shorter arrows. */
  placeLabels(x, t) {
    this.here.setAttribute("transform", `translate(${x},0)`);
    for (const label of this.recurrent) {
      const ends = label.dataset.direction === "forward" ? t === this.first : t === this.first + this.plan.count - 1;
      label.setAttribute("transform", `translate(${ends ? label.dataset.outer : label.dataset.inner},0)`);
    }
  }

  relabel(first) {
    const { model: { tokens, sizes, fold } } = this;
    const step = (k) => (fold ? first : first + k);
    this.words.forEach((node, k) => { node.textContent = clip(tokens[step(k)], node.dataset.room); });
    this.times.forEach((node, k) => node.replaceChildren(`t = ${step(k)}`, ...(this.model.isUnknown(step(k)) ? [spanned(" [UNK]", { class: "unknown" })] : [])));
    this.words.forEach((node, k) => node.classList.toggle("unknown", this.model.isUnknown(step(k))));
    this.answers.forEach((node, k) => this.answer(node, step(k)));
    if (this.model.back && !fold) relabelBackward(this.svg, this.model, first, this.plan.count);
    for (const stub of this.stubs) {
      const ends = stub.dataset.side === "left" ? first === 0 : first + this.plan.count === sizes.time;
      stub.replaceChildren(...(ends ? startOf(stub, this.model) : ["…"]));
    }
  }

  /** What the network predicts at a step, over its column; a cross marks what is wrong. */
  answer(node, t) {
    const { answers } = this.model;
    const one = answers.at(t);
    const sign = one?.correct === null || !one ? "" : one.correct ? " ✓" : " ✗";
    const lines = one ? [
      `${clip(answers.named(one.output), node.dataset.room - (sign ? 20 : 4))}${sign}`,
      one.p === null ? "" : `p = ${one.p.toFixed(3)}`,
      one.target && one.target !== one.output ? clip(`target ${one.target}`, node.dataset.room) : "",
    ] : ["", "", ""];
    lines.forEach((line, row) => { node.children[row].textContent = line; });
    node.classList.toggle("wrong", one?.correct === false);
  }

  band({ x, width }) {
    const { boxWidth, shift, height } = this.plan;
    const wide = Math.min(width - 4, boxWidth + 2 * shift + 40);
    this.pen.fillStyle = this.look.ground.mark;
    this.pen.fillRect(x - wide / 2, 0, wide, height);
  }

  strip(strip, t) {
    const { pen, look } = this;
    const { x, y, width, height } = strip;
    if (!strip.digits) {
      const place = this.model.column(strip, t);
      if (!place) return this.absent(strip);
      const { image, column } = place;
      pen.imageSmoothingEnabled = false;
      pen.drawImage(image, column, 0, 1, image.height, x, y, width, height);
      return undefined;
    }
    const values = stripValues(this.model, strip, t);
    if (!values) return this.absent(strip);
    return digitStrip(pen, strip, values, look.map(strip.kind), { font: look.digitFont, decimals: strip.kind.startsWith("d") ? 3 : 2 });
  }

  absent(strip) {
    absentStrip(this.pen, strip, this.look.ground.soft);
  }

  leave() {
    this.tip.hidden = true;
  }

  locate(event) {
    const [x, y] = placeOf(event, this.stage).map((place) => place / this.scale);
    const column = this.plan.columns.find((one) => Math.abs(x - one.x) <= one.width / 2);
    if (!column) return null;
    const strip = column.strips.find((s) => x >= s.x - 8 && x <= s.x + s.width + 8 && y >= s.y - 6 && y <= s.y + s.height + 6);
    const k = this.plan.columns.indexOf(column);
    return { column, strip, x, y, t: this.model.fold ? this.first : this.first + k };
  }

  click(event) {
    const place = this.locate(event);
    if (!place) return;
    if (!this.model.fold) this.onStep(place.t);
    if (["h", "c", "dh", "dc"].includes(place.strip?.kind)) this.onSelect(place.strip.layer, place.strip.direction);
  }

  hover(event) {
    const place = this.locate(event);
    const inside = place?.strip;
    const answer = !inside && this.model.answers && place?.y < this.plan.outputY - 8;
    this.tip.hidden = !inside && !answer;
    if (answer) return this.showTip(place, `Prediction at t = ${place.t}: ${this.model.answers.sentence(place.t)}`);
    if (!inside) return undefined;
    const values = stripValues(this.model, inside, place.t);
    const { units } = inside;
    const unit = Math.max(0, Math.min(units - 1, Math.floor(((place.y - inside.y) / inside.height) * units)));
    const where = inside.layer === undefined ? "" : `, layer ${inside.layer} ${arrow(this.model, inside.direction)}`;
    return this.showTip(place, `${inside.letter}[${unit}] at t = ${place.t}${where}: ${values ? digits(values[unit]) : "loading"}`);
  }

  showTip({ x, y, t }, text) {
    this.tipAt = t;
    this.tip.textContent = text;
    this.tip.style.left = `${Math.min(this.scale * x + 14, this.scale * this.plan.width - 230)}px`;
    this.tip.style.top = `${Math.max(0, this.scale * y - 40)}px`;
  }
}

function partsOf(model, at) {
  if (model.fold) return rolled(model, at);
  return model.back ? backward(model, at) : unrolled(model, at);
}

function clip(word, room) {
  const most = Math.max(3, Math.floor(room / 7.6));
  const letters = [...(word ?? "")];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : word ?? "";
}

/** What stands where the arrows of the first step begin: zero, or the names of the initial states, one above the other. */
function startOf(stub, { initial, cell }) {
  if (!initial) return ["0"];
  if (cell !== "lstm") return ["h₀"];
  const x = stub.getAttribute("x");
  return [spanned("c₀", { x }, -7), spanned("h₀", { x }, 14)];
}
