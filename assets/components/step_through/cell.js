// The cell at the selected step as a diagram: every wire with its numbers, every gate as a valve that it opens.
// Lines and words are SVG and stand still; the numbers are one canvas, repainted at every step.

import { digits } from "../shared/arrays.js";
import { sized } from "../shared/canvas.js";
import { placeOf } from "../shared/pointer.js";
import { planCell } from "./cell_plan.js";
import { absentStrip, colorStrip, digitStrip } from "./strips.js";
import { arrowHeads, make, path, spans } from "./svg.js";

const NEAR = 5;
const PAUSE = 260;

/**
 * Draws into `stage`; `onPoint(place)` hears what is pointed at, `onPick(place)` which input is clicked,
 * `onUnit(unit)` which unit alone is to be shown, null for all.
 */
export class CellPicture {
  constructor(stage, { onPoint, onPick, onUnit }) {
    Object.assign(this, { stage, onPoint, onPick, onUnit, unit: null });
    this.canvas = stage.querySelector("canvas");
    this.svg = stage.querySelector("svg");
    this.tip = stage.querySelector(".tip");
  }

  build(model, look, width) {
    Object.assign(this, { model, look });
    this.plan = planCell(model, width, this.unit);
    const { width: wide, height } = this.plan;
    this.pen = sized(this.canvas, wide, height);
    this.stage.style.height = `${height}px`;
    for (const [name, value] of [["viewBox", `0 0 ${wide} ${height}`], ["width", wide], ["height", height]]) this.svg.setAttribute(name, value);
    this.svg.replaceChildren(arrowHeads(look.signal), ...this.cards(), ...this.wires(), ...this.nodes(), ...this.frames(), ...this.names());
  }

  // ---- what stands still ----

  cards() {
    return this.plan.cards.map(({ gate, x, y, width, height, title, mirrored }) => {
      const color = this.look.signal[gate];
      const place = mirrored ? { x: x + width - 9, anchor: "end" } : { x: x + 9, anchor: "start" };
      const name = make("text", { x: place.x, y: y + 16, class: "card-title", style: `fill:${color};text-anchor:${place.anchor}` });
      name.textContent = title;
      return make("g", {}, make("rect", { x, y, width, height, rx: 8, class: "card", style: `stroke:${color}` }), name);
    });
  }

  wires() {
    return this.plan.wires.map(({ d, signal, key, head, rank }) => {
      const line = path(d, "wire", head ? signal : null);
      line.style.stroke = this.look.signal[signal];
      line.dataset.key = key;
      line.dataset.rank = rank;
      return line;
    });
  }

