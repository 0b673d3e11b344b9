// Several signals of the same steps, unit by time, one under the other: time, units and a range of words are linked.

import { digits, row, short } from "../shared/arrays.js";
import { themeOf } from "../shared/colors.js";
import { math } from "../shared/mathml.js";
import { Stepper, listenKeys, settle, transport } from "../shared/stepper.js";
import { Panel } from "./panel.js";
import { countOn, signalsOf, unitsOn } from "./signals.js";
import { WordAxis } from "./words.js";

const ORDERS = { index: "index", variance: "variance", peak: "time of the peak", cluster: "likeness" };
const mounted = new WeakMap();

export default function panels(component) {
  const root = component.parentElement.querySelector(".panels");
  let view = mounted.get(root);
  if (!view) {
    view = new Panels(root);
    mounted.set(root, view);
  }
  view.update(component);
  return () => view.unmount();
}

class Panels {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.state = { hover: null, units: new Set(), range: null, order: "index", scale: "value", threshold: null };
    this.stepper = new Stepper({
      onStep: () => this.paint(),
      onSettle: (t) => settle(this.send, t),
      onPlay: (on) => this.transport.playing(on),
    });
    this.transport = transport(this.stepper, this.part("transport"));
    this.words = new WordAxis(this.part("words"), {
      onStep: (t) => this.stepper.go(t),
      onRange: (range) => this.setRange(range),
    });
    this.wireControls();
    this.observer = new ResizeObserver(() => this.layout());
  }

  wireControls() {
    const order = this.part("order");
    for (const [name, label] of Object.entries(ORDERS)) order.add(new Option(label, name));
    order.onchange = () => { this.state.order = order.value; this.rebuild(); };
    this.part("scale").onchange = (event) => { this.state.scale = event.target.value; this.rebuild(); };
    this.part("threshold").oninput = (event) => { this.state.threshold = Number(event.target.value); this.ask(); };
    this.part("clear").onclick = () => this.clear();
  }

  update({ data, setStateValue }) {
    this.send = { setStateValue };
    if (!this.listening) {
      this.listening = listenKeys(this.stepper, () => this.escape());
      this.observer.observe(this.root);
    }
    this.data = data;
    this.theme = themeOf(this.root);
    this.look = lookOf(data, this.theme, this.root);
    if (this.start !== data.start.id) {
      this.start = data.start.id;
      this.stepper.t = data.start.t;
      this.state.units = new Set(data.start.units);
      this.state.range = data.start.range;
    }
    this.stepper.setCount(data.tokens.length);
    this.signals = signalsOf(data, this.look);
    this.first = this.signals[0];
    this.keepWhatExists();
    this.showScales();
    this.rebuild();
  }

  /** Drops chosen units and a range that other data have no room for, as Python does. */
  keepWhatExists() {
    const most = Math.max(...this.signals.map((signal) => signal.units));
    this.state.units = new Set([...this.state.units].filter((unit) => unit < most));
    if (this.state.range?.[1] >= this.first.time) this.state.range = null;
    if (!this.data.scales.some(([name]) => name === this.state.scale)) this.state.scale = "value";
  }

  unmount() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    this.stepper.stop();
    this.observer.disconnect();
    this.listening?.();
    this.listening = null;
  }

  /** Makes the panels anew: for other data, another order of units or another scale. */
  rebuild() {
    this.panels = this.signals.map((signal) => new Panel(signal.as(this.state.scale), this.look, {
      order: signal.orders[this.state.order],
      onHover: (place) => this.hover(place),
      onPick: (place) => this.pick(place),
    }));
    this.part("grid").replaceChildren(...this.panels.map((panel) => panel.node));
    this.width = 0;
    this.layout();
  }

  layout() {
    const width = Math.floor(this.part("grid").clientWidth);
    if (!this.data || !width || width === this.width) return;
    this.width = width;
    for (const panel of this.panels) panel.layout(width);
    this.words.layout(width, this.data.tokens, this.look);
    this.refresh();
  }

  /** Marks the place under the pointer in every panel, once a frame. */
  hover(place) {
    const now = this.state.hover;
    if (now?.t === place?.t && now?.unit === place?.unit) return;
    this.state.hover = place;
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.paint(); });
  }

  /** Repaints what moves: cursor, crosshair, chosen units and their lines. */
  paint() {
    const { t } = this.stepper;
    const { hover, units, range } = this.state;
    this.panels.forEach((panel, k) => panel.paint({ t, hover, units, range, threshold: k ? null : this.threshold() }));
    this.words.paint({ t, hover, range, counts: this.counts, of: units.size });
    this.transport.update(t);
    this.part("step").textContent = `t = ${t} of ${this.stepper.count - 1}`;
    this.part("token").textContent = this.data.tokens[t];
    this.part("detail").replaceChildren(...this.describe(hover ?? { t, unit: [...units][0] }));
    this.part("detail").classList.toggle("idle", !hover && units.size === 0);
  }

  describe({ t, unit }) {
    if (unit === undefined) return [document.createTextNode("Point at a unit to read its values; click to keep its line; drag over the words to ask which units are on there.")];
    const head = document.createElement("span");
    head.textContent = `unit ${unit}, t = ${t}, “${this.data.tokens[t]}”:  `;
    return [head, ...this.signals.flatMap((signal) => {
      if (unit >= signal.units) return [];
      const node = document.createElement("span");
      node.className = "value";
      node.style.color = this.look.signal[signal.key] ?? "";
      node.append(math(signal.symbol), ` ${signal.tag} ${written(row(signal.array, t)[unit], signal.array.off)}`);
      return [node];
    }), ...this.rounding()];
  }

  /** Says how far the numbers may be off, where there are too many to be sent to the last digit. */
  rounding() {
    const off = Math.max(...this.signals.map((signal) => signal.array.off));
    if (!off) return [];
    const node = document.createElement("span");
    node.className = "rounding";
    node.textContent = `rounded to ±${roundedUp(off)}, as so many numbers are sent`;
    return [node];
  }

  pick({ t, unit }) {
    this.stepper.go(t);
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
    if (this.state.range) this.state.units = new Set(this.answer());
    this.refresh();
    this.settleSelection();
  }

  answer() {
    return unitsOn(this.first.array, this.state.range, this.threshold());
  }

  /** The slider's, or until it is moved a third of the largest value; half of what a gate can be. */
  threshold() {
    const { kind, most } = this.first;
    return this.state.threshold ?? (kind === "gate" ? 0.5 : Math.max(0.01, Math.min(1, Math.round(most * 30) / 100)));
  }

  refresh() {
    const threshold = this.threshold();
    this.counts = countOn(this.first.array, this.state.units, threshold);
    this.part("threshold").value = threshold;
    this.part("threshold-value").textContent = threshold.toFixed(2);
    this.part("hint").textContent = this.summary();
    this.part("clear").hidden = !this.state.range && this.state.units.size === 0;
    this.paint();
  }

  summary() {
    const { range, units } = this.state;
    const list = [...units].slice(0, 24).join(", ") + (units.size > 24 ? " …" : "");
    const chosen = units.size ? `Chosen units: ${list}` : "Drag over the words below the panels to choose a range.";
    if (!range) return chosen;
    const answer = this.answer();
    if (answer.length !== units.size || answer.some((unit) => !units.has(unit))) return units.size ? chosen : "No unit is chosen.";
    const where = `${this.first.key} of the ${this.first.tag} from t = ${range[0]} to ${range[1]}`;
    return units.size ? `${units.size} on in ${where} and off just outside: ${list}` : `No unit is on in ${where} and off just outside.`;
  }

  settleSelection() {
    clearTimeout(this.settling);
    const { units, range } = this.state;
    this.settling = setTimeout(() => this.send.setStateValue("chosen", { units: [...units], range }), 300);
  }

  clear() {
    this.state.units.clear();
    this.state.range = null;
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
  return { theme, ground, signal, family: getComputedStyle(root).fontFamily, short };
}
