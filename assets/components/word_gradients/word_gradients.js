// Words coloured by the norm of the chosen output step's gradient with respect to each of them.

import { decodeArray, row } from "../shared/arrays.js";
import { colorMap, css, inkOn, themeOf } from "../shared/colors.js";

const SETTLE_MS = 250;
const DECADES = 8;
const ZERO = -999;
const mounted = new WeakMap();

export default function wordGradients(component) {
  const root = component.parentElement.querySelector(".word-gradients");
  let view = mounted.get(root);
  if (!view) {
    view = new WordGradients(root);
    mounted.set(root, view);
  }
  view.update(component);
  return () => clearTimeout(view.settling);
}

class WordGradients {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    const list = this.part("row");
    list.onclick = (event) => {
      const button = event.target.closest("button");
      if (button) this.go(Number(button.dataset.t), true);
    };
    list.onkeydown = (event) => {
      const last = this.data.tokens.length - 1;
      const to = {
        ArrowRight: this.t + 1, ArrowDown: this.t + 1, ArrowLeft: this.t - 1, ArrowUp: this.t - 1, Home: 0, End: last,
      }[event.key];
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.go(Math.max(0, Math.min(last, to)), true);
    };
  }

  update({ data, setStateValue }) {
    this.send = setStateValue;
    if (this.start !== data.start.id) this.t = data.start.t;
    this.start = data.start.id;
    this.data = data;
    this.t = Math.min(this.t, data.tokens.length - 1);
    this.logs = decodeArray(data.logs);
    this.build();
    this.paint();
  }

  build() {
    const { tokens, caption, palette } = this.data;
    const known = this.logs.values.filter((log) => Number.isFinite(log) && log > ZERO);
    const high = known.reduce((a, b) => Math.max(a, b), known.length ? -Infinity : 0);
    const least = known.reduce((a, b) => Math.min(a, b), high);
    const low = Math.min(high - 1, Math.max(least, high - DECADES));
    const look = palette[themeOf(this.root)];
    this.look = look;
    this.color = colorMap(look.sequential, low, high, look.ground.nan);
    this.part("low").textContent = `${least < low ? "≤ " : ""}${number(low)}`;
    this.part("high").textContent = number(high);
    this.part("bar").style.background = `linear-gradient(90deg, ${look.sequential.join(", ")})`;
    this.part("caption").textContent = caption;
    const list = this.part("row");
    const held = list.contains(this.root.getRootNode().activeElement);
    list.replaceChildren(...tokens.map((token, t) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.t = t;
      button.setAttribute("role", "radio");
      const word = document.createElement("span");
      word.textContent = token;
      button.append(word, document.createElement("small"));
      return button;
    }));
    if (held) list.children[this.t].focus({ preventScroll: true });
  }

  go(t, focus) {
    this.t = t;
    this.paint();
    if (focus) this.part("row").children[t].focus();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.send("t", t), SETTLE_MS);
  }

  paint() {
    const { tokens, first } = this.data;
    const at = this.t - first;
    const here = at >= 0 && at < this.logs.shape[0];
    const logs = here ? row(this.logs, at) : null;
    this.part("said").textContent = here
      ? `‖∂L/∂x‖ of the output step t = ${this.t}, “${tokens[this.t]}”, by every word`
      : `t = ${this.t}, “${tokens[this.t]}”: being computed …`;
    [...this.part("row").children].forEach((button, t) => {
      const log = logs ? logs[t] : NaN;
      const none = logs && log <= ZERO;
      const rgb = this.color(none ? -Infinity : log);
      button.style.background = none ? "none" : css(rgb);
      button.style.color = none ? "inherit" : inkOn(rgb);
      button.classList.toggle("after", Boolean(none));
      button.setAttribute("aria-checked", String(t === this.t));
      button.tabIndex = t === this.t ? 0 : -1;
      const value = logs ? number(log) : "…";
      button.lastChild.textContent = value;
      button.setAttribute("aria-label", `t = ${t}, ${tokens[t]}: ${value}`);
      button.title = `t = ${t}: ${value}`;
    });
  }
}

/** A norm from its logarithm, to three digits. */
function number(log) {
  if (Number.isNaN(log)) return "no number";
  if (log === Infinity) return "∞";
  if (log <= ZERO) return "0";
  if (log > -3 && log < 4) return String(Number((10 ** log).toPrecision(3)));
  const power = Math.floor(log);
  return `${(10 ** (log - power)).toFixed(1)}e${power}`.replace("-", "−");
}
