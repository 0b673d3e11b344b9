// Words coloured by the norm of the chosen output step's gradient with respect to each of them.

import { row } from "../shared/arrays.js";
import { colorMap, css, inkOn, themeOf } from "../shared/colors.js";
import { unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { tokenSaid, underline } from "../shared/unknown.js";

const SETTLE_MS = 250;
const DECADES = 8;
const ZERO = -999;
const APART = 0.2;

export default function wordGradients(component) {
  return show(component, component.parentElement.querySelector(".word-gradients"), WordGradients);
}

class WordGradients {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.list = this.part("row");
    this.tokens = [];
    this.list.onclick = (event) => {
      const button = event.target.closest("button");
      if (button) this.go(Number(button.dataset.t));
    };
    this.list.onkeydown = (event) => {
      const last = this.tokens.length - 1;
      const to = {
        ArrowRight: this.t + 1, ArrowDown: this.t + 1, ArrowLeft: this.t - 1, ArrowUp: this.t - 1, Home: 0, End: last,
      }[event.key];
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.go(Math.max(0, Math.min(last, to)));
    };
    this.list.onscroll = () => this.paintInView();
    new ResizeObserver(() => {
      this.reveal();
      this.paintInView();
    }).observe(this.list);
  }

  unmount() {
    clearTimeout(this.settling);
  }

  update({ data: bytes, setStateValue }) {
    this.send = setStateValue;
    const data = unpack(bytes);
    this.hidden ||= this.start !== data.start.id;
    if (this.start !== data.start.id) this.t = data.start.t;
    this.start = data.start.id;
    this.data = data;
    this.logs = data.logs;
    this.unknown = new Set(data.unknown);
    this.build(data.tokens);
    this.tokens.forEach((_, t) => underline(this.list.children[t].firstChild, this.unknown.has(t)));
    this.t = Math.min(this.t, this.tokens.length - 1);
    this.legend();
    this.reveal();
    this.paint();
  }

  /** The step at which the widget begins comes into view as soon as there is one. */
  reveal() {
    if (!this.hidden || !this.list.clientHeight) return;
    this.hidden = false;
    this.list.scrollTop = this.list.children[this.t].offsetTop - this.list.clientHeight / 2;
  }

  /** A button a word; as they are while the words are the same. */
  build(tokens) {
    if (tokens.length === this.tokens.length && tokens.every((token, t) => token === this.tokens[t])) return;
    this.tokens = tokens;
    const held = this.list.contains(this.root.getRootNode().activeElement);
    this.list.replaceChildren(...tokens.map((token, t) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.t = t;
      button.tabIndex = -1;
      button.setAttribute("role", "radio");
      button.setAttribute("aria-checked", "false");
      const word = document.createElement("span");
      word.textContent = token.trim() ? token : "␣";
      button.append(word, document.createElement("small"));
      return button;
    }));
    if (held) this.list.children[Math.min(this.t, tokens.length - 1)].focus({ preventScroll: true });
  }

  legend() {
    const { caption, palette } = this.data;
    const known = this.logs.values.filter((log) => Number.isFinite(log) && log > ZERO);
    const high = known.reduce((a, b) => Math.max(a, b), known.length ? -Infinity : 0);
    const least = known.reduce((a, b) => Math.min(a, b), high);
    const low = Math.min(high - 1, Math.max(least, high - DECADES));
    const look = palette[themeOf(this.root)];
    this.color = colorMap(look.sequential, low, high, look.ground.nan);
    this.part("ticks").replaceChildren(...ticksOf(low, high).map((log) => {
      const tick = document.createElement("b");
      tick.style.left = `${(100 * (log - low)) / (high - low)}%`;
      tick.textContent = `${log === low && least < low ? "≤ " : ""}${number(log)}`;
      return tick;
    }));
    this.part("bar").style.background = `linear-gradient(90deg, ${look.sequential.join(", ")})`;
    this.part("caption").textContent = caption;
  }

  go(t) {
    this.t = t;
    this.list.children[t].focus();
    this.paint();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.send("t", t), SETTLE_MS);
  }

  /** The chosen step, and anew whatever is in view. */
  paint() {
    const at = this.t - this.data.first;
    const here = at >= 0 && at < this.logs.shape[0];
    this.shown = here ? row(this.logs, at) : null;
    this.part("said").textContent = here
      ? `‖∂L/∂x‖ of the output step t = ${this.t}, ${this.quoted(this.t)}, with respect to every input`
      : `t = ${this.t}, ${this.quoted(this.t)}: computing …`;
    for (const before of this.list.querySelectorAll("[aria-checked=true]")) {
      before.setAttribute("aria-checked", "false");
      before.tabIndex = -1;
    }
    const chosen = this.list.children[this.t];
    chosen.setAttribute("aria-checked", "true");
    chosen.tabIndex = 0;
    this.painted = new Set();
    this.paintInView();
  }

  quoted(t) {
    return tokenSaid(`“${this.tokens[t]}”`, this.unknown.has(t));
  }

  /** Of thousands of words those that can be seen. */
  paintInView() {
    const { scrollTop, clientHeight, children } = this.list;
    if (!clientHeight) return;
    let [first, beyond] = [0, children.length];
    while (first < beyond) {
      const middle = (first + beyond) >> 1;
      if (children[middle].offsetTop + children[middle].offsetHeight < scrollTop) first = middle + 1;
      else beyond = middle;
    }
    const seen = [];
    for (let t = first; t < children.length && children[t].offsetTop <= scrollTop + clientHeight; t += 1) seen.push(t);
    for (const t of seen) {
      if (!this.painted.has(t)) this.paintWord(children[t], t);
    }
  }

  paintWord(button, t) {
    this.painted.add(t);
    const log = this.shown ? this.shown[t] : NaN;
    const none = this.shown && log <= ZERO;
    const rgb = this.color(none ? -Infinity : log);
    const value = this.shown ? number(log) : "…";
    button.style.background = none ? "none" : css(rgb);
    button.style.color = none ? "inherit" : inkOn(rgb);
    button.classList.toggle("after", Boolean(none));
    button.lastChild.textContent = value;
    button.setAttribute("aria-label", `t = ${t}, ${tokenSaid(this.tokens[t], this.unknown.has(t))}: ${value}`);
    button.title = `${tokenSaid(`t = ${t}`, this.unknown.has(t))}: ${value}`;
  }
}

/** Where the bar of colours is labelled, as logarithms: its ends, and round numbers that have room between them. */
export function ticksOf(low, high) {
  const first = Math.floor(low);
  const powers = Array.from({ length: Math.ceil(high) - first + 1 }, (_, k) => first + k);
  const halves = powers.flatMap((power) => [2, 5].map((step) => power + Math.log10(step)));
  const found = [low, high];
  for (const log of [...powers, ...halves]) {
    if (log > low && log < high && found.every((other) => Math.abs(other - log) >= APART * (high - low))) found.push(log);
  }
  return found.sort((a, b) => a - b);
}

/** A norm from its logarithm, to three digits. */
function number(log) {
  if (Number.isNaN(log)) return "not finite";
  if (log === Infinity) return "∞";
  if (log <= ZERO) return "0";
  if (log > -3 && log < 4) return String(Number((10 ** log).toPrecision(3)));
  const power = Math.floor(log);
  return `${(10 ** (log - power)).toFixed(1)}e${power}`.replace("-", "−");
}
