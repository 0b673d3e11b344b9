// A phrase of a text, selected by mouse or keys; which units are on throughout it, and where else in the text they are.

import { corners } from "../shared/canvas.js";
import { colorMap, css, inkOn, themeOf } from "../shared/colors.js";
import { same, unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { TextGrid, spoken } from "../shared/text_grid.js";
import { readAs } from "../shared/unknown.js";

const SETTLE_MS = 300;
const STRIP = 8;

export default function phrase(component) {
  return show(component, component.parentElement.querySelector(".phrase"), Phrase);
}

class Phrase {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.host = this.part("text");
    this.grid = new TextGrid(this.host, { onPaint: () => this.paint() });
    this.host.onpointerdown = (event) => this.press(event);
    this.host.onpointermove = (event) => this.move(event);
    this.host.onpointerup = () => { if (this.dragged) this.release(); };
    this.host.onpointerleave = () => { if (!this.dragged) this.point(null); };
    this.host.onkeydown = (event) => this.key(event);
    this.part("numbers").ontoggle = () => this.table();
    this.part("alone").onchange = (event) => this.go({ alone: event.target.checked });
  }

  update({ data, setStateValue }) {
    this.send = setStateValue;
    if (!same(this.bytes, data)) {
      this.bytes = data;
      this.data = unpack(data);
      this.take();
    }
    this.look = this.data.palette[themeOf(this.root)];
    this.show();
  }

  /** Another text, network or state; what is selected stays, unless the page was opened anew. */
  take() {
    const { text, start, thresholds, signal } = this.data;
    this.chars = [...text];
    this.often = {};
    if (start.id !== this.start || start.of !== this.of) {
      Object.assign(this, { start: start.id, of: start.of, begin: start.span[0], end: start.span[1], level: start.level, alone: start.alone });
      this.still = this.begin;
      this.opened = true;
    }
    this.end = Math.min(this.end, this.chars.length);
    this.begin = Math.min(this.begin, this.end - 1);
    this.part("title").textContent = this.data.title;
    this.part("foot").textContent = this.data.foot;
    this.host.setAttribute("aria-valuemax", this.chars.length - 1);
    this.part("levels").replaceChildren(`On: ${signal} at least`, ...thresholds.map((threshold, k) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: threshold });
      button.onclick = () => this.go({ level: k + 1 });
      return button;
    }));
  }

  go({ begin = this.begin, end = this.end, level = this.level, alone = this.alone }) {
    const { most } = this.data;
    const length = this.chars.length;
    const first = Math.max(0, Math.min(length - 1, begin));
    const last = Math.max(first + 1, Math.min(length, end, first + most));
    const before = [this.begin, this.end, this.level, this.alone].join();
    Object.assign(this, { begin: first, end: last, level, alone });
    if (before === [first, last, level, alone].join()) return;
    this.show();
    clearTimeout(this.settling);
    if (!this.dragged) this.settle();
  }

  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.send("chosen", { span: [this.begin, this.end], level: this.level, alone: this.alone }), SETTLE_MS);
  }

  /** All that depends on the phrase: the units that are on throughout it, and how many of them are on at each character. */
  show() {
    this.units = this.pattern();
    this.counts = this.countOn(this.units);
    this.grid.set(this.chars, STRIP);
    this.map = colorMap(this.look.sequential, 0, 1, this.look.ground.nan);
    [...this.part("levels").querySelectorAll("button")].forEach((button, k) => button.setAttribute("aria-pressed", k + 1 === this.level));
    this.part("alone").checked = this.alone;
    if (this.opened) this.grid.reveal(this.begin);
    this.opened = false;
    this.legend();
    this.paint();
    this.read();
    this.table();
    this.root.dataset.units = this.units.length;
  }

  reaches(t, unit) {
    const { values, shape } = this.data.reached;
    return values[t * shape[1] + unit] >= this.level;
  }

  pattern() {
    const units = [];
    const edges = this.alone ? [this.begin - 1, this.end].filter((t) => t >= 0 && t < this.chars.length) : [];
    const usual = this.usual();
    for (let unit = 0; unit < this.data.reached.shape[1]; unit += 1) {
      if (usual[unit]) continue;
      let on = !edges.some((t) => this.reaches(t, unit));
      for (let t = this.begin; on && t < this.end; t += 1) on = this.reaches(t, unit);
      if (on) units.push(unit);
    }
    return units;
  }

  /** Which units are on nearly everywhere in the text; at each level they are counted once. */
  usual() {
    if (!this.often[this.level]) {
      const { values, shape } = this.data.reached;
      const counts = new Uint32Array(shape[1]);
      for (let k = 0; k < values.length; k += 1) if (values[k] >= this.level) counts[k % shape[1]] += 1;
      this.often[this.level] = Array.from(counts, (count) => count > this.data.often * shape[0]);
    }
    return this.often[this.level];
  }

  countOn(units) {
    const counts = new Uint16Array(this.chars.length);
    for (let t = 0; t < counts.length; t += 1) {
      for (const unit of units) counts[t] += this.reaches(t, unit) ? 1 : 0;
    }
    return counts;
  }

  paint() {
    if (!this.map || !this.grid.columns) return;
    const { map, look, counts, units, begin, end } = this;
    const part = (t) => (units.length ? counts[t] / units.length : 0);
    this.grid.paint({
      unknown: this.data.unknown,
      soft: look.ground.soft,
      look: (t) => {
        const rgb = map(part(t));
        return { ground: css(rgb), ink: inkOn(rgb) };
      },
      under: (pen, t, x, y, wide) => {
        const high = part(t) * (STRIP - 2);
        pen.fillStyle = look.ground.ink;
        if (high) pen.fillRect(x + 0.5, y + STRIP - high, wide - 1, high);
      },
      over: (pen, t, x, y, wide, high) => {
        if (t >= begin && t < end) this.frame(pen, t, x, y, wide, high);
        if (t !== this.pointed) return;
        pen.strokeStyle = look.ground.soft;
        pen.lineWidth = 1.5;
        corners(pen, x + 1, y + 1, wide - 2, high - 2);
      },
    });
  }

  /** The outline of the phrase, open where it goes on in the next row; it has to show on the darkest and the palest ground. */
  frame(pen, t, x, y, wide, high) {
    for (const [color, width] of [[this.look.ground.background, 5], [this.look.ground.ink, 2.5]]) {
      pen.strokeStyle = color;
      pen.lineWidth = width;
      corners(pen, x, y, wide, high, { left: t === this.begin, right: t === this.end - 1 });
    }
  }

  press(event) {
    if (event.button) return;
    const t = this.grid.at(event);
    this.host.setPointerCapture(event.pointerId);
    this.host.focus({ preventScroll: true });
    event.preventDefault();
    if (event.shiftKey) return this.extend(t);
    this.dragged = true;
    this.still = t;
    this.go({ begin: t, end: t + 1 });
  }

  release() {
    this.dragged = false;
    this.settle();
  }

  move(event) {
    const t = this.grid.at(event);
    this.point(t);
    if (this.dragged) this.extend(t);
  }

  /** The phrase from where it was begun to a character. */
  extend(t) {
    const { most } = this.data;
    const still = Math.max(t - most + 1, Math.min(t + most - 1, this.still));
    this.go({ begin: Math.min(still, t), end: Math.max(still, t) + 1 });
  }

  point(t) {
    if (t === this.pointed) return;
    this.pointed = t;
    this.paint();
    this.read();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.still === this.begin ? this.end - 1 : this.begin;
    const to = {
      ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: this.grid.beside(at, 1), ArrowUp: this.grid.beside(at, -1), Home: 0, End: this.chars.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const t = Math.max(0, Math.min(this.chars.length - 1, to));
    if (event.shiftKey) this.extend(t);
    else {
      this.still = t;
      this.go({ begin: t, end: t + 1 });
    }
    this.grid.reveal(t);
  }

  read() {
    const { begin, end, units, chars, counts, pointed } = this;
    const words = chars.slice(begin, end).map((char) => (char === "\n" ? "⏎" : char)).join("");
    const shown = words.length > 40 ? `${words.slice(0, 39)}…` : words;
    const on = units.length === 1 ? "1 unit is" : `${units.length} units are`;
    const parts = [piece("b", `“${shown}”`), piece("span", `, ${end - begin} ${end - begin === 1 ? "character" : "characters"}: `), piece("b", `${on} on throughout`)];
    if (pointed !== null && pointed !== undefined) parts.push(piece("span", ` · at ${readAs(spoken(chars[pointed]), this.data.unknown[pointed])}, t = ${pointed}: ${counts[pointed]} of them`));
    this.part("told").replaceChildren(...parts);
    this.host.setAttribute("aria-valuenow", begin);
    this.host.setAttribute("aria-valuetext", `${shown}, ${on} on throughout`);
  }

  table() {
    if (!this.part("numbers").open) return;
    const heads = ["t", "character", `of its ${this.units.length} units on`, "in the phrase"];
    const rows = this.chars.map((char, t) => [t, readAs(spoken(char), this.data.unknown[t]), this.counts[t], t >= this.begin && t < this.end ? "yes" : ""]);
    this.part("table").replaceChildren(...[heads, ...rows].map((cells, k) => {
      const line = document.createElement("tr");
      line.append(...cells.map((text) => piece(k ? "td" : "th", text)));
      return line;
    }));
  }

  legend() {
    const bar = document.createElement("i");
    bar.style.background = `linear-gradient(to right, ${this.look.sequential.join(", ")})`;
    const strange = Object.keys(this.data.unknown).length ? "; dotted underline: not in the alphabet ([UNK])" : "";
    const scale = this.units.length ? [piece("span", "none"), bar, piece("span", `all ${this.units.length} of its units on; the bars show the same${strange}`)] : [piece("span", `no units are on for all of it${strange}`)];
    this.part("legend").replaceChildren(...scale);
  }
}

function piece(kind, text) {
  return Object.assign(document.createElement(kind), { textContent: text });
}
