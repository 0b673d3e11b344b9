// Several signals of the same steps, unit by time, one under the other: time, units and a range of words are linked.

import { digits, row, short } from "../shared/arrays.js";
import { channels, themeOf } from "../shared/colors.js";
import { math } from "../shared/mathml.js";
import { same, unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { roomOnSlide } from "../shared/slide.js";
import { Stepper, listenKeys, settle, transport } from "../shared/stepper.js";
import { tokenSaid } from "../shared/unknown.js";
import { AnswerRows } from "./answers.js";
import { Columns } from "./columns.js";
import { LINES_HEIGHT } from "./lines.js";
import { Panel } from "./panel.js";
import { countOn, signalsOf, unitsOn, usualThreshold } from "./signals.js";
import { WordAxis } from "./words.js";
import { Zoom } from "./zoom.js";

const ORDERS = { index: "index", variance: "variance", peak: "time of the peak", cluster: "similarity" };
const SETTLE_MS = 300;
const FRAME_MS = 8;

/** Pixels of a heatmap on a slide where two are compared. */
const SLIDE_HEIGHT = 72;

/** Of a saved slide with many panels: pixels of a name beside its panel, between panels, and of a panel at least, at least if it has lines, and most. */
const TIGHT = { beside: 236, between: 4, least: 24, lined: 90, most: 190 };

export default function panels(component) {
  return show(component, component.parentElement.querySelector(".panels"), Panels);
}

class Panels {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.state = { hover: null, units: new Set(), range: null, order: "index", scale: "value", threshold: null };
    this.look = { first: null, range: null, threshold: null };
    this.panels = [];
    this.stepper = new Stepper({
      onStep: (t) => { this.zoom.follow(t); this.leave(t); this.paint(); },
      onSettle: (t) => settle(this.send, t, this.root),
      onPlay: (on) => this.transport.playing(on),
    });
    this.transport = transport(this.stepper, this.part("transport"));
    this.words = new WordAxis(this.part("words"), {
      onStep: (column) => this.stepper.go(this.columns.step(column, this.stepper.t)),
      onRange: (range) => this.setRange(range),
    });
    this.answers = new AnswerRows(this.part("answers"), { onHover: (place) => this.hover(place) });
    this.zoom = new Zoom(this.part, {
      onAsk: (first) => this.askFor({ first }),
      onStep: (t) => this.stepper.go(t),
    });
    this.wireControls();
    this.observer = new ResizeObserver(() => this.layout());
  }

  wireControls() {
    const order = this.part("order");
    for (const [name, label] of Object.entries(ORDERS)) order.add(new Option(label, name));
    order.onchange = () => { this.state.order = order.value; this.rebuild(); this.settleSelection(); };
    this.part("scale").onchange = (event) => { this.state.scale = event.target.value; this.rebuild(); };
    this.part("threshold").oninput = (event) => { this.state.threshold = Number(event.target.value); this.ask(); };
    this.part("clear").onclick = () => this.clear();
  }

  /** Called at mount, and again whenever Python has run or the theme has changed: often with the same data. */
  update({ data: message, setStateValue }) {
    this.send = { setStateValue };
    if (!this.listening) {
      this.listening = listenKeys(this.stepper, () => this.escape(), this.root);
      this.observer.observe(this.root);
    }
    const theme = themeOf(this.root);
    if (this.theme === theme && same(this.message, message)) return;
    Object.assign(this, { theme, message });
    this.take(unpack(message));
  }

  take(data) {
    this.data = data;
    this.paints = lookOf(data, this.theme, this.root);
    if (this.start !== data.start.id) this.begin(data.start);
    this.columns = new Columns(data.view, data.panels[0].array.shape[0], data.tokens.length);
    this.look.first = data.view.window && data.view.single ? data.view.first : null;
    this.stepper.setCount(data.tokens.length);
    this.signals = signalsOf(data, this.paints);
    this.first = this.signals[0];
    this.answers.take(data.answers);
    this.keepWhatExists();
    this.zoom.show(this.columns);
    this.showScales();
    this.takeAnswer();
    this.rebuild();
    this.zoom.follow(this.stepper.t);
  }

  begin({ id, t, units, range, threshold, order }) {
    this.start = id;
    this.stepper.t = t;
    Object.assign(this.state, { units: new Set(units), range, threshold, order });
    this.part("order").value = order;
  }

  /** Drops chosen units and a range that other data have no room for, as Python does. */
  keepWhatExists() {
    const most = Math.max(...this.signals.map((signal) => signal.units));
    this.state.units = new Set([...this.state.units].filter((unit) => unit < most));
    if (this.state.range?.[1] >= this.columns.total) this.state.range = null;
    if (!this.data.scales.some(([name]) => name === this.state.scale)) this.state.scale = "value";
    this.state.hover = null;
  }

  unmount() {
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.drawing);
    this.frame = this.drawing = null;
    this.stepper.stop();
    this.observer.disconnect();
    this.listening?.();
    this.listening = null;
    this.message = null;
  }

  /** Shows the signals in panels, those of before as far as there are as many: after other data, order or scale. */
  rebuild() {
    const { order, scale } = this.state;
    const grid = this.part("grid");
    while (this.panels.length < this.signals.length) this.panels.push(this.newPanel());
    for (const panel of this.panels.splice(this.signals.length)) panel.node.remove();
    this.panels.forEach((panel, k) => panel.show(this.signals[k].as(scale), this.paints, this.columns, this.signals[k].orders[order]));
    const missing = this.panels.filter((panel) => panel.node.parentNode !== grid);
    grid.append(...missing.map((panel) => panel.node));
    this.panels.forEach((panel, k) => panel.node.toggleAttribute("data-end", k === (this.compares ? 1 : 0))); // of a tour's stop
    this.width = 0;
    this.layout();
  }

  /** Whether the second panel is the first one after something was changed: on a slide the two are seen together. */
  get compares() {
    return this.signals[1]?.tag === "after";
  }

  newPanel() {
    return new Panel({ onHover: (place) => this.hover(place), onPick: (place) => this.pick(place) });
  }

  layout() {
    const width = Math.floor(this.part("grid").clientWidth);
    if (!this.data || !width || width === this.width) return;
    this.width = width;
    const tight = this.arrange();
    const across = tight ? width - TIGHT.beside : width;
    const most = this.compares && "presenting" in document.documentElement.dataset ? SLIDE_HEIGHT : undefined;
    for (const panel of this.panels) panel.layout(across, most, tight?.high);
    this.answers.layout(across, this.columns, this.paints);
    this.words.layout(across, this.columns, this.data, this.paints);
    this.drawPanels();
    this.refresh();
  }

  /** On a saved slide all panels are under each other, their names beside them, if it has room for that; the lines go first. */
  arrange() {
    const room = roomOnSlide(this.root, this.part("grid"));
    const each = room && Math.floor(room / this.panels.length) - TIGHT.between;
    const isTight = room !== undefined && !("several" in this.root.dataset) && this.panels.length > 1 && each >= TIGHT.least;
    const withLines = isTight && each - LINES_HEIGHT >= TIGHT.lined;
    this.root.classList.toggle("tight", isTight);
    this.root.classList.toggle("unlined", isTight && !withLines);
    this.root.classList.toggle("alike", this.signals.every(({ tag }) => tag === this.first.tag)); // the title of a slide says it
    if (isTight && !withLines) this.root.dataset.left = "the lines of single units";
    else delete this.root.dataset.left;
    return isTight ? { high: Math.min(TIGHT.most, withLines ? each - LINES_HEIGHT : each) } : null;
  }

  /** Draws the panels that can be seen now, and the others in the next frames, as far as there is time. */
  drawPanels() {
    for (const panel of this.panels) if (inSight(panel.node)) panel.draw();
    this.drawLater();
  }

  drawLater() {
    const left = this.panels.filter((panel) => !panel.drawn);
    this.root.setAttribute("aria-busy", String(left.length > 0));
    if (left.length) this.drawing ??= requestAnimationFrame(() => this.drawSome(left));
  }

  drawSome(left) {
    this.drawing = null;
    const begin = performance.now();
    for (const panel of left) if (performance.now() - begin < FRAME_MS) panel.draw();
    this.paint();
    this.drawLater();
  }

  /** Marks the place under the pointer in every panel, once a frame. */
  hover(place) {
    const now = this.state.hover;
    if (now?.column === place?.column && now?.unit === place?.unit && now?.isAnswer === place?.isAnswer) return;
    this.state.hover = place;
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.paint(); });
  }

  /** What was pointed at is left behind by a step to another column. */
  leave(t) {
    if (this.state.hover?.column !== this.columns.of(t)) this.state.hover = null;
  }

  /** Repaints what moves: cursor, crosshair, chosen units and their lines. */
  paint() {
    const { t } = this.stepper;
    const { hover, units, range } = this.state;
    const column = this.columns.of(t);
    this.panels.forEach((panel, k) => panel.paint({ t, hover, units, range, threshold: k ? null : this.threshold() }));
    this.words.paint({ t, hover, range, counts: this.counts, of: units.size });
    this.zoom.paint(t);
    this.transport.update(t);
    this.part("step").textContent = `t = ${t} of ${this.stepper.count - 1}`;
    this.part("token").textContent = this.token(t);
    this.part("answer").textContent = this.answers.summary(t);
    this.part("detail").replaceChildren(...this.describe(hover ?? { column, unit: [...units][0] }));
    this.part("detail").classList.toggle("idle", !hover && units.size === 0);
  }

  describe({ column, unit, isAnswer }) {
    if (isAnswer) return [document.createTextNode(this.outputs(column))];
    if (unit === undefined || column < 0) return [document.createTextNode("Point at a unit to see its values. Click it to keep its line. Drag over the steps to select the units that are on there.")];
    const head = document.createElement("span");
    head.textContent = `unit ${unit}, ${this.place(column)}:  `;
    return [head, ...this.signals.flatMap((signal) => {
      if (unit >= signal.units) return [];
      const node = document.createElement("span");
      node.className = "value";
      node.style.color = this.paints.signal[signal.key] ?? "";
      node.append(math(signal.symbol), ` ${signal.tag} ${written(row(signal.array, column)[unit], signal.array.off)}`);
      return [node];
    }), ...this.rounding()];
  }

  token(t) {
    return tokenSaid(this.data.tokens[t], this.data.unknown?.includes(t));
  }

  place(column) {
    const [begin, end] = this.columns.steps(column);
    return begin === end ? `t = ${begin}, “${this.data.tokens[begin]}”${this.data.unknown?.includes(begin) ? " [UNK], not in the vocabulary" : ""}` : `t = ${begin} to ${end}, mean`;
  }

  /** What the networks output at a column, in words. */
  outputs(column) {
    const t = this.columns.step(column, this.stepper.t);
    return `Output at t = ${t}, “${this.data.tokens[t]}”: ${this.answers.sentences(t).join("; ")}. The bar is the probability of the output. ✗ and a frame mark a wrong output.`;
  }

  /** Says how far the numbers may be off, where there are too many to be sent to the last digit. */
  rounding() {
    const off = Math.max(...this.signals.map((signal) => signal.array.off));
    if (!off) return [];
    const node = document.createElement("span");
    node.className = "rounding";
    node.textContent = `rounded to ±${roundedUp(off)}, since there are many numbers`;
    return [node];
  }

  pick({ column, unit }) {
    this.stepper.go(this.columns.step(column, this.stepper.t));
    const { units } = this.state;
    if (units.has(unit)) units.delete(unit);
    else units.add(unit);
    this.refresh();
    this.settleSelection();
  }

  setRange(range) {
    this.state.range = range;
    this.ask();
  }

  /** Asks which units are on at every step of the range and off just outside it; they become the chosen ones. */
  ask() {
    const units = this.state.range && this.answer();
    if (units) this.state.units = new Set(units);
    this.refresh();
    if (this.state.range && !units) this.askPython();
    else this.settleSelection();
  }

  /** The units, or null where not all steps of the range and beside it are here one by one and Python has not said. */
  answer() {
    const { range } = this.state;
    const [begin, end] = range;
    if (this.columns.answers(range)) return unitsOn(this.first.array, [this.columns.of(begin), this.columns.of(end)], this.threshold());
    const { answer } = this.data;
    return answer && answer.threshold === this.threshold() && String(answer.range) === String(range) ? answer.units : null;
  }

  askPython() {
    clearTimeout(this.questioning);
    const { range } = this.state;
    this.adopting = true;
    this.questioning = setTimeout(() => this.askFor({ range, threshold: this.threshold() }), SETTLE_MS);
  }

  /** Python's answer becomes the chosen units if it was asked for by hand; after a link it is only compared with them. */
  takeAnswer() {
    if (!this.state.range) return;
    const units = this.answer();
    if (!units) this.askOnce();
    if (!units || !this.adopting) return;
    this.adopting = false;
    this.state.units = new Set(units);
    this.settleSelection();
  }

  askOnce() {
    const { range } = this.state;
    const threshold = this.threshold();
    if (this.look.threshold !== threshold || String(this.look.range) !== String(range)) this.askFor({ range, threshold });
  }

  /** Tells Python what is to be shown or answered beyond what is here. */
  askFor(change) {
    this.look = { ...this.look, ...change };
    this.send.setStateValue("look", this.look);
  }

  /** The slider's, or until it is moved that with which the first panel begins. */
  threshold() {
    return this.state.threshold ?? usualThreshold(this.first);
  }

  refresh() {
    const threshold = this.threshold();
    this.counts = this.columns.single ? countOn(this.first.array, this.state.units, threshold) : null;
    this.part("threshold").value = threshold;
    this.part("threshold-value").textContent = threshold.toFixed(2);
    this.part("hint").textContent = this.summary();
    this.part("hint").classList.toggle("idle", (this.part("clear").hidden = !this.state.range && this.state.units.size === 0));
    this.paint();
  }

  summary() {
    const { range, units } = this.state;
    const list = [...units].slice(0, 24).join(", ") + (units.size > 24 ? " …" : "");
    const chosen = units.size ? `Chosen units: ${list}` : "Drag over the steps above the panels to select a range.";
    if (!range) return chosen;
    const of = `${this.first.key} (${this.first.tag})`;
    const where = `at t = ${range[0]} to ${range[1]} and off just before and after`;
    const answer = this.answer();
    if (!answer) return `Which units of ${of} are on ${where}?`;
    if (answer.length !== units.size || answer.some((unit) => !units.has(unit))) return units.size ? chosen : "No unit is chosen.";
    const count = units.size === 1 ? `1 unit of ${of} is` : `${units.size} units of ${of} are`;
    return units.size ? `${count} on ${where}: ${list}` : `No unit of ${of} is on ${where}.`;
  }

  settleSelection() {
    clearTimeout(this.settling);
    const { units, range, threshold, order } = this.state;
    const chosen = { units: [...units], range, threshold, order };
    this.settling = setTimeout(() => this.send.setStateValue("chosen", chosen), SETTLE_MS);
  }

  clear() {
    this.state.units.clear();
    this.state.range = null;
    clearTimeout(this.questioning);
    this.refresh();
    this.settleSelection();
  }

  escape() {
    this.stepper.pause();
    this.state.hover = null;
    this.paint();
  }

  showScales() {
    const scales = this.data.scales;
    this.part("scale-label").hidden = scales.length < 2;
    this.part("scale").replaceChildren(...scales.map(([name, label]) => new Option(label, name)));
    this.part("scale").value = this.state.scale;
  }
}

function inSight(node) {
  const { top, bottom } = node.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

/** One digit of a small positive number, never less than it. */
function roundedUp(value) {
  const places = Math.ceil(-Math.log10(value));
  return (Math.ceil(value * 10 ** places) / 10 ** places).toFixed(places);
}

/** A number to its last digit, or to as many decimals as were sent. */
function written(value, off) {
  return off && Number.isFinite(value) ? `≈ ${short(value, Math.ceil(-Math.log10(2 * off)))}` : digits(value);
}

function lookOf(data, theme, root) {
  const { ground, signal } = data.palette[theme];
  for (const [name, color] of Object.entries(ground)) root.style.setProperty(`--${name}`, color);
  return { theme, ground, signal, family: getComputedStyle(root).fontFamily, short, rgb: channels };
}
