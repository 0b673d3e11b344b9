// Words in the colour of their weight of attention, each over one bar for every way of asking how much it counts.

import { digits, row } from "../shared/arrays.js";
import { colorMap, css, inkOn, themeOf } from "../shared/colors.js";
import { same, unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { tokenSaid, underline } from "../shared/unknown.js";

const HEIGHT = 46;

export default function wordWeights(component) {
  return show(component, component.parentElement.querySelector(".word-weights"), WordWeights);
}

class WordWeights {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.list = this.part("words");
    this.list.onpointerover = (event) => {
      const word = event.target.closest(".word");
      if (word) this.go(Number(word.dataset.t));
    };
    this.list.onkeydown = (event) => this.key(event);
    this.part("numbers").ontoggle = () => this.table();
  }

  /** Called at mount, and again whenever Python has run or the theme has changed: often with the same data. */
  update({ data: message }) {
    const theme = themeOf(this.root);
    if (same(this.message, message) && this.theme === theme) return;
    Object.assign(this, { message, theme, data: unpack(message) });
    const { title, foot, palette, values, tokens } = this.data;
    this.look = palette[theme];
    this.most = values.shape[0] ? [...Array(values.shape[0]).keys()].map((way) => Math.max(...row(values, way), 1e-12)) : [];
    this.root.style.setProperty("--strong", this.look.sequential.at(-1));
    this.part("title").textContent = title;
    this.part("foot").textContent = foot;
    this.part("keys").replaceChildren(...this.data.ways.map((way, k) => this.keyOf(way, k)));
    this.list.replaceChildren(...tokens.map((token, t) => this.word(token, t)));
    const heaviest = row(values, 0).indexOf(this.most[0]);
    this.go(Math.max(0, heaviest));
    this.table();
  }

  keyOf(way, k) {
    const item = document.createElement("span");
    item.append(Object.assign(document.createElement("i"), { className: `way${k}` }), way.name);
    return item;
  }

  word(token, t) {
    const item = document.createElement("div");
    const name = document.createElement("b");
    const bars = document.createElement("div");
    const color = colorMap(this.look.sequential, 0, this.most[0], this.look.ground.nan)(row(this.data.values, 0)[t]);
    item.className = "word";
    item.dataset.t = t;
    item.id = `word-${t}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-label", this.said(t));
    name.textContent = token;
    underline(name, this.isUnknown(t));
    Object.assign(name.style, { background: css(color), color: inkOn(color) });
    bars.className = "bars";
    bars.append(...this.most.map((most, way) => {
      const bar = Object.assign(document.createElement("i"), { className: `way${way}` });
      bar.style.height = `${(HEIGHT * row(this.data.values, way)[t]) / most}px`;
      return bar;
    }));
    item.append(name, bars);
    return item;
  }

  isUnknown(t) {
    return this.data.unknown.includes(t);
  }

  said(t) {
    const { tokens, ways, values } = this.data;
    const each = ways.map(({ name, unit }, way) => `${name} ${digits(short(row(values, way)[t]))}${unit ? ` ${unit}` : ""} (${ordinal(rank(row(values, way), t))})`);
    return `t = ${t} of ${tokens.length - 1}, ${tokenSaid(`“${tokens[t]}”`, this.isUnknown(t))}: ${each.join(" · ")}`;
  }

  key(event) {
    const last = this.data.tokens.length - 1;
    const to = { ArrowRight: this.t + 1, ArrowLeft: this.t - 1, Home: 0, End: last }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(Math.max(0, Math.min(last, to)));
    this.list.children[this.t].scrollIntoView({ block: "nearest" });
  }

  go(t) {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    this.t = t;
    this.list.children[t]?.setAttribute("aria-selected", "true");
    this.list.setAttribute("aria-activedescendant", `word-${t}`);
    this.part("detail").textContent = this.said(t);
  }

  table() {
    if (!this.part("numbers").open) return;
    const { tokens, ways, values } = this.data;
    const heads = ["t", "word", ...ways.map(({ name, unit }) => (unit ? `${name}, ${unit}` : name))].map((name) => cell("th", name));
    const rows = tokens.map((token, t) => [t, tokenSaid(token, this.isUnknown(t)), ...ways.map((_, way) => row(values, way)[t].toPrecision(4))].map((text) => cell("td", text)));
    this.part("table").replaceChildren(...[heads, ...rows].map((cells) => {
      const line = document.createElement("tr");
      line.append(...cells);
      return line;
    }));
  }
}

/** Of the words, the how-manieth by size; equal ones share a place. */
function rank(values, t) {
  let before = 0;
  for (const value of values) if (value > values[t]) before += 1;
  return before + 1;
}

function ordinal(place) {
  const tens = place % 100;
  const ending = tens > 10 && tens < 14 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[place % 10] ?? "th";
  return `${place}${ending}`;
}

function short(value) {
  return Number(value.toPrecision(3));
}

function cell(kind, text) {
  return Object.assign(document.createElement(kind), { textContent: text });
}
