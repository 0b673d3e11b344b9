// A text coloured by one unit's state or gate: any unit at once, the number under the pointer, units that track something.

import { short } from "../shared/arrays.js";
import { corners } from "../shared/canvas.js";
import { colorMap, css, inkOn, themeOf } from "../shared/colors.js";
import { same, unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { TextGrid, spoken } from "../shared/text_grid.js";
import { readAs } from "../shared/unknown.js";
import { Ranks } from "./ranks.js";

const SETTLE_MS = 300;
const STRIP = { gate: 11, signed: 17 };
const TRACK = 6;

export default function coloredText(component) {
  return show(component, component.parentElement.querySelector(".colored-text"), ColoredText);
}

class ColoredText {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.host = this.part("text");
    this.grid = new TextGrid(this.host, { onPaint: () => this.paint() });
    this.ranks = new Ranks(this.part("side"), { onUnit: (unit) => this.go({ unit }), onWhat: (what) => this.go({ what, unit: this.ranks.best(what) }) });
    this.host.onpointermove = (event) => this.point(this.grid.at(event));
    this.host.onpointerleave = () => this.point(null);
    this.host.onclick = (event) => this.go({ t: this.grid.at(event) });
    this.host.onkeydown = (event) => this.key(event);
    this.part("down").onclick = () => this.go({ unit: this.unit - 1 });
    this.part("up").onclick = () => this.go({ unit: this.unit + 1 });
    this.part("unit").onchange = (event) => this.go({ unit: Math.round(Number(event.target.value)) || 0 });
    this.part("numbers").ontoggle = () => this.table();
  }

  update({ data, setStateValue }) {
    this.send = setStateValue;
    if (!same(this.bytes, data)) {
      this.bytes = data;
      this.data = unpack(data);
      this.take();
    }
    this.dress();
  }

  /** Another text, network or signal; the property and the place stay, unless the page was opened anew. */
  take() {
    const { text, values, start, properties, of } = this.data;
    const another = start.id === this.start && of !== this.of;
    this.of = of;
    const chars = [...text];
    if (!this.chars || chars.join("") !== this.chars.join("")) this.chars = chars;
    this.units = values.shape[0];
    if (start.id !== this.start) Object.assign(this, { start: start.id, unit: start.unit, t: start.t, what: start.what });
    this.unit = Math.min(this.unit, this.units - 1);
    this.t = Math.min(this.t, this.chars.length - 1);
    if (!properties.some(({ name }) => name === this.what)) this.what = properties[0].name;
    this.part("foot").textContent = this.data.foot;
    this.part("unit").max = this.units - 1;
    this.part("of").textContent = `of 0 … ${this.units - 1}`;
    this.host.setAttribute("aria-valuemax", this.chars.length - 1);
    this.ranks.set(this.data);
    if (another) this.renew();
  }

  /** A unit's number means nothing in another network or signal. */
  renew() {
    this.unit = this.ranks.best(this.what);
    this.settle();
  }

  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.send("chosen", { unit: this.unit, t: this.t, what: this.what }), SETTLE_MS);
  }

  dress() {
    this.look = this.data.palette[themeOf(this.root)];
    this.looks = new Map();
    this.show();
  }

  go({ unit = this.unit, t = this.t, what = this.what }) {
    const before = [this.unit, this.t, this.what].join();
    this.unit = Math.max(0, Math.min(this.units - 1, unit));
    this.t = Math.max(0, Math.min(this.chars.length - 1, t));
    this.what = what;
    this.part("unit").value = this.unit;
    if (before === [this.unit, this.t, this.what].join()) return;
    this.grid.reveal(this.t);
    this.show();
    this.settle();
  }

  /** All that depends on unit, character and property. */
  show() {
    const { values, scale, kind } = this.data;
    const length = this.chars.length;
    const gate = kind === "gate";
    this.most = scale.values[this.unit];
    this.row = values.values.subarray(this.unit * length, (this.unit + 1) * length).map((part) => part * this.most);
    this.off = values.off * this.most;
    this.low = gate ? 0 : -this.most;
    this.map = colorMap(gate ? this.look.sequential : this.look.diverging, this.low, this.most, this.look.ground.nan);
    this.looks.clear();
    this.track = this.data.properties.find(({ name }) => name === this.what);
    this.trackMost = largest(this.track.values.values);
    this.strip = gate ? STRIP.gate : STRIP.signed;
    this.tallest = largest(this.row);
    this.grid.set(this.chars, this.strip + TRACK);
    this.part("unit").value = this.unit;
    this.part("title").textContent = `Unit ${this.unit}’s ${this.data.label} at each character: ${this.ranks.closeness(this.what, this.unit)}`;
    this.legend();
    this.ranks.show(this.what, this.unit, this.look);
    this.paint();
    this.read();
    this.table();
    this.root.dataset.unit = this.unit;
  }

  paint() {
    if (!this.map || !this.grid.columns) return;
    const { row, map, look, low, most, track, trackMost, strip, tallest, t: chosen, looks } = this;
    const above = low < 0 ? css(map(most)) : look.signal[this.data.signal];
    const below = css(map(low));
    const zero = low < 0 ? strip / 2 : strip - 1;
    const size = (low < 0 ? strip / 2 : strip) - 1;
    this.grid.paint({
      unknown: this.data.unknown,
      soft: look.ground.soft,
      look: (t) => {
        const rgb = map(row[t]);
        const key = (rgb[0] << 16) | (rgb[1] << 8) | rgb[2];
        if (!looks.has(key)) looks.set(key, { ground: css(rgb), ink: inkOn(rgb) });
        return looks.get(key);
      },
      under: (pen, t, x, y, wide) => {
        const high = (row[t] / (low < 0 ? tallest : most)) * size;
        pen.fillStyle = high >= 0 ? above : below;
        if (high >= 0) pen.fillRect(x + 0.5, y + zero - high, wide - 1, Math.max(1, high));
        else pen.fillRect(x + 0.5, y + zero, wide - 1, Math.max(1, -high));
        const told = (track.values.values[t] / trackMost) * (TRACK - 2);
        if (!told) return;
        pen.fillStyle = look.ground.soft;
        pen.fillRect(x, y + strip + TRACK - told, wide + 0.5, told);
      },
      over: (pen, t, x, y, wide, high) => {
        if (t !== chosen && t !== this.pointed) return;
        for (const [color, width] of [[look.ground.background, 4.5], [look.ground.ink, t === chosen ? 2.5 : 1.5]]) {
          pen.strokeStyle = color;
          pen.lineWidth = width;
          corners(pen, x + 1, y + 1, wide - 2, high - 2);
        }
      },
    });
  }

  point(t) {
    if (t === this.pointed) return;
    this.pointed = t;
    this.paint();
    this.read();
  }

  /** The number under the pointer, or of the chosen character. */
  read() {
    const t = this.pointed ?? this.t;
    const { signal, properties } = this.data;
    const char = spoken(this.chars[t]);
    const told = properties.find(({ name }) => name === this.what);
    const track = told.values.values[t];
    const state = told.kind === "number" ? `${told.label} ${track}` : `${told.label}: ${track ? "yes" : "no"}`;
    const said = readAs(char.length === 1 ? `“${char}”` : char, this.data.unknown[t]);
    const off = ` ± ${this.off.toPrecision(1)}`;
    const number = `${signal} = ${short(this.row[t], this.off < 1e-3 ? 4 : 2)}`;
    this.part("told").replaceChildren(
      piece("span", `t = ${t}, `), piece("b", said), piece("span", `: unit ${this.unit} `),
      piece("b", number), piece("span", off, "rounding"), piece("span", ` · ${state}`),
    );
    this.host.setAttribute("aria-valuenow", t);
    this.host.setAttribute("aria-valuetext", `${said}, ${number}, ${state}`);
  }

  legend() {
    const stops = this.data.kind === "gate" ? this.look.sequential : this.look.diverging;
    const bar = document.createElement("i");
    bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    const under = this.low < 0 ? "0 in the middle; bars up: above 0, down: below" : "bars: how open the gate is";
    this.part("legend").replaceChildren(
      piece("span", short(this.low, 2)), bar, piece("span", short(this.most, 2)), piece("span", ` ${under}; grey: ${this.track.label}${Object.keys(this.data.unknown).length ? "; dotted underline: not in the alphabet ([UNK])" : ""}`),
    );
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = {
      ArrowRight: { t: this.t + 1 }, ArrowLeft: { t: this.t - 1 }, ArrowDown: { unit: this.unit + 1 }, ArrowUp: { unit: this.unit - 1 },
      Home: { t: 0 }, End: { t: this.chars.length - 1 }, PageDown: { t: this.grid.beside(this.t, 1) }, PageUp: { t: this.grid.beside(this.t, -1) },
    }[event.key];
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(to);
  }

  table() {
    if (!this.part("numbers").open) return;
    const heads = ["t", "character", `${this.data.signal}, unit ${this.unit}`, this.track.label];
    const rows = this.chars.map((char, t) => [t, readAs(spoken(char), this.data.unknown[t]), short(this.row[t], 4), this.track.values.values[t]]);
    this.part("table").replaceChildren(...[heads, ...rows].map((cells, k) => {
      const line = document.createElement("tr");
      line.append(...cells.map((text) => piece(k ? "td" : "th", text)));
      return line;
    }));
  }
}

function piece(kind, text, name = "") {
  return Object.assign(document.createElement(kind), { textContent: text, className: name });
}

function largest(values) {
  let most = 1e-6;
  for (const value of values) most = Math.max(most, Math.abs(value) || 0);
  return most;
}
