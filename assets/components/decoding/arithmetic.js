// The look at one place of the source, written out: score, softmax, context; and what is likeliest to be said.

import { numberIn } from "../shared/numbers.js";
import { digits, largest, short } from "../shared/arrays.js";
import { colorMap } from "../shared/colors.js";
import { drawn, escaped, named, END } from "./model.js";
import { Strips } from "./strips.js";

const SHOWN = 5;
const TERMS = 3;
const FORMULAS = {
  additive: "e<sub>ij</sub> = v · tanh(W<sub>q</sub> s<sub>i</sub> + W<sub>k</sub> h<sub>j</sub> + b)",
  dot: "e<sub>ij</sub> = s<sub>i</sub> · h<sub>j</sub>",
};

/** Builds into `root`; `onWeight(value)` hears a weight that is typed, `onForce(token)` a token that is to be said. */
export class Arithmetic {
  constructor(root, { onWeight, onForce }) {
    Object.assign(this, { root, onWeight, onForce });
  }

  build(model, look) {
    Object.assign(this, { model, look });
    this.parts = {};
    const made = model.has
      ? [this.heading(), this.scoreSection(), this.weightSection(), this.contextSection(), this.saysSection()]
      : [this.heading(), this.stateSection(), this.saysSection()];
    this.root.replaceChildren(...made);
  }

  map(most) {
    return colorMap(this.look.diverging, -most, most, this.look.ground.nan);
  }

  heading() {
    const heading = document.createElement("h3");
    this.parts.heading = heading;
    return heading;
  }

  section(title, formula, ...nodes) {
    const section = document.createElement("section");
    const head = document.createElement("header");
    head.innerHTML = `<b>${title}</b> <span class="formula">${formula}</span>`;
    section.append(head, ...nodes);
    return section;
  }

  line(name) {
    const line = document.createElement("p");
    line.className = "line";
    this.parts[name] = line;
    return line;
  }

  // ---- the score ----

  scoreSection() {
    const { model } = this;
    const additive = model.score === "additive";
    const inner = additive ? Math.max(...["fromQuery", "fromKeys", "bias"].map((name) => largest(model.arrays[name].values))) : 1;
    const rows = additive
      ? [
        { label: "W<sub>q</sub> s<sub>i</sub>", kind: "colors", map: this.map(inner) },
        { label: "W<sub>k</sub> h<sub>j</sub>", kind: "colors", map: this.map(inner) },
        { label: "b", kind: "colors", map: this.map(inner) },
        { label: "tanh(…)", kind: "colors", map: this.map(1) },
        { label: "v", kind: "colors", map: this.map(largest(model.arrays.v.values)) },
        { label: "v tanh(…)", kind: "bars", map: this.map(1) },
      ]
      : [
        { label: "s<sub>i</sub>", kind: "colors", map: this.map(1) },
        { label: "h<sub>j</sub>", kind: "colors", map: this.map(1) },
        { label: "s<sub>i</sub> h<sub>j</sub>", kind: "bars", map: this.map(1) },
      ];
    this.scores = new Strips(rows, { name: "The terms of the score", onUnit: () => this.writeScore() });
    const section = this.section("Score", FORMULAS[model.score], this.scores.node, this.line("score"));
    section.querySelector("header").append(Object.assign(document.createElement("span"), { className: "signs", textContent: "blue below zero, orange above" }));
    this.parts.score.classList.add("tall");
    return section;
  }

  /** The operands of each term at the step and place, and the terms: products of what is shown, in float32. */
  terms() {
    const { model, t, place } = this;
    if (model.score === "dot") {
      const [query, key] = [model.at("queries", t), model.at("encoded", place)];
      return { operands: [query, key], products: query.map((value, k) => value * key[k]) };
    }
    const activated = model.at("activated", t, place);
    const v = model.at("v");
    const operands = [model.at("fromQuery", t), model.at("fromKeys", place), model.at("bias"), activated, v];
    return { operands, products: activated.map((value, k) => value * v[k]) };
  }

  writeScore() {
    const { model, t, place } = this;
    const { operands, products } = this.terms();
    const unit = this.scores.unit;
    const score = model.at("scores", t)[place];
    if (unit !== null) return this.parts.score.replaceChildren(...this.term(operands, products, unit));
    const order = [...products.keys()].sort((a, b) => Math.abs(products[b]) - Math.abs(products[a])).slice(0, TERMS);
    const shown = order.flatMap((k, n) => [n ? " " : "", sign(products[k], n), number(Math.abs(products[k]))]);
    return this.parts.score.replaceChildren(symbol("e"), " = ", ...shown, ` + … (${products.length} units) = `, number(score, "result"));
  }

