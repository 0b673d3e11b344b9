// A text as a network writes or reads it, step by step: what it expected at each character, and what came.

import { probability, row } from "../shared/arrays.js";
import { channels, colorMap, css, themeOf } from "../shared/colors.js";
import { same, unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { Scrub } from "../shared/scrub.js";
import { Stepper, listenKeys, transport } from "../shared/stepper.js";
import { drawBits } from "./bits.js";
import { All, Ten, chanceOf } from "./chances.js";
import { Guesses } from "./guesses.js";
import { named, sign } from "./signs.js";
import { States } from "./states.js";
import { Text } from "./text.js";

const SPEEDS = [1, 4, 15, 30, 60];
const MOST_BITS = 8;

export default function writing(component) {
  return show(component, component.parentElement.querySelector(".writing"), Writing);
}

class Writing {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.stepper = new Stepper({
      onStep: (t) => this.draw(t),
      onSettle: (t) => this.send("t", { token: this.model.token, t }),
      onPlay: (on) => this.transport.playing(on),
      speeds: SPEEDS,
      speed: 30,
    });
    this.transport = transport(this.stepper, this.part("transport"));
    const onStep = (t) => this.stepper.go(t);
    this.text = new Text(this.part("text"), { onStep });
    this.scrub = new Scrub(this.part("scrub"), { onStep });
    this.guesses = new Guesses(this.part("guesses"), { onStep, onPoint: (t) => this.say(t === null ? null : this.stepOf(t)) });
    this.ten = new Ten(this.part("ten"));
    this.all = new All(this.part("all"), { onPoint: (id) => this.say(id === null ? null : chanceOf(this.model, this.stepper.t, id)) });
    this.states = new States(this.part("states"), { onPoint: (unit) => this.say(unit === null ? null : this.unitOf(unit)) });
    this.part("numbers").ontoggle = () => this.table();
    this.observer = new ResizeObserver(() => this.layout());
  }

  update({ data: message, setStateValue }) {
    this.send = setStateValue;
    if (!this.listening) {
      this.listening = listenKeys(this.stepper, () => this.stepper.pause(), this.root);
      this.observer.observe(this.root);
    }
    const theme = themeOf(this.root);
    const repaint = this.theme !== theme;
    this.theme = theme;
    if (!same(this.message, message)) this.take(message);
    else if (repaint) this.show();
  }

  take(message) {
    const { start, ...data } = unpack(message);
    const isOther = this.model?.token !== data.token;
    this.message = message;
    this.model = decoded(data);
    const { stepper, model } = this;
    if (isOther) stepper.pause();
    stepper.setCount(model.count);
    stepper.first = model.writes ? Math.min(model.prompt, model.count) - 1 : 0;
    if (this.start !== start.id) stepper.t = Math.min(start.t ?? model.count - 1, model.count - 1);
    else if (isOther) stepper.t = model.count - 1;
    this.start = start.id;
    this.show();
  }

  unmount() {
    this.message = null;
    this.stepper.stop();
    this.observer.disconnect();
    this.listening?.();
    this.listening = null;
  }

  /** Builds all anew: for another text or theme. */
  show() {
    this.look = lookOf(this.model.palette[this.theme], this.root);
    const { model, look } = this;
    this.part("title").textContent = model.title;
    this.part("caption").textContent = model.caption;
    this.part("alltitle").textContent = `Probability of each of the ${model.symbols.length} characters as the next one`;
    const units = model.states.shape[1];
    this.part("statetitle").textContent = `Hidden state h at this step, ${units} units`;
    legend(this.part("surprise"), look.bits, 0, MOST_BITS, "bits", `${MOST_BITS}+`);
    legend(this.part("likely"), look.map, 0, 1, `probability at T = ${model.temperature}`);
    legend(this.part("signed"), look.signed, -1, 1, "");
    this.part("states").setAttribute("aria-label", `Strip of the ${units} hidden units at this step; point at a cell for its number.`);
    this.part("guesses").setAttribute("aria-label", `Characters in rows; under each its ${model.likeliest.shape[1]} most likely next ones, and the bits of the one that came. The numbers stand in a table below.`);
    this.part("all").setAttribute("aria-label", "A bar for each character of the alphabet; the most likely ones stand in the list above with their numbers.");
    this.text.build(model, look.bits);
    this.ten.build(model);
    this.width = 0;
    this.layout();
    this.table();
  }

  layout() {
    const width = Math.floor(this.root.clientWidth);
    if (!this.model || !width || width === this.width) return;
    this.width = width;
    this.guesses.build(this.model, this.look, width);
    this.all.build(this.model, this.look, width);
    this.states.build(this.model, this.look.signed, width);
    drawBits(this.scrub, this.model, this.look);
    this.draw(this.stepper.t);
  }

  draw(t) {
    const { model } = this;
    this.text.draw(t);
    this.guesses.draw(t);
    this.ten.draw(t);
    this.all.draw(t);
    this.states.draw(t);
    this.transport.update(t);
    this.part("step").textContent = `t = ${t} of ${model.count - 1}`;
    this.part("token").textContent = `${sign(model.chars[t])} → ${sign(model.chars[t + 1])}`;
    this.part("asked").textContent = `Next character after ${this.before(t)}`;
    this.scrub.move(t, model.count, this.stepOf(t));
    this.say(null);
    this.root.dataset.t = t;
  }

  /** The last characters that were read. */
  before(t) {
    return `“${t > 13 ? "…" : ""}${model13(this.model, t)}”`;
  }

  say(told) {
    this.part("detail").textContent = told ?? this.stepOf(this.stepper.t);
  }

  stepOf(t) {
    const { model } = this;
    const how = this.how(t);
    return `t = ${t}: the input is ${named(model.chars[t])}, the next character ${named(model.chars[t + 1])}, ${how}. Surprise at T = 1: ${model.bits[t].toFixed(2)} bits (expected by the network: ${model.entropies[t].toFixed(2)}).`;
  }

  /** Nothing is sampled at temperature 0, where the most likely character is certain. */
  how(t) {
    const { model } = this;
    const taken = probability(model.taken[t]);
    if (!model.writes || t + 1 < model.prompt) return `given, with p = ${taken} (T = ${model.temperature})`;
    if (!model.temperature) return `chosen (argmax) with p = ${taken} (T = 0; p = ${probability(2 ** -model.bits[t])} at T = 1)`;
    return `sampled with p = ${taken} (T = ${model.temperature})`;
  }

  unitOf(unit) {
    const { states } = this.model;
    return `h of unit ${unit} at t = ${this.stepper.t}: ${row(states, this.stepper.t)[unit].toFixed(2)} (to the nearest ${(2 * states.off).toFixed(3)})`;
  }

  table() {
    if (!this.part("numbers").open || !this.model) return;
    const { model } = this;
    const most = model.likeliest.shape[1];
    const heads = ["t", "input", "next", `p(next) at T = ${model.temperature}`, "bits at T = 1", "entropy, bits", ...Array.from({ length: most }, (_, k) => `most likely ${k + 1}`)];
    const lines = Array.from({ length: model.count }, (_, t) => [
      t, sign(model.chars[t]), sign(model.chars[t + 1]), probability(model.taken[t]), model.bits[t].toFixed(3), model.entropies[t].toFixed(3),
      ...Array.from(row(model.likeliest, t), (id, rank) => `${sign(model.symbols[id])} ${probability(row(model.likely, t)[rank])}`),
    ]);
    this.part("table").replaceChildren(...[heads, ...lines].map((cells, k) => {
      const line = document.createElement("tr");
      line.append(...cells.map((text) => Object.assign(document.createElement(k ? "td" : "th"), { textContent: text })));
      return line;
    }));
  }
}

