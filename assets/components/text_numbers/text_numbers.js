// Sentences on their way to an array: tokens, vocabulary, numbers, padding, mask; one place is marked in all of them.

import { themeOf } from "../shared/colors.js";
import { show } from "../shared/mounting.js";

const MATH = "http://www.w3.org/1998/Math/MathML";

export default function textNumbers(component) {
  return show(component, component.parentElement.querySelector(".text-numbers"), TextNumbers);
}

class TextNumbers {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.at = [0, 0];
    root.onpointerover = ({ target }) => this.go(placeOf(target));
    root.onclick = ({ target }) => this.go(placeOf(target));
    this.part("array").onkeydown = (event) => this.key(event);
    this.part("array").addEventListener("focusin", ({ target }) => this.go(placeOf(target)));
  }

  update({ data }) {
    this.root.style.setProperty("--mark", data.palette[themeOf(this.root)].ground.mark);
    const content = JSON.stringify([data.tokens, data.ids, data.about]);
    if (content === this.content) return;
    this.content = content;
    this.data = data;
    this.tokens();
    this.words();
    this.array();
    this.mask();
    this.at = [Math.min(this.at[0], data.ids.length - 1), Math.min(this.at[1], data.ids[0].length - 1)];
    this.mark();
  }

  tokens() {
    this.part("tokens").replaceChildren(...this.data.tokens.map((row, i) => {
      const line = make("div", { className: "sentence" }, make("b", {}, `i = ${i}`));
      row.forEach((token, t) => {
        const number = this.data.ids[i][t];
        line.append(place(make("span", { className: `token${number ? "" : " unknown"}` }, symbol(i, t), make("span", { className: "word" }, token), make("small", {}, number ? String(number) : "0 [UNK]")), i, t));
      });
      return line;
    }));
  }

  words() {
    const { words, about } = this.data;
    this.part("about").textContent = about;
    this.part("words").replaceChildren(...words.map(([number, word]) => {
      const item = make("li", {}, make("b", {}, String(number)), word);
      item.dataset.number = number;
      return item;
    }));
  }

  array() {
    const { ids, lengths } = this.data;
    this.part("shape").textContent = `x.shape = (${ids.length}, ${ids[0].length})`;
    const heads = make("tr", {}, make("td", { className: "plain" }), ...ids[0].map((_, t) => make("th", { scope: "col" }, `t = ${t}`)));
    const rows = ids.map((row, i) => make("tr", {}, make("th", { scope: "row" }, `i = ${i}`), ...row.map((number, t) => {
      const kind = t >= lengths[i] ? "pad" : number ? "" : "unknown";
      const cell = place(make("td", { className: kind, tabIndex: -1 }, String(number)), i, t);
      cell.setAttribute("role", "gridcell");
      return cell;
    })));
    this.part("array").replaceChildren(heads, ...rows);
  }

  mask() {
    const { ids, lengths } = this.data;
    this.part("mask").replaceChildren(...ids.map((row, i) => make("tr", {}, make("th", { scope: "row" }, `i = ${i}`), ...row.map((_, t) => {
      const real = t < lengths[i];
      return place(make("td", { className: real ? "" : "pad" }, real ? "1" : "0"), i, t);
    }), make("td", { className: "plain" }, `length ${lengths[i]}`))));
  }

  key(event) {
    const [i, t] = this.at;
    const to = { ArrowRight: [i, t + 1], ArrowLeft: [i, t - 1], ArrowDown: [i + 1, t], ArrowUp: [i - 1, t], Home: [i, 0], End: [i, this.data.ids[0].length - 1] }[event.key];
    if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(to);
    this.cell().focus();
  }

  cell() {
    return this.part("array").querySelector(`[data-i="${this.at[0]}"][data-t="${this.at[1]}"]`);
  }

  go(to) {
    if (!to) return;
    const { ids } = this.data;
    this.at = [Math.max(0, Math.min(ids.length - 1, to[0])), Math.max(0, Math.min(ids[0].length - 1, to[1]))];
    this.mark();
  }

  mark() {
    const [i, t] = this.at;
    const { tokens, ids, lengths, unknown } = this.data;
    for (const old of this.root.querySelectorAll(".at")) old.classList.remove("at");
    for (const cell of this.part("array").querySelectorAll("td")) cell.tabIndex = -1;
    for (const part of this.root.querySelectorAll(`[data-i="${i}"][data-t="${t}"]`)) part.classList.add("at");
    this.cell().tabIndex = 0;
    const number = ids[i][t];
    const real = t < lengths[i];
    if (real) this.part("words").querySelector(`[data-number="${number}"]`)?.classList.add("at");
    const said = real
      ? ` is “${tokens[i][t]}”, number ${number}${number ? "" : ` = ${unknown}: it is not in the vocabulary`}: x[${i}, ${t}] = ${number}, mask 1.`
      : ` is padding: sentence ${i} has ${lengths[i]} tokens. x[${i}, ${t}] = 0, mask 0, so the loss and the last state ignore it.`;
    this.part("detail").replaceChildren(symbol(i, t), said);
  }
}

/** x with the sentence above, in brackets, and the step below. */
function symbol(i, t) {
  const math = document.createElementNS(MATH, "math");
  const node = document.createElementNS(MATH, "msubsup");
  for (const [kind, text] of [["mi", "x"], ["mn", String(t)], ["mtext", `(${i})`]]) {
    node.append(Object.assign(document.createElementNS(MATH, kind), { textContent: text }));
  }
  math.append(node);
  return math;
}

function placeOf(target) {
  const node = target instanceof Element ? target.closest("[data-i]") : null;
  return node ? [Number(node.dataset.i), Number(node.dataset.t)] : null;
}

function place(node, i, t) {
  node.dataset.i = i;
  node.dataset.t = t;
  return node;
}

function make(kind, attributes, ...children) {
  const node = Object.assign(document.createElement(kind), attributes);
  node.append(...children);
  return node;
}