  term(operands, products, unit) {
    const at = operands.map((values) => values[unit]);
    const head = `unit ${unit}: `;
    if (this.model.score === "dot") return [head, number(at[0]), " × ", bracketed(at[1]), " = ", number(products[unit], "result")];
    const [fromQuery, fromKey, bias, activated, v] = at;
    return [head, "tanh(", number(fromQuery), " + ", bracketed(fromKey), " + ", bracketed(bias), ") = ", number(activated), "; × ", bracketed(v), " = ", number(products[unit], "result")];
  }

  // ---- the weight ----

  weightSection() {
    const form = document.createElement("form");
    form.className = "over";
    form.innerHTML = '<label><span></span> <input inputmode="decimal" autocomplete="off" spellcheck="false"></label> <button type="submit">Change</button><p class="problem" role="alert" hidden></p>';
    form.onsubmit = (event) => {
      event.preventDefault();
      this.typeOver();
    };
    form.onkeydown = (event) => event.stopPropagation();
    const field = form.querySelector("input");
    field.onfocus = () => field.select();
    this.parts.form = form;
    return this.section("Softmax", "α<sub>ij</sub> = exp(e<sub>ij</sub> − m) / Σ<sub>k</sub> exp(e<sub>ik</sub> − m), m the largest", this.line("weight"), this.line("sum"), form);
  }

  typeOver() {
    const { form } = this.parts;
    const typed = form.querySelector("input").value;
    const { value, problem: wrong } = numberIn(typed, "A weight", 0, 1);
    const problem = form.querySelector(".problem");
    problem.hidden = !wrong;
    problem.textContent = wrong ?? "";
    if (!wrong) this.onWeight(value);
  }

  writeWeight() {
    const { model, t, place } = this;
    const at = (name) => model.at(name, t)[place];
    const [most] = model.at("largest", t);
    const [total] = model.at("total", t);
    const [sum] = model.at("sum", t);
    const weight = at("weights");
    const by = model.edited[t];
    this.parts.weight.replaceChildren(symbol("α"), " = exp(", number(at("scores")), " − ", bracketed(most), ") / ", number(total), " = ", number(at("exponentials")), " / ", number(total), " = ", by ? number(at("softmax")) : number(weight, "result"));
    const changed = by ? [place in by ? "✎ Edited: " : "The other weights share the rest: ", symbol("α"), " = ", number(weight, "result"), ". "] : [];
    const all = model.places === 1 ? "The only weight of the step is " : `All ${model.places} weights of the step add up to `;
    this.parts.sum.replaceChildren(...changed, all, number(sum), ".");
    const field = this.parts.form.querySelector("input");
    const label = `α of position ${place}, ${named(model.source[place])}`;
    this.parts.form.querySelector("label span").textContent = label;
    this.parts.form.querySelector(".problem").hidden = true;
    if (this.root.getRootNode().activeElement !== field) field.value = String(Number(weight.toPrecision(4)));
  }

  // ---- the context, or the state ----

  contextSection() {
    const map = this.map(1);
    const rows = [["h<sub>j</sub>", "colors"], ["α<sub>ij</sub> h<sub>j</sub>", "colors"], ["c<sub>i</sub>", "colors"]];
    this.context = new Strips(rows.map(([label, kind]) => ({ label, kind, map })), { name: "The context", onUnit: () => this.writeContext() });
    return this.section("Context", "c<sub>i</sub> = Σ<sub>j</sub> α<sub>ij</sub> h<sub>j</sub>", this.context.node, this.line("context"));
  }

  writeContext() {
    const { model, t, place } = this;
    const { unit } = this.context;
    const weight = model.at("weights", t)[place];
    const key = model.at("encoded", place);
    const context = model.at("context", t);
    if (unit === null) {
      this.parts.context.replaceChildren(`${context.length} units. The weight of this position is `, number(weight), ". ", invitation("Point at a unit for its numbers."));
      return;
    }
    const share = Math.fround(weight * key[unit]);
    this.parts.context.replaceChildren(`unit ${unit}: `, number(weight), " × ", bracketed(key[unit]), " = ", number(share), ` of the sum over ${model.places} position${model.places === 1 ? "" : "s"}, `, symbol("c"), " = ", number(context[unit], "result"));
  }

  stateSection() {
    const map = this.map(1);
    this.state = new Strips([{ label: "s<sub>i−1</sub>", kind: "colors", map }, { label: "s<sub>i</sub>", kind: "colors", map }], { name: "The decoder's state", onUnit: () => this.writeState() });
    return this.section("State", "s<sub>i</sub> = GRU(s<sub>i−1</sub>, the last output)", this.state.node, this.line("state"));
  }

