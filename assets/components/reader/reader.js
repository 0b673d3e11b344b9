// A trained network on the text that is typed above it: its steps, one gate, its states and its outputs.

import { Answers } from "../shared/answers.js";
import { probability } from "../shared/arrays.js";
import { Box } from "../shared/box.js";
import { colorMap, themeOf } from "../shared/colors.js";
import { heatmap } from "../shared/heatmap.js";
import { same, unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { placeOf, zoomOf } from "../shared/pointer.js";
import { onMoved, topOnPage } from "../shared/room.js";
import { roomOnSlide } from "../shared/slide.js";
import { Stepper, listenKeys, transport } from "../shared/stepper.js";
import { drawing, places, plan, under } from "./drawing.js";
import { CHANGES, countOf, stepAt, validOf } from "./stories.js";

const SPEEDS = [1, 2, 4, 8, 30];
const NAMES = { wide: 118, narrow: 96 };
/** Pixels under the picture that shall be in view with it: the transport. */
const BELOW = 58;

export default function reader(component) {
  return show(component, component.parentElement.querySelector(".reader"), Reader);
}

class Reader {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.stage = this.part("stage");
    this.field = this.part("text");
    this.svg = this.stage.querySelector("svg");
    this.tip = this.stage.querySelector(".tip");
    this.stepper = new Stepper({
      onStep: (t) => { this.tip.hidden ||= this.tipAt !== t; this.draw(); this.reveal(t); },
      onSettle: (t) => this.send("t", { text: this.field.value, t }),
      onPlay: (on) => this.transport.playing(on),
      speeds: SPEEDS,
      speed: 4,
    });
    this.transport = transport(this.stepper, this.part("transport"));
    this.box = new Box(this.part, { onTyped: (typed) => this.send("asked", { start: this.start, story: this.story, cell: this.cell, lowered: this.lowered, ...typed }) });
    this.wire();
    this.observer = new ResizeObserver(() => this.layout());
  }

  wire() {
    this.field.addEventListener("input", () => { this.stepper.pause(); this.changed(); });
    for (const kind of ["keyup", "pointerup"]) this.field.addEventListener(kind, () => this.follow());
    this.part("change").onclick = () => this.changeText();
    this.part("lower").onclick = () => { this.lowered = !this.lowered; this.ask(); };
    this.part("numbers").ontoggle = () => this.table();
    this.stage.onclick = (event) => this.click(event);
    this.stage.onpointermove = (event) => this.hover(event);
    this.stage.onpointerleave = () => { this.tip.hidden = true; };
    this.resized = () => { this.width = 0; this.layout(); };
  }

  /** Called at mount, and again whenever Python has run or the theme has changed: often with the same data. */
  update({ data: message, key, setStateValue }) {
    this.send = setStateValue;
    if (!this.listening) {
      this.listening = listenKeys(this.stepper, () => this.stepper.pause(), this.root);
      this.observer.observe(this.part("scroller"));
      window.addEventListener("resize", this.resized);
      this.still = onMoved(this.stage, this.resized);
    }
    this.isAlone = key === "alone";
    const theme = themeOf(this.root);
    const isNew = !same(this.message, message);
    if (!isNew && theme === this.theme) return;
    Object.assign(this, { theme, message });
    this.take(unpack(message), isNew);
  }

  take(data, isNew) {
    const { start, answer, model, palette } = data;
    this.data = data;
    const isAnswer = answer.start === start.id;
    if (this.start !== start.id) this.begin(start, isAnswer ? answer : { text: model.text, count: 0 }, model);
    this.problem = isAnswer && answer.count === this.box.count ? answer.problem : "";
    this.model = { ...model, answers: new Answers(model.answers), count: model.tokens.length, isOfWords: this.told(model.story).words };
    const look = palette[this.theme];
    this.look = {
      ...look,
      gate: colorMap(look.sequential, 0, 1, look.ground.nan),
      states: colorMap(look.diverging, -1, 1, look.ground.nan),
    };
    this.root.style.setProperty("--bad", look.ground.bad);
    this.root.style.setProperty("--letters", `ui-monospace, "Source Code Pro", "Roboto Mono", monospace`);
    if (isNew && isAnswer) this.box.answered(answer.count);
    const atEnd = this.stepper.t >= this.stepper.count - 1;
    this.stepper.setCount(this.model.count);
    if (atEnd && !this.stepper.playing) this.stepper.t = this.model.count - 1;
    this.buttons();
    this.show();
    this.follow();
  }

  /** What stands when the page is opened; what is typed later is never overwritten. */
  begin({ id, t }, { text, count }, { story, cell, lowered, tokens }) {
    this.stepper.pause();
    Object.assign(this, { start: id, story, cell, lowered, changedText: null, texts: { [story]: text } });
    this.box.begin({ text, count });
    this.stepper.count = tokens.length;
    this.stepper.t = Math.min(t, this.stepper.count - 1);
  }

  // --- What is changed ---

  /** Another text, cell or bias: what was computed stays where it holds for the new one too. */
  changed() {
    if (this.changedText && this.changedText.after !== this.field.value) this.changedText = null;
    this.buttons();
    if (this.columns !== this.laidOut) this.width = 0;
    this.layout();
    this.draw();
  }

  ask() {
    this.box.typed();
    this.changed();
  }

  /** Changes one thing in the text, or takes that back. */
  changeText() {
    const text = this.field.value;
    const after = CHANGES[this.story].change(text);
    this.field.value = this.changedText ? this.changedText.before : after;
    this.changedText = this.changedText ? null : { before: text, after };
    this.ask();
  }

  /** What is told of a task. */
  told(story) {
    return this.data.stories.find(({ name }) => name === story);
  }

  /** Another task, with the text that it had last. */
  chooseStory(story) {
    if (story === this.story) return;
    this.stepper.pause();
    this.texts[this.story] = this.field.value;
    this.story = story;
    this.field.value = this.texts[story] ?? this.told(story).opening;
    this.ask();
    this.part("stories").querySelector(`[data-story=${story}]`).focus({ preventScroll: true });
  }

  buttons() {
    const { cells, lower, stories } = this.data;
    this.choices("cells", "cell", cells, this.cell, (cell) => this.choose(cell));
    this.choices("stories", "story", stories.map(({ name, label }) => [name, label]), this.story, (story) => this.chooseStory(story));
    const change = this.part("change");
    const { label, change: changes } = CHANGES[this.story];
    change.textContent = label(this.field.value);
    change.setAttribute("aria-pressed", Boolean(this.changedText) && this.story === "brackets");
    change.disabled = this.isAlone || (!this.changedText && changes(this.field.value) === this.field.value);
    const button = this.part("lower");
    button.textContent = `Forget bias ${lower} lower`;
    button.setAttribute("aria-pressed", this.lowered);
    button.disabled = this.isAlone || this.cell !== "lstm";
    button.title = this.cell === "lstm" ? `Takes ${lower} off the trained bias of every forget gate` : "Only the LSTM has a forget bias";
    this.field.readOnly = this.isAlone;
  }

  /** Buttons of which one is pressed. */
  choices(part, name, among, chosen, choose) {
    this.part(part).replaceChildren(...among.map(([value, label]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: label, disabled: this.isAlone });
      button.setAttribute("aria-pressed", value === chosen);
      button.dataset[name] = value;
      button.onclick = () => choose(value);
      return button;
    }));
  }

  choose(cell) {
    if (cell === this.cell) return;
    this.lowered &&= cell === "lstm";
    this.cell = cell;
    this.ask();
    this.part("cells").querySelector(`[data-cell=${cell}]`).focus({ preventScroll: true });
  }

  // --- What is shown ---

  show() {
    this.svg.setAttribute("aria-label", this.model.alt);
    this.finding();
    this.width = 0;
    this.layout();
    this.table();
  }

  finding() {
    const node = this.part("finding");
    const [said, more] = this.model.finding;
    node.textContent = this.problem || said;
    node.classList.toggle("problem", Boolean(this.problem));
    this.part("more").textContent = this.problem ? `The picture still shows “${this.model.text}”.` : more;
  }

  layout() {
    const narrow = this.root.clientWidth < 640;
    const names = this.part("names");
    names.style.width = `${narrow ? NAMES.narrow : NAMES.wide}px`;
    const width = Math.floor(this.part("scroller").clientWidth);
    if (!this.model || !width || width === this.width) return;
    Object.assign(this, { width, laidOut: this.columns });
    const { gate, units } = this.model;
    this.at = plan({ count: this.columns, gate, units, isOfWords: this.model.isOfWords }, width, this.room());
    for (const [part, signal] of [["gate", gate?.[0]], ["states", "h"]]) this.strip(part, signal);
    this.stage.style.cssText = `width:${this.at.width}px;height:${this.at.height}px`;
    Object.assign(this.svg.style, { width: `${this.at.width}px`, height: `${this.at.height}px` });
    this.svg.setAttribute("viewBox", `0 0 ${this.at.width} ${this.at.height}`);
    this.root.classList.toggle("small", this.at.isSmall);
    this.space();
    this.names(narrow);
    this.draw();
    this.reveal(this.stepper.t);
  }

  /** Tokens that need a column: those that were computed, and those that were typed since then. */
  get columns() {
    return Math.max(this.model.count, Math.min(80, countOf(this.field.value, this.model.isOfWords)));
  }

  /** Pixels from the top of the picture to the end of a window that shows the page from its beginning. */
  room() {
    const onSlide = roomOnSlide(this.root, this.stage);
    if (onSlide) return onSlide - BELOW;
    return (window.innerHeight - topOnPage(this.stage)) / zoomOf(this.root) - BELOW;
  }

  strip(part, signal) {
    const canvas = this.part(part);
    canvas.hidden = !signal;
    if (!signal) return;
    const { units, count, name } = this.model;
    heatmap({ values: this.model.signals[signal].values, time: count, units }, this.look[part], canvas);
    Object.assign(canvas.style, { top: `${this.at.first[part]}px`, width: `${count * this.at.step}px`, height: `${this.at.high}px` });
    canvas.setAttribute("aria-label", `${signal} of the ${name}: ${units} units by ${count} steps`);
  }

  /** Puts each letter of the field into the middle of its column, if each has one. */
  space() {
    const { field, at } = this;
    this.root.classList.toggle("words", this.model.isOfWords);
    if (this.model.isOfWords) {
      Object.assign(field.style, { letterSpacing: "", paddingLeft: "" });
      return;
    }
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = getComputedStyle(field).font;
    const wide = pen.measureText("m".repeat(40)).width / 40;
    field.style.letterSpacing = `${at.step - wide}px`;
    field.style.paddingLeft = `${(at.step - wide) / 2 - 1}px`;
  }

  names(narrow) {
    const { gate, units, links, name, rows } = this.model;
    const at = places(this.at);
    const parts = [
      ["text", this.isAlone ? "input" : narrow ? "your text" : "type here"],
      ["network", name, "", ["network", "step through"]],
      ...(gate ? [["gate", `${gate[1]} ${gate[0]}`, scale("0", this.look.sequential, "1"), ["gate", "all gates"]]] : [["gate", "no gate"]]),
      ["states", "hidden state h", scale("−1", this.look.diverging, "1"), ["states", `all ${units} units`]],
      ["output", rows.output],
      ["target", rows.target],
    ];
    this.part("names").replaceChildren(...parts.map(([key, label, sub, link]) => {
      const node = piece("div", label);
      node.style.top = `${at[key]}px`;
      if (key === "text") node.dataset.live = "";
      if (sub) node.append(sub);
      if (link && links[link[0]] && !this.isAlone) node.append(this.link(...link));
      return node;
    }));
  }

  /** A link to the page of a part; Streamlit follows the one that it has in the page, which keeps the session. */
  link(name, label) {
    const node = Object.assign(piece("a", `${label} →`), { href: this.model.links[name] });
    node.dataset.live = "";
    node.onclick = (event) => {
      const its = document.querySelector(`.st-key-home_to_${name} a`);
      if (!its || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      its.click();
    };
    return node;
  }

  /** How many tokens from the left the text has in common with the one that was computed: all that is shown of them holds. */
  get valid() {
    return this.story === this.model.story ? validOf(this.field.value, this.model) : 0;
  }

  draw() {
    if (!this.at) return;
    const { t } = this.stepper;
    const { valid, model } = this;
    this.root.classList.toggle("waiting", this.cell !== model.cell || this.lowered !== model.lowered || this.story !== model.story);
    this.svg.innerHTML = drawing(model, this.at, this.look, { t, valid });
    this.transport.update(t);
    this.part("step").textContent = valid > t ? `t = ${t} of ${model.count - 1}, ${this.spoken(t)}: ${model.answers.words(t)}` : "";
    this.root.dataset.t = t;
  }

  /** The token of a step, in words. */
  spoken(t) {
    const token = this.model.tokens[t];
    const unknown = this.model.unknown.includes(t) ? ", read as [UNK]" : "";
    return token === " " ? "a space" : `“${token}”${unknown}`;
  }

  /** Scrolls a narrow window to the step. */
  reveal(t) {
    const scroller = this.part("scroller");
    const x = t * this.at.step;
    if (x < scroller.scrollLeft || x + this.at.step > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = x - scroller.clientWidth / 2;
  }

  /** While somebody types, the step is the token before the cursor. */
  follow() {
    if (this.root.getRootNode().activeElement !== this.field || this.stepper.playing) return;
    this.stepper.go(stepAt(this.field.selectionStart, this.model));
  }

  click(event) {
    if (event.composedPath()[0] === this.field) return;
    const found = this.under(event);
    if (found) this.stepper.go(found.t);
  }

  under(event) {
    return this.at ? under(this.at, Math.min(this.valid, this.model.count), this.model.units, this.model.gate, ...placeOf(event, this.stage)) : null;
  }

  hover(event) {
    const found = this.under(event);
    this.tip.hidden = !found?.part;
    if (this.tip.hidden) return;
    this.tipAt = found.t;
    const signal = found.part === "gate" ? this.model.gate[0] : "h";
    const value = this.model.signals[signal].values[found.t * this.model.units + found.unit];
    this.tip.textContent = `${signal}[${found.unit}] at t = ${found.t}, ${this.spoken(found.t)}: ${value.toFixed(3).replace("-", "−")}`;
    const [x, y] = placeOf(event, this.stage);
    const scroller = this.part("scroller");
    this.tip.style.left = `${Math.max(scroller.scrollLeft, Math.min(x + 14, scroller.scrollLeft + scroller.clientWidth - this.tip.offsetWidth - 4))}px`;
    this.tip.style.top = `${y - 36}px`;
  }

  table() {
    if (!this.part("numbers").open || !this.model) return;
    const heads = ["t", "input", this.model.rows.output, "probability", this.model.rows.target, "correct"];
    const rows = this.model.tokens.map((letter, t) => {
      const one = this.model.answers.at(t);
      return [t, letter === " " ? "space" : letter, one.output, probability(one.p), one.target ?? "–", one.correct === null ? "–" : one.correct ? "yes" : "no"];
    });
    this.part("table").replaceChildren(...[heads, ...rows].map((cells, k) => {
      const line = document.createElement("tr");
      line.append(...cells.map((text) => piece(k ? "td" : "th", String(text))));
      return line;
    }));
  }

  unmount() {
    this.stepper.stop();
    this.observer.disconnect();
    window.removeEventListener("resize", this.resized);
    this.still?.();
    this.listening?.();
    this.listening = null;
    this.message = null;
  }
}

/** What the colours of a strip mean. */
function scale(low, stops, high) {
  const node = document.createElement("small");
  const bar = document.createElement("i");
  bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
  node.append(low, bar, high);
  return node;
}

function piece(kind, text) {
  return Object.assign(document.createElement(kind), { textContent: text });
}
