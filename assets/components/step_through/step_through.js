// "Step through": one network on one input. Holds the selected step; Python hears of it once it has settled.

import { raised } from "../shared/arrays.js";
import { themeOf } from "../shared/colors.js";
import { same, unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { Question } from "../shared/question.js";
import { Scrub } from "../shared/scrub.js";
import { Stepper, listenKeys, settle, transport } from "../shared/stepper.js";
import { tokenSaid } from "../shared/unknown.js";
import { CellPicture } from "./cell.js";
import { explain, marksFor, matrixOf, named, valueAt } from "./detail.js";
import { Editor } from "./editor.js";
import { editTarget, isEdited } from "./edits.js";
import { effectOf } from "./effects.js";
import { ENDS, showBadge, showLegends, whereOf } from "./facts.js";
import { showJacobians } from "./jacobians.js";
import { Inside } from "./inside.js";
import { addWindow, decodeModel, drawStates, mapFor, missingGate } from "./model.js";
import { Picture } from "./picture.js";
import { Ahead } from "./steps.js";

const MOST_COLUMNS = 2000;

export default function stepThrough(component) {
  return show(component, component.parentElement.querySelector(".step-through"), StepThrough);
}

class StepThrough {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.stepper = new Stepper({
      onStep: (t) => this.draw(t),
      onSettle: (t) => settle(this.send, t, this.root),
      onPlay: (on) => this.transport.playing(on),
    });
    this.transport = transport(this.stepper, this.part("transport"));
    this.ahead = new Ahead({ onAsk: (wanted) => this.askFor({ token: this.token, ...wanted }) });
    this.next = null; // the number that is tried
    this.trying = new Question({ onLost: () => this.tryNext() });
    this.network = new Picture(this.part("stage"), {
      onStep: (t) => this.stepper.go(t),
      onSelect: (layer, direction) => this.select(layer, direction),
    });
    this.cell = new CellPicture(this.part("stage"), {
      onPoint: (place) => this.point(place),
      onPick: (place) => this.pick(place),
      onUnit: (unit) => this.setUnit(unit),
    });
    this.part("stage").onclick = (event) => this.picture.click(event);
    this.part("stage").onmousemove = (event) => this.picture.hover(event);
    this.part("stage").onmouseleave = () => this.picture.leave();
    this.inside = new Inside(this.part("inside"), {
      onPoint: (place) => this.point(place),
      onPick: (place) => this.pick(place),
      onOpen: (line) => { this.opened = line; this.rebuildInside(); },
    });
    this.scrub = new Scrub(this.part("scrub"), { onStep: (t) => this.stepper.go(t) });
    this.part("pictures").onchange = (event) => this.setDrawn(event.target.value);
    this.part("unit").onchange = (event) => this.setUnit(event.target.value === "" ? null : Number(event.target.value));
    // After a click the arrow keys step through time again; reached by keyboard, they still move between the pictures.
    this.part("pictures").onpointerup = () => requestAnimationFrame(() => root.getRootNode().activeElement?.blur());
    this.part("reset").onclick = () => this.change({ kind: "reset" });
    this.observer = new ResizeObserver(() => this.layout());
    root.addEventListener("pointerdown", (event) => {
      if (!event.composedPath().includes(this.part("badge"))) this.part("badge").open = false;
    });
  }

  get picture() {
    return this.drawn === "cell" ? this.cell : this.network;
  }

  /** Called at mount, and again whenever Python has run or the theme has changed: often with the same data. */
  update({ data: message, setStateValue, setTriggerValue, answered = true }) {
    this.send = { setStateValue, setTriggerValue };
    this.answered = answered; // else nobody computes with what is edited
    if (!this.listening) {
      this.listening = listenKeys(this.stepper, () => this.escape(), this.root);
      this.observer.observe(this.root);
    }
    this.root.classList.remove("waiting");
    const theme = themeOf(this.root);
    const repaint = this.theme !== theme;
    this.theme = theme;
    if (!same(this.message, message)) this.take(message);
    else if (repaint) this.show();
  }

  /** What Python sends: something else to show, or more steps of what is shown. */
  take(message) {
    const { token, start, still, window, matrices = {} } = unpack(message);
    this.message = message;
    const before = still && this.model;
    if (still) this.open(token, start, still);
    // A widget that has lost what it was opened with asks for it again.
    else if (this.token !== token) return this.askFor({ token: null, first: null, gate: null });
    if (window) addWindow(this.model, window);
    Object.assign(this.model.matrices, matrices);
    this.ahead.came(Object.keys(matrices).map((key) => key.split(".")[1]));
    if (still || !this.width) {
      this.show();
      if (this.editing) this.editOn();
      else if (this.drawn === "cell" && isOtherEdit(before, this.model)) this.cell.flow(before);
      return undefined;
    }
    this.draw(this.stepper.t);
    return this.showDetail(this.place);
  }

  open(token, start, still) {
    if (this.start !== start.id) {
      this.start = start.id;
      this.stepper.t = start.t;
      this.drawn = start.picture;
      this.pictures = start.pictures;
      this.cell.unit = start.unit;
    }
    this.token = token;
    this.model = decodeModel(still);
    this.stepper.setCount(this.model.sizes.time);
    this.ahead.begin(this.model.steps, still.size);
    if (!this.model.gates.includes(this.opened) && this.opened !== "") this.opened = this.model.gates[0];
  }

  /** Builds all anew: for another model or theme. */
  show() {
    if (!this.model) return;
    this.model.theme = this.theme;
    this.model.fold = this.drawn === "rolled";
    this.look = lookOf(this.model, this.root);
    for (const [name, color] of [...Object.entries(this.look.signal), ["good", this.look.ground.good], ["bad", this.look.ground.bad]]) {
      this.root.style.setProperty(`--${name}`, color);
    }
    this.showFacts();
    this.width = 0;
    this.layout();
    this.rebuildInside();
  }

  /** Tells Python what is wanted beyond what is here, and with which number that is only tried. */
  askFor(look) {
    this.send.setStateValue("look", this.next ? { ...look, tried: this.next } : look);
  }

  unmount() {
    this.message = null;
    this.ahead.question.close();
    this.trying.close();
    this.stepper.stop();
    this.observer.disconnect();
    this.listening?.();
    this.listening = null;
  }

  layout() {
    const width = Math.floor(this.part("stage").clientWidth);
    if (!this.model || !width || width === this.width) return;
    this.width = width;
    this.picture.build(this.model, this.look, width);
    drawStates(this.model, this.scrub.canvas, MOST_COLUMNS);
    this.draw(this.stepper.t);
    this.inside.fit();
  }

  rebuildInside() {
    this.pinned = null;
    this.inside.build(this.model, this.look, this.opened);
    this.inside.draw(this.stepper.t);
    this.inside.fit();
    this.showDetail(null);
    if (this.opened) this.askForMatrix(`hh.${this.opened}`);
  }

  /** Whether a matrix is here; it is asked for if not. */
  askForMatrix(key) {
    const gate = missingGate(this.model, key);
    if (gate !== null) this.ahead.want(gate);
    return gate === null;
  }

  draw(t) {
    this.picture.draw(t);
    this.inside.draw(t);
    this.transport.update(t);
    const token = tokenSaid(this.model.tokens[t], this.model.isUnknown(t));
    this.scrub.move(t, this.stepper.count, `t = ${t}, ${token}`);
    this.part("step").textContent = `t = ${t} of ${this.stepper.count - 1}`;
    this.part("token").textContent = token;
    showJacobians(this.part("jacobians"), this.model, this.look, t);
    this.showWaiting(!this.model.steps.has(t));
    if (this.place) this.showDetail(this.place);
    this.ahead.follow(t, this.picture.shown(t));
  }

  showWaiting(waiting) {
    this.part("loading").hidden = !waiting;
    this.part("inside").setAttribute("aria-busy", String(waiting));
  }

  // ---- pointing, pinning, typing over ----

  point(place) {
    if (this.pinned) return;
    this.showDetail(place);
  }

  pick(place) {
    if (!place || !this.isHere(place)) return;
    const target = this.answered && editTarget(this.model, place, this.stepper.t);
    this.pinned = samePlace(place, this.pinned) && !target ? null : place;
    this.showDetail(place);
    if (target) this.edit(place, target);
  }

  edit(place, target) {
    this.stepper.pause();
    const box = this.inside.below(place);
    if (!box) return;
    const value = place.matrix
      ? this.model.matrices[place.key].values[place.unit * this.model.matrices[place.key].shape[1] + place.column]
      : valueAt(this.model, place.key, place.unit, this.stepper.t);
    const { name, index } = target;
    const editor = new Editor(this.root, box, { ...target, value, isEdited: isEdited(this.model, target) }, {
      onTry: (number) => this.try(number === null ? null : { name, index, value: number }),
      onApply: (number) => {
        this.try(null);
        this.change({ kind: "edit", name, index, value: number });
        this.showEdits();
      },
      onUndo: () => { this.try(null); this.change({ kind: "undo", name, index }); },
      onClose: () => {
        this.editing = null;
        this.pinned = null;
        this.showDetail(null);
        this.inside.focus(place);
      },
    });
    this.editing = { editor, place, before: this.model, t: this.stepper.t };
    this.showEffect();
  }

  /** Has Python compute with a number before it is applied, the last one that was tried, one at a time; with null no longer. */
  try(edit) {
    this.next = edit;
    this.isTried = false;
    if (edit === null || !this.trying.open) this.tryNext();
  }

  tryNext() {
    if (this.isTried) return;
    this.isTried = true;
    if (this.next === null) {
      this.trying.close();
      if (this.asked) this.askFor({ token: this.token, first: null, gate: null });
    } else this.trying.ask(() => this.askFor({ token: this.token, first: null, gate: null }));
    this.asked = this.next !== null;
  }

  /** Goes on with an edit after Python has computed with it. */
  editOn() {
    this.trying.close();
    this.pinned = this.editing.place;
    this.showDetail(this.pinned);
    this.showEffect();
    this.tryNext();
  }

  showEffect() {
    const { editor, place, before, t } = this.editing;
    const { rows, note } = effectOf(before, this.model, place, t);
    editor.show({ note, rows: rows.map(({ key, unit, ...numbers }) => ({ symbol: named(this.model, key, unit), ...numbers })) });
  }

  escape() {
    this.stepper.pause();
    this.part("badge").open = false;
    this.pinned = null;
    this.showDetail(null);
    if (this.drawn === "cell" && this.cell.unit !== null) this.setUnit(null);
  }

  showDetail(place) {
    const detail = this.part("detail");
    this.place = place;
    const marks = marksFor(this.model, place);
    this.inside.light(marks, place);
    this.cell.light(this.drawn === "cell" ? marks : []);
    if (place && !this.isHere(place)) detail.textContent = "loading …";
    else if (place) detail.replaceChildren(...explain(this.model, place, this.stepper.t));
    else detail.textContent = `Point at a number to see how it is computed. Click it to keep this on screen, press Esc to release it.${this.model.back || !this.answered ? "" : " You can edit a weight, a bias or an input by clicking it."}`;
    detail.classList.toggle("idle", !place);
    detail.classList.toggle("kept", this.pinned !== null);
  }

  /** Whether all is here that explains the number at `place`. */
  isHere(place) {
    const matrix = matrixOf(this.model, place);
    const known = matrix === null || this.askForMatrix(matrix);
    return known && this.model.steps.has(this.stepper.t);
  }

  select(layer, direction) {
    const { view } = this.model;
    if (view.layer !== layer || view.direction !== direction) this.change({ kind: "select", layer, direction });
  }

  /** Asks Python for a change that needs the network to run again. */
  change(change) {
    this.root.classList.add("waiting");
    // A change that Python refuses brings no new data.
    setTimeout(() => this.root.classList.remove("waiting"), 3000);
    this.stepper.told();
    this.send.setTriggerValue("change", { ...change, t: this.stepper.t });
  }

  /** Shows another picture: the network "unrolled" or "rolled", or its "cell". */
  setDrawn(drawn) {
    this.drawn = drawn;
    this.model.fold = drawn === "rolled";
    if (drawn === "backward" && this.stepper.t === 0) this.stepper.go(this.stepper.count - 1); // where the loss is
    this.drawAnew();
    this.send.setStateValue("picture", drawn);
  }

  /** Shows one unit alone in the cell, or all of them. */
  setUnit(unit) {
    this.cell.unit = unit;
    this.drawAnew();
    this.send.setStateValue("unit", unit);
  }

  drawAnew() {
    this.width = 0;
    this.layout();
    this.showChoices();
    this.showDetail(this.place);
  }

  // ---- what stands still ----

  showFacts() {
    const { model } = this;
    this.part("caption").textContent = model.caption;
    this.showChoices();
    showLegends(this.part("legend"), this.part("gates"), model);
    Object.assign(this.part("where"), { textContent: whereOf(model), title: ENDS });
    showBadge(this.part("badge"), model);
    this.part("inside-title").textContent = model.back ? "Back through this step" : "Inside the cell at this step";
    this.part("back-note").hidden = !model.back;
    if (model.back) this.part("back-note").textContent = noteOf(model.back, model.written);
    if (!this.editing) this.showEdits(); // what is only tried is none yet, and nothing moves under the slider
  }

  showEdits() {
    const { edits } = this.model;
    this.part("edits").hidden = edits.length === 0;
    this.part("chips").replaceChildren(...edits.map((edit) => this.chip(edit)));
  }

  /** Which picture is on show, what it says to those who do not see it, and in the cell which unit. */
  showChoices() {
    const { model, cell, drawn } = this;
    for (const input of this.part("pictures").querySelectorAll("input")) {
      input.checked = input.value === drawn;
      input.parentElement.hidden = this.pictures !== undefined && !this.pictures.includes(input.value);
    }
    this.part("stage").querySelector("svg").setAttribute("aria-label", drawn === "cell" ? model.cellAlt : model.alt);
    this.part("units").hidden = drawn !== "cell";
    const { unit } = cell;
    const list = this.part("unit");
    if (list.options.length !== model.sizes.hidden + 1) {
      list.replaceChildren(new Option("all units", ""), ...Array.from({ length: model.sizes.hidden }, (_, k) => new Option(`unit ${k}`, k)));
    }
    list.value = unit ?? "";
  }

  chip(edit) {
    const chip = document.createElement("span");
    chip.className = "chip";
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Undo ${edit.label}`);
    remove.onclick = () => this.change({ kind: "undo", name: edit.name, index: edit.index });
    chip.append(edit.label, remove);
    return chip;
  }
}

function lookOf(model, root) {
  const { ground, signal } = model.palette[model.theme];
  const family = getComputedStyle(root).fontFamily;
  return { ground, signal, digitFont: `600 12.5px ${family}`, map: (key) => mapFor(model, key) };
}

/** Whether `model` is `before` with other edits. */
function isOtherEdit(before, model) {
  const same = (name) => JSON.stringify(before[name]) === JSON.stringify(model[name]);
  return Boolean(before) && ["cell", "sizes", "view", "tokens"].every(same) && !same("edits");
}

/** The loss, the sums over all steps, and what clipping does. */
function noteOf({ loss, sums, clipping, windows }, written) {
  const size = (value) => (value === null ? "not finite" : raised(String(Number(value.toPrecision(3)))));
  const both = written(`∂L/∂W_hh has the norm ${size(sums.hh)} and ∂L/∂W_ih ${size(sums.ih)}`);
  return `${loss}. Summed over all steps, ${both}. ${clipping} ${windows}`;
}

function samePlace(a, b) {
  return Boolean(b) && a.key === b.key && a.matrix === b.matrix && a.unit === b.unit && a.column === b.column;
}