  writeState() {
    const { model, t } = this;
    const { unit } = this.state;
    const before = t ? model.at("queries", t - 1) : model.at("start");
    const now = model.at("queries", t);
    const first = t ? "the state of the step before" : "the vector that the encoder ends with";
    if (unit === null) this.parts.state.textContent = `${now.length} units. Above, ${first}. There is no score, no weight and no context: the decoder does not look at the source again.`;
    else this.parts.state.replaceChildren(`unit ${unit}: from `, number(before[unit]), " to ", number(now[unit], "result"));
  }

  // ---- what is said ----

  saysSection() {
    const list = document.createElement("div");
    const row = document.createElement("div");
    const select = document.createElement("select");
    select.setAttribute("aria-label", "Output instead");
    list.className = "likeliest";
    row.className = "force";
    row.dataset.live = "";
    select.add(new Option("choose …", ""));
    for (const token of this.model.symbols) select.add(new Option(token === END ? "■ the end" : drawn(token), token));
    // Chosen by keys, a select changes at every key: what is chosen is said only when it is asked for.
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Apply" });
    button.onclick = () => { if (select.value !== "") this.onForce(select.value); };
    row.append("Output instead ", select, " ", button);
    this.parts.list = list;
    const read = this.model.has ? "p = softmax(W<sub>hy</sub> tanh(W<sub>c</sub> [c<sub>i</sub>; s<sub>i</sub>]) + b<sub>y</sub>)" : "p = softmax(W<sub>hy</sub> tanh(W<sub>c</sub> s<sub>i</sub>) + b<sub>y</sub>)";
    return this.section("Output", this.model.written(read), list, row);
  }

  writeSays() {
    const { model, t } = this;
    const chances = model.at("probabilities", t);
    const order = [...chances.keys()].sort((a, b) => chances[b] - chances[a] || a - b).slice(0, SHOWN);
    const said = model.output[t];
    const forced = t in model.forced;
    if (!order.some((k) => model.symbols[k] === said)) order[order.length - 1] = model.symbols.indexOf(said);
    this.parts.list.replaceChildren(...order.map((k) => this.candidate(model.symbols[k], chances[k], said, forced)));
  }

  candidate(token, chance, said, forced) {
    const button = document.createElement("button");
    const is = token === said;
    button.type = "button";
    button.className = `candidate${is ? " is" : ""}`;
    button.innerHTML = `<b>${escaped(drawn(token))}</b><span class="track"><i style="width:${(100 * chance).toFixed(2)}%"></i></span><span class="chance" title="${digits(chance)}">${percent(chance)}</span><span class="verdict">${is ? (forced ? "✎ forced" : "output") : "<span data-live>use this</span>"}</span>`;
    button.setAttribute("aria-label", `${named(token)}, ${percent(chance)}${is ? (forced ? ", forced" : ", output") : ": use this instead"}`);
    button.disabled = is;
    button.onclick = () => this.onForce(token);
    return button;
  }

  // ---- a step ----

  draw(t, place) {
    Object.assign(this, { t, place });
    const { model } = this;
    const says = `Step ${t}: the output is ${named(model.output[t])}`;
    this.parts.heading.textContent = model.has ? `${says}; position ${place} of the source, ${named(model.source[place])}` : says;
    if (model.has) {
      const { operands, products } = this.terms();
      this.scores.draw([...operands, products]);
      const [weight, key] = [model.at("weights", t)[place], model.at("encoded", place)];
      this.context.draw([key, key.map((value) => value * weight), model.at("context", t)]);
      this.writeScore();
      this.writeWeight();
      this.writeContext();
    } else {
      this.state.draw([t ? model.at("queries", t - 1) : model.at("start"), model.at("queries", t)]);
      this.writeState();
    }
    this.writeSays();
  }
}

function number(value, kind = "") {
  const node = document.createElement("span");
  node.className = `number ${kind}`;
  node.textContent = short(value, 4);
  node.title = digits(value);
  return node;
}

function bracketed(value) {
  const node = number(value);
  if (node.textContent.startsWith("−")) node.textContent = `(${node.textContent})`;
  return node;
}

function sign(value, n) {
  if (value < 0) return n ? "− " : "−";
  return n ? "+ " : "";
}

function symbol(letter) {
  const node = document.createElement("i");
  node.textContent = letter;
  return node;
}

function percent(chance) {
  if (chance > 0 && chance < 0.0005) return "< 0.1 %";
  return `${(100 * chance).toFixed(1)} %`;
}

/** What a picture leaves out. */
function invitation(text) {
  const node = document.createElement("span");
  node.dataset.live = "";
  node.textContent = text;
  return node;
}