function model13(model, t) {
  return model.chars.slice(Math.max(0, t - 13), t + 1).map(sign).join("");
}

/** The message as the parts of the picture read it. */
function decoded(data) {
  const symbols = Array.from(data.symbols);
  const ids = data.ids.values;
  const count = ids.length - 1;
  const { prompt } = data;
  return {
    ...data, symbols, ids, count,
    chars: Array.from(ids, (id) => symbols[id]),
    bits: data.bits.values,
    entropies: data.entropies.values,
    taken: data.taken.values,
    /** How many characters stand there at a step: what was given, and what has been drawn. */
    shown: (t) => Math.max(prompt, t + 2),
  };
}

function lookOf(palette, root) {
  const { ground, sequential, diverging, signal } = palette;
  const family = getComputedStyle(root).getPropertyValue("--st-code-font") || "monospace";
  const half = diverging.slice(Math.floor(diverging.length / 2));
  return {
    ground,
    map: colorMap(sequential, 0, 1, ground.nan),
    signed: colorMap(diverging, -1, 1, ground.nan),
    bits: colorMap([ground.background, ...half.slice(1)], 0, MOST_BITS, ground.nan),
    surprise: css(channels(half[1])),
    bar: signal.y,
    most: MOST_BITS,
    large: `600 18px ${family}`,
    strong: `700 14px ${family}`,
    plain: `14px ${family}`,
    small: `12px ${getComputedStyle(root).fontFamily}`,
  };
}

function legend(place, map, low, high, unit, end = String(high)) {
  const stops = Array.from({ length: 5 }, (_, k) => css(map(low + ((high - low) * k) / 4)));
  const bar = document.createElement("i");
  bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
  place.replaceChildren(String(low).replace("-", "−"), bar, `${end} ${unit}`.trim());
}
