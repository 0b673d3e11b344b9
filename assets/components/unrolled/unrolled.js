// A network on one sequence, unrolled: drawn, stepped through, and said in words and numbers.

import { digits, probability } from "../shared/arrays.js";
import { colorMap, themeOf } from "../shared/colors.js";
import { same, unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { placeOf } from "../shared/pointer.js";
import { Stepper, listenKeys, transport } from "../shared/stepper.js";
import { drawing, firstShown, plan, under } from "./drawing.js";

const SPEEDS = [0.5, 1, 2, 4, 8, 30];

export default function unrolled(component) {
  return show(component, component.parentElement.querySelector(".unrolled"), Unrolled);
}

class Unrolled {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.stage = this.part("stage");
    this.svg = this.stage.querySelector("svg");
    this.tip = this.stage.querySelector(".tip");
    this.stepper = new Stepper({
      onStep: () => this.draw(),
      onSettle: (t) => this.send("t", { token: this.token, t }),
      onPlay: (on) => this.transport.playing(on),
      speeds: SPEEDS,
    });
    this.transport = transport(this.stepper, this.part("transport"));
    this.stage.onclick = (event) => this.click(event);
    this.stage.onmousemove = (event) => this.hover(event);
    this.stage.onmouseleave = () => { this.tip.hidden = true; };
    this.part("numbers").ontoggle = () => this.table();
    this.observer = new ResizeObserver(() => this.layout());
  }

  update({ data: message, setTriggerValue }) {
    this.send = setTriggerValue;
    if (!this.listening) {
      this.listening = listenKeys(this.stepper, () => this.stepper.pause(), this.root);
      for (const node of [this.stage, this.part("ruler")]) this.observer.observe(node);
    }
    const theme = themeOf(this.root);
    if (same(this.message, message) && theme === this.theme) return;
    this.theme = theme;
    this.message = message;
    this.take(unpack(message));
  }

  take(data) {
    this.data = data;
    this.model = { ...data, h: data.h.values, units: data.h.shape[1] };
    this.stepper.setCount(data.columns.length);
    if (this.start !== data.start.id) this.stepper.t = Math.min(data.start.t ?? data.columns.length - 1, data.columns.length - 1);
    else if (this.token !== data.token) {
      this.stepper.stop();
      this.stepper.t = data.columns.length - 1;
    }
    this.start = data.start.id;
    this.token = data.token;
    const palette = data.palette[this.theme];
    this.look = { ...palette, map: colorMap(palette.diverging, -data.range, data.range, palette.ground.nan) };
    this.root.style.setProperty("--bad", palette.ground.bad);
    this.root.style.setProperty("--bar", palette.signal.h);
    this.part("title").textContent = data.title;
    this.part("caption").textContent = data.caption;
    this.svg.setAttribute("aria-label", data.alt);
    this.legend(palette);
    this.width = 0;
    this.layout();
    this.table();
  }

  legend({ diverging }) {
    const swatch = document.createElement("i");
    swatch.style.background = `linear-gradient(90deg, ${diverging.join(", ")})`;
    this.part("legend").replaceChildren(`h  −${this.data.range}`, swatch, `${this.data.range}`);
  }

  layout() {
    const width = Math.floor(this.stage.clientWidth);
    const state = Number(getComputedStyle(this.root).getPropertyValue("--state"));
    if (!this.data || !width || (width === this.width && state === this.at.y.strip)) return;
    this.width = width;
    this.at = plan(this.data, width, state);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.at.height}`);
    this.draw();
  }

  draw() {
    const { t } = this.stepper;
    if (this.tipAt !== t) this.tip.hidden = true;
    this.first = firstShown(this.at, this.data.columns.length, t);
    this.svg.innerHTML = drawing(this.model, this.at, this.look, this.first, t);
    this.transport.update(t);
    this.part("step").textContent = `t = ${t} of ${this.data.columns.length - 1}`;
    this.detail(this.data.columns[t], t);
    this.root.dataset.t = t;
  }

  detail(one, t) {
    this.part("detail").textContent = sentence(this.data, one, t);
    this.part("bars").replaceChildren(...one.likeliest.flatMap(([symbol, p], k) => [
      part("span", symbol, k ? "" : "most"),
      Object.assign(document.createElement("i"), { style: `width:${Math.max(100 * p, 0.4)}%` }),
      part("span", probability(p), k ? "" : "most"),
    ]));
  }

  click(event) {
    const found = under(this.at, this.model.units, ...placeOf(event, this.stage));
    if (found) this.stepper.go(this.first + found.k);
  }

  hover(event) {
    const [x, y] = placeOf(event, this.stage);
    const found = under(this.at, this.model.units, x, y);
    this.tip.hidden = !found || found.unit === null;
    if (this.tip.hidden) return;
    const step = this.tipAt = this.first + found.k;
    this.tip.textContent = `h[${found.unit}] at t = ${step}: ${digits(this.model.h[step * this.model.units + found.unit])}`;
    this.tip.style.left = `${Math.min(x + 14, this.width - 210)}px`;
    this.tip.style.top = `${y - 36}px`;
  }

  table() {
    if (!this.part("numbers").open || !this.data) return;
    const heads = ["t", "input", "output", "probability", ...(this.data.predicted ? ["target"] : []), "‖h‖"];
    const rows = this.data.columns.map((one, t) => [
      t, one.read || "–", one.said || "–", one.said ? one.p.toFixed(6) : "–", ...(this.data.predicted ? [one.wanted || "–"] : []), this.norm(t),
    ]);
    this.part("table").replaceChildren(...[heads, ...rows].map((cells, k) => {
      const row = document.createElement("tr");
      row.append(...cells.map((cell) => part(k ? "td" : "th", String(cell))));
      return row;
    }));
  }

  norm(t) {
    const { h, units } = this.model;
    return Math.hypot(...h.subarray(t * units, (t + 1) * units)).toFixed(4);
  }

  unmount() {
    this.stepper.stop();
    this.observer.disconnect();
    this.listening?.();
    this.listening = null;
    this.message = null;
  }
}

/** What happens at a step, in words. */
function sentence({ recurrent, turn, columns }, one, t) {
  const own = one.fed ? `, the network’s own output at t = ${t - 1}` : "";
  const read = one.read ? `the input is “${one.read}”${own}${one.unknown ? ", a word that is not in the vocabulary" : ""}` : "there is no input";
  const before = recurrent && t > 0;
  const of = one.read ? (before ? `the input and h${low(t - 1)}` : "the input alone") : `h${low(t - 1)}`;
  const silent = turn === null ? "only the output of the last step is used" : "the encoder has no output";
  const right = one.wanted ? (one.wanted === one.said ? ", which is correct" : `; the target is “${one.wanted}”`) : "";
  const said = one.said ? `The output is “${one.said}” with probability ${probability(one.p)}${right}.` : `There is no output here: ${silent}.`;
  const begins = t === turn ? "The decoder goes on from the encoder’s last state. " : "";
  return `${begins}At t = ${t} of ${columns.length - 1} ${read}. The state h${low(t)} is computed from ${of}. ${said}`;
}

function low(number) {
  return String(number).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

function part(kind, text, name = "") {
  return Object.assign(document.createElement(kind), { textContent: text, className: name });
}
