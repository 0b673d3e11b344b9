// "Translate": a sequence is read and another one said, step by step. Holds step and place; Python hears of them once settled.

import { Stepper, listenKeys, transport } from "../shared/stepper.js";
import { digits } from "../shared/arrays.js";
import { themeOf } from "../shared/colors.js";
import { same, unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { zoomOf } from "../shared/pointer.js";
import { onMoved, pageScale, topOnPage, windowHeight } from "../shared/room.js";
import { roomOnSlide } from "../shared/slide.js";
import { Arithmetic } from "./arithmetic.js";
import { Box } from "../shared/box.js";
import { modelOf, named } from "./model.js";
import { Stage, two } from "./stage.js";
import { fillTable, showEdits, showSaid } from "./told.js";

const SPEEDS = [0.5, 1, 2, 4, 8, 30];
const SETTLE_MS = 300;
/** Pixels left free at the foot of the window: the words of a stop may become a fraction of a line taller than they were. */
const EDGE = 6;
/** Pixels of the line under the picture. */
const FOOT = 48;

export default function decoding(component) {
  return show(component, component.parentElement.querySelector(".decoding"), DecodingView);
}

class DecodingView {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.stepper = new Stepper({
      onStep: (t) => this.draw(t),
      onSettle: (t) => this.send.setStateValue("t", t),
      onPlay: (on) => this.transport.playing(on),
      speeds: SPEEDS,
    });
    this.transport = transport(this.stepper, this.part("transport"));
    this.box = new Box(this.part, { onTyped: (typed) => this.send.setStateValue("typed", { start: this.start, ...typed }) });
    this.stage = new Stage(this.part("stage"), {
      onStep: (t) => this.stepper.go(t),
      onPlace: (place) => this.choose(place),
      onHover: (hover) => this.tell(hover),
    });
    this.arithmetic = new Arithmetic(this.part("arithmetic"), {
      onWeight: (value) => this.weigh(value),
      onForce: (token) => this.change({ kind: "force", token }),
    });
    this.part("reset").onclick = () => {
      this.held = null;
      this.change({ kind: "reset" });
    };
    this.part("numbers").ontoggle = () => this.table();
    this.observer = new ResizeObserver(() => this.layout());
    this.refit = () => {
      this.width = null;
      this.layout();
    };
  }

  /** Called at mount, and again whenever Python has run or the theme has changed: often with the same data. */
  update({ data: message, setStateValue, setTriggerValue, answered = true }) {
    this.send = { setStateValue, setTriggerValue };
    this.root.classList.toggle("unanswered", !answered);
    if (!this.listening) {
      this.listening = this.listen();
      this.observer.observe(this.part("stage"));
      window.addEventListener("strip", this.refit); // the words of a tour, above it, take more room or less
      this.still = onMoved(this.part("stage"), this.refit);
    }
    this.root.classList.remove("waiting");
    const theme = themeOf(this.root);
    const isNew = !same(this.message, message);
    if (!isNew && this.theme === theme) return;
    Object.assign(this, { message, theme });
    this.take(unpack(message), isNew);
  }

  take(data, isNew) {
    this.data = data;
    const { start, answer, model, samples, asked, palette, letters } = data;
    if (this.start !== start.id) this.begin(start, answer);
    this.model = modelOf(model, letters);
    this.look = palette[this.theme];
    this.root.style.setProperty("--alpha", this.look.sequential.at(-1));
    this.root.style.setProperty("--bad", this.look.ground.bad);
    this.root.style.setProperty("--good", this.look.ground.good);
    this.root.style.setProperty("--marked", this.look.ground.mark);
    this.stepper.setCount(this.model.steps);
    this.place = this.place === null || this.place < this.model.places ? this.place : null;
    this.part("asked").textContent = asked;
    const problem = answer.start === start.id ? answer.problem : "";
    this.part("notice").textContent = problem;
    this.part("before").textContent = problem && "The picture below is of the previous input.";
    this.root.classList.toggle("stale", Boolean(problem));
    this.box.samples(samples);
    this.box.press();
    this.show();
    if (isNew && answer.start === start.id) this.measure(this.box.answered(answer.count), answer.count);
  }

  /** What stands when the page is opened or drawn anew; what is typed later is never overwritten. */
  begin({ id, t, place, text }, answer) {
    this.stepper.pause();
    this.start = id;
    this.stepper.t = t;
    Object.assign(this, { place, held: null });
    const is = answer.start === id;
    this.box.begin({ text: is ? answer.text : text, count: is ? answer.count : 0 });
  }

  /** Builds all anew: for another decoding or theme. */
  show() {
    const { model } = this;
    this.part("title").textContent = model.title;
    this.part("caption").textContent = model.caption;
    this.part("keys").textContent = model.has
      ? "Click a cell, a source or an output token. Keys: ← → step, Shift with ← → position, Space plays."
      : "Click an output token or a row. Keys: ← → step, Space plays.";
    this.legend();
    showSaid(this.part("said"), model);
    showEdits(this.part, model, (edit) => this.change({ ...edit, kind: "undo", of: edit.kind }));
    this.arithmetic.build(model, this.look);
    this.width = 0;
    this.layout();
    this.table();
  }

  legend() {
    const { has } = this.model;
    const stops = has ? this.look.sequential : this.look.diverging;
    this.part("legend").innerHTML = `${has ? "0" : "−1"} <i style="background:linear-gradient(90deg, ${stops.join(", ")})"></i> 1 ${has ? "weight α" : "state s"}`;
  }

  layout() {
    const width = Math.floor(this.part("stage").clientWidth);
    if (!this.model || !width || width === this.width) return;
    this.width = width;
    this.stage.build(this.model, this.look, width, this.room(), "slide" in this.root.dataset);
    this.draw(this.stepper.t);
  }

  /** While presenting, the pixels from the picture's upper edge to the foot of the window; or those on a slide. */
  room() {
    const onSlide = roomOnSlide(this.root, this.part("stage"));
    if (onSlide) return onSlide - FOOT;
    if (!getComputedStyle(this.root).getPropertyValue("--present-scale")) return undefined;
    const stage = this.part("stage");
    const strip = parseFloat(getComputedStyle(this.root).getPropertyValue("--strip"));
    if (!strip) return windowHeight() - topOnPage(stage) / pageScale() - EDGE;
    // On a tour the title stands right under the words.
    const above = stage.getBoundingClientRect().top - this.root.querySelector("[data-begin]").getBoundingClientRect().top;
    return windowHeight() - strip / pageScale() - above / zoomOf(this.root) - EDGE;
  }

  /** The chosen place; where none was chosen, that whose weight was just typed over, or that of the largest weight. */
  get placeNow() {
    if (!this.model.has) return null;
    const held = this.held?.t === this.stepper.t && this.held.place < this.model.places ? this.held.place : null;
    return this.place ?? held ?? this.model.heaviest(this.stepper.t);
  }

  draw(t) {
    const { model } = this;
    if (!this.width) return;
    this.stage.draw(t, this.placeNow);
    this.arithmetic.draw(t, this.placeNow);
    this.transport.update(t);
    this.part("step").textContent = `step ${t} of ${model.steps - 1}`;
    const most = model.has ? model.heaviest(t) : null;
    const looks = model.has ? `, largest weight on ${named(model.source[most])} (${two(model.at("weights", t)[most])})` : "";
    this.part("token").textContent = `output ${named(model.output[t])}${looks}`;
  }

  tell(hover) {
    const tip = this.part("tip");
    const text = this.stage.told(hover, digits);
    tip.hidden = !text;
    tip.textContent = text;
    const y = hover.step === undefined ? this.stage.source - 34 : this.stage.rowY(hover.step + 1) + 8;
    const x = hover.place === undefined ? this.stage.edge : this.stage.inX(hover.place);
    tip.style.top = `${y}px`;
    tip.style.left = `${Math.max(0, Math.min(x - 100, this.width - 330))}px`;
  }

  choose(place) {
    Object.assign(this, { place: this.place === place ? null : place, held: null });
    this.draw(this.stepper.t);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.send.setStateValue("place", this.place ?? -1), SETTLE_MS);
  }

  /** Keys of the whole page; returns the undo. */
  listen() {
    const along = (event) => this.along(event);
    const quiet = listenKeys(this.stepper, () => this.escape(), this.root);
    document.addEventListener("keydown", along);
    return () => {
      quiet();
      document.removeEventListener("keydown", along);
    };
  }

  /** With Shift the arrow keys move along the source, where no text is written. */
  along(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || !this.model.has) return;
    if (event.composedPath()[0].closest?.("input, textarea, select, [contenteditable=true], [role=radio]")) return;
    event.preventDefault();
    const place = Math.max(0, Math.min(this.model.places - 1, this.placeNow + by));
    if (place !== this.place) this.choose(place);
  }

  escape() {
    this.stepper.pause();
    this.held = null;
    if (this.place !== null) this.choose(this.place);
    else this.draw(this.stepper.t);
  }

  /** Types over the weight of the place in sight, which stays in sight also where another is then the largest. */
  weigh(value) {
    const place = this.placeNow;
    this.held = { t: this.stepper.t, place };
    this.change({ kind: "weight", place, value });
  }

  /** Asks Python for a change: the network has to say anew what follows. */
  change(change) {
    this.stepper.pause();
    this.root.classList.add("waiting");
    // A change that Python refuses brings no new data.
    setTimeout(() => this.root.classList.remove("waiting"), 3000);
    this.send.setTriggerValue("change", { step: this.stepper.t, ...change });
  }

  table() {
    if (this.part("numbers").open && this.model) fillTable(this.part("table"), this.model);
  }

  /** From the key to the painted answer, for those who ask. */
  measure(since, count) {
    this.root.dataset.answered = count;
    if (since === undefined) return;
    requestAnimationFrame(() => { this.root.dataset.took = (performance.now() - since).toFixed(1); });
  }

  unmount() {
    this.stepper.stop();
    clearTimeout(this.settling);
    this.box.question.close();
    this.observer.disconnect();
    window.removeEventListener("strip", this.refit);
    this.still?.();
    this.listening?.();
    this.listening = null;
  }
}