  nodes() {
    const { nodes, valves } = this.plan;
    const circles = nodes.map(({ sign, x, y, r, key, signal, narrow }) => {
      const wide = sign.length > 2 ? (narrow ? r + 3 : r + 8) : r;
      const shape = sign
        ? make("rect", { x: x - wide, y: y - r, width: 2 * wide, height: 2 * r, rx: r, class: "node" })
        : make("circle", { cx: x, cy: y, r, style: `fill:${this.look.signal[signal]}` });
      const letters = make("text", { x, y: y + (sign.length > 2 ? 4 : 5), class: `node-sign${sign.length > 2 ? " small" : ""}${narrow ? " narrow" : ""}` });
      letters.textContent = sign;
      const group = make("g", {}, shape, letters);
      if (key) group.dataset.key = key;
      return group;
    });
    const frames = valves.map(({ gate, x, y, r, key }) => {
      const sign = make("text", { x: x + r + 2, y: y + r + 5, class: "valve-sign" });
      sign.textContent = "⊙";
      const frame = make("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r, rx: 5, class: "valve", style: `stroke:${this.look.signal[gate]}` });
      const group = make("g", {}, frame, sign);
      group.dataset.key = key;
      return group;
    });
    return [...circles, ...frames];
  }

  frames() {
    return this.plan.strips.map(({ key, x, y, width, height, digits: inDigits }) => {
      const frame = make("rect", { x: x - 1.5, y: y - 1.5, width: width + 3, height: height + (inDigits ? 2 : 3), rx: 3, class: "strip-frame" });
      frame.dataset.key = key;
      return frame;
    });
  }

  names() {
    return this.plan.labels.map(({ x, y, anchor, latex, key }) => {
      const name = make("text", { x, y, class: key ? "strip-name" : "strip-name weight-name", style: `text-anchor:${anchor}` }, ...spans(latex));
      if (key) name.style.fill = this.model.signalColor(key) ?? "";
      return name;
    });
  }

  // ---- what changes with the step ----

  /** The first and the last step on show while `t` is the selected one. */
  shown(t) {
    return [t, t];
  }

  draw(t) {
    const { plan: { width, height, strips, valves }, pen } = this;
    if (t !== this.t) this.tip.hidden = true;
    this.t = t;
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = this.look.ground.panel;
    for (const card of this.plan.cards) pen.fillRect(card.x, card.y, card.width, card.height);
    for (const strip of strips) this.strip(strip);
    for (const valve of valves) this.valve(valve);
  }

  values(strip) {
    const values = this.model.numbers(strip.key, this.t);
    return values && strip.unit !== null ? values.subarray(strip.unit, strip.unit + 1) : values;
  }

  strip(strip) {
    const values = this.values(strip);
    if (!values) return absentStrip(this.pen, strip, this.look.ground.soft);
    const map = this.look.map(strip.key);
    if (!strip.digits) return colorStrip(this.pen, strip, values, map);
    return digitStrip(this.pen, strip, values, map, { font: this.look.digitFont, decimals: 3 });
  }

  /** A row a unit, as far open as its gate says. */
  valve({ gate, x, y, r, rest }) {
    const values = this.values({ key: gate, unit: this.unit });
    if (!values) return;
    const { pen, look } = this;
    const side = 2 * r;
    pen.fillStyle = look.ground.background;
    pen.fillRect(x - r, y - r, side, side);
    pen.fillStyle = look.signal[gate];
    values.forEach((value, unit) => {
      const open = Math.max(0, Math.min(1, rest ? 1 - value : value));
      pen.fillRect(x - r, y - r + (unit * side) / values.length, side * open, side / values.length);
    });
  }

  /** Lights the wires and strips of what `marks` names. */
  light(marks) {
    const lit = new Set(marks.filter((mark) => !mark.matrix).map((mark) => mark.key));
    for (const node of this.svg.querySelectorAll("[data-key]")) node.classList.toggle("lit", lit.has(node.dataset.key));
  }

  /** Lets run what an edit has changed at this step, in the order in which it is computed. */
  flow(before) {
    const { model, t } = this;
    const differs = (key) => {
      const [now, then] = [model.numbers(key, t), before.numbers(key, t)];
      return now && then && now.some((value, unit) => value !== then[unit]);
    };
    for (const line of this.svg.querySelectorAll(".wire")) {
      if (!differs(line.dataset.key)) continue;
      line.style.animationDelay = `${line.dataset.rank * PAUSE}ms`;
      line.classList.add("flowing");
      line.onanimationend = () => line.classList.remove("flowing");
    }
  }

  // ---- the pointer ----

  locate(event) {
    const [x, y] = placeOf(event, this.svg);
    const { strips, nodes, valves, cards } = this.plan;
    const strip = strips.find((one) => x >= one.x - NEAR && x <= one.x + one.width + NEAR && y >= one.y - NEAR && y <= one.y + one.height + NEAR);
    if (strip) {
      const row = Math.max(0, Math.min(strip.rows - 1, Math.floor(((y - strip.y) / strip.height) * strip.rows)));
      return { x, y, strip, key: strip.key, unit: strip.unit ?? row };
    }
    const near = [...valves, ...nodes].find((one) => one.key && Math.hypot(x - one.x, y - one.y) <= one.r + NEAR);
    const card = cards.find((one) => x >= one.x && x <= one.x + one.width && y >= one.y && y <= one.y + one.height);
    const key = near?.key ?? card?.gate;
    return key ? { x, y, key, unit: this.unit ?? 0, gate: near?.gate, rest: near?.rest } : null;
  }

  hover(event) {
    const place = this.locate(event);
    this.tip.hidden = !place?.strip && !place?.gate;
    this.onPoint(place && { key: place.key, matrix: false, unit: place.unit });
    if (this.tip.hidden) return;
    this.tip.textContent = place.gate ? this.throughValve(place) : `${this.model.spoken(place.key)}[${place.unit}] = ${this.number(place.key, place.unit)}`;
    this.tip.style.left = `${Math.min(place.x + 14, this.plan.width - 260)}px`;
    this.tip.style.top = `${Math.max(0, place.y - 40)}px`;
  }

  number(key, unit) {
    const values = this.model.numbers(key, this.t);
    return values ? digits(values[unit]) : "loading";
  }

  /** What a valve is and lets through. */
  throughValve({ gate, rest, unit }) {
    const share = this.model.spoken(gate);
    return `A valve with a row a unit, filled to ${rest ? `1 − ${share}` : share}. ${share}[${unit}] = ${this.number(gate, unit)}`;
  }

  /** A click on a unit shows it alone, the next one all of them again. */
  click(event) {
    const place = this.locate(event);
    if (!place?.strip) return;
    if (place.key === "inputs") this.onPick({ key: place.key, matrix: false, unit: place.unit });
    else this.onUnit(this.unit === null ? place.unit : null);
  }

  leave() {
    this.tip.hidden = true;
    this.onPoint(null);
  }
}
