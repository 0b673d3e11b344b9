// "Step through": one network on one input. Holds the selected step; Python hears of it once it has settled.

import { Stepper, listenKeys, settle, transport } from "../shared/stepper.js";
import { short } from "../shared/arrays.js";
import { math } from "../shared/mathml.js";
import { themeOf } from "../shared/colors.js";
import { decodeModel, mapFor } from "./model.js";
import { Picture } from "./picture.js";
import { Inside } from "./inside.js";
import { explain, marksFor, valueAt } from "./detail.js";
import { editTarget } from "./edits.js";
import { openEditor } from "./editor.js";

const mounted = new WeakMap();

export default function stepThrough(component) {
  const root = component.parentElement.querySelector(".step-through");
  let view = mounted.get(root);
  if (!view) {
    view = new StepThrough(root);
    mounted.set(root, view);
  }
  view.update(component);
  return () => view.unmount();
}

class StepThrough {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.stepper = new Stepper({
      onStep: (t) => this.draw(t),
      onSettle: (t) => settle(this.send, t),
      onPlay: (on) => this.transport.playing(on),
    });
    this.transport = transport(this.stepper, this.part("transport"));
    this.picture = new Picture(this.part("stage"), {
      onStep: (t) => this.stepper.go(t),
      onSelect: (layer, direction) => this.select(layer, direction),
    });
    this.inside = new Inside(this.part("inside"), {
      onPoint: (place) => this.point(place),
      onPick: (place) => this.pick(place),
      onOpen: (line) => { this.open = line; this.rebuildInside(); },
    });
    this.wireScrub();
    this.part("fold").onchange = (event) => this.setFold(event.target.value === "rolled");
    // After a click the arrow keys step through time again; reached by keyboard, they still move between the two.
    this.part("fold").onpointerup = () => requestAnimationFrame(() => root.getRootNode().activeElement?.blur());
    this.part("reset").onclick = () => this.change({ kind: "reset" });
    this.observer = new ResizeObserver(() => this.layout());
    root.addEventListener("pointerdown", (event) => {
      if (!event.composedPath().includes(this.part("badge"))) this.part("badge").open = false;
    });
  }

  /** Called at mount, and again whenever Python's data or the theme changes. */
  update({ data, setStateValue, setTriggerValue }) {
    this.send = { setStateValue, setTriggerValue };
    if (!this.listening) {
      this.listening = listenKeys(this.stepper, () => this.escape());
      this.observer.observe(this.root);
    }
    if (this.start !== data.start.id) {
      this.start = data.start.id;
      this.stepper.t = data.start.t;
      this.fold = data.start.fold;
    }
    this.root.classList.remove("waiting");
    this.model = decodeModel(data);
    this.model.theme = themeOf(this.root);
    this.model.fold = this.fold;
    this.look = lookOf(this.model, this.root);
    for (const [name, color] of [...Object.entries(this.look.signal), ["good", this.look.ground.good], ["bad", this.look.ground.bad]]) {
      this.root.style.setProperty(`--${name}`, color);
    }
    this.stepper.setCount(this.model.sizes.time);
    if (!this.model.gates.includes(this.open) && this.open !== "") this.open = this.model.gates[0];
    this.showFacts();
    this.width = 0;
    this.layout();
    this.rebuildInside();
  }

  unmount() {
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
    this.drawScrub();
    this.draw(this.stepper.t);
    this.inside.fit();
  }

  rebuildInside() {
    this.pinned = null;
    this.inside.build(this.model, this.look, this.open);
    this.inside.draw(this.stepper.t);
    this.inside.fit();
    this.showDetail(null);
  }

  draw(t) {
    this.picture.draw(t);
    this.inside.draw(t);
    this.transport.update(t);
    this.moveCursor(t);
    if (this.pinned) this.showDetail(this.pinned);
  }

  // ---- the scrub bar ----

  wireScrub() {
    const bar = this.part("scrub");
    const to = (event) => {
      const box = bar.getBoundingClientRect();
      this.stepper.go(Math.floor(((event.clientX - box.left) / box.width) * this.stepper.count));
    };
    bar.onpointerdown = (event) => {
      bar.setPointerCapture(event.pointerId);
      bar.focus({ preventScroll: true });
      to(event);
    };
    bar.onpointermove = (event) => { if (bar.hasPointerCapture(event.pointerId)) to(event); };
  }

  drawScrub() {
    const canvas = this.part("scrub").querySelector("canvas");
    const { view, directions, sizes } = this.model;
    const image = this.model.image({ kind: "h", layer: view.layer, directionIndex: directions.indexOf(view.direction) }, this.look);
    Object.assign(canvas, { width: sizes.time, height: sizes.hidden });
    canvas.getContext("2d").drawImage(image, 0, 0);
  }

  moveCursor(t) {
    const { sizes, tokens } = this.model;
    const cursor = this.part("cursor");
    cursor.style.left = `${(t / sizes.time) * 100}%`;
    cursor.style.width = `${100 / sizes.time}%`;
    const bar = this.part("scrub");
    bar.setAttribute("aria-valuemax", sizes.time - 1);
    bar.setAttribute("aria-valuenow", t);
    bar.setAttribute("aria-valuetext", `t = ${t}, ${tokens[t]}`);
    this.part("step").textContent = `t = ${t} of ${sizes.time - 1}`;
    this.part("token").textContent = tokens[t];
  }

  // ---- pointing, pinning, typing over ----

  point(place) {
    if (this.pinned) return;
    this.showDetail(place);
  }

  pick(place) {
    if (!place) return;
    const target = editTarget(this.model, place, this.stepper.t);
    this.pinned = samePlace(place, this.pinned) && !target ? null : place;
    this.showDetail(place);
    if (target) this.edit(place, target);
  }

  edit(place, target) {
    this.stepper.pause();
    const box = this.inside.rectangle(place);
    if (!box) return;
    const value = place.matrix
      ? this.model.matrices[place.key].values[place.unit * this.model.matrices[place.key].shape[1] + place.column]
      : valueAt(this.model, place.key, place.unit, this.stepper.t);
    openEditor(this.root, box, { ...target, value }, {
      onApply: (number) => this.change({ kind: "edit", name: target.name, index: target.index, value: number }),
      onClose: () => {
        this.pinned = null;
        this.showDetail(null);
        this.inside.focus(place);
      },
    });
  }

  escape() {
    this.stepper.pause();
    this.part("badge").open = false;
    this.pinned = null;
    this.showDetail(null);
  }

  showDetail(place) {
    const detail = this.part("detail");
    this.inside.light(marksFor(this.model, place));
    if (place) detail.replaceChildren(...explain(this.model, place, this.stepper.t));
    else detail.textContent = "Point at a number to see where it comes from; click to keep it, Esc to let go. A weight, a bias or an input that is clicked can be typed over.";
    detail.classList.toggle("idle", !place);
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
    this.send.setTriggerValue("change", { ...change, t: this.stepper.t });
  }

  setFold(fold) {
    this.fold = fold;
    this.model.fold = fold;
    this.width = 0;
    this.layout();
    this.showFold();
    this.send.setStateValue("fold", fold);
  }

  // ---- what stands still ----

  showFacts() {
    const { model } = this;
    this.part("caption").textContent = model.caption;
    this.part("stage").querySelector("svg").setAttribute("aria-label", model.alt);
    this.showFold();
    this.showLegend();
    this.showWhere();
    this.showBadge();
    const edits = this.part("edits");
    edits.hidden = model.edits.length === 0;
    this.part("chips").replaceChildren(...model.edits.map((edit) => this.chip(edit)));
  }

  showFold() {
    for (const input of this.part("fold").querySelectorAll("input")) input.checked = (input.value === "rolled") === Boolean(this.fold);
  }

  showWhere() {
    const { sizes, view, directions } = this.model;
    const arrow = view.direction === "forward" ? "→" : "←";
    const notes = [
      sizes.layers * directions.length > 1 ? `layer ${view.layer} ${arrow}` : "",
      view.layer > 0 ? `x is the state of layer ${view.layer - 1}${directions.length > 1 ? ", both directions" : ""}` : "",
      view.direction === "reverse" ? "read from the end: the step before is t + 1" : "",
    ];
    this.part("where").textContent = notes.filter(Boolean).join(" · ");
  }

  showLegend() {
    const { palette, theme, ranges } = this.model;
    const most = short(ranges.range.h, 2).replace(/\.?0+$/, "");
    const bar = document.createElement("i");
    bar.style.background = `linear-gradient(90deg, ${palette[theme].diverging.join(", ")})`;
    const symbol = document.createElement("span");
    symbol.append(math("h_t"));
    this.part("legend").replaceChildren(symbol, ` −${most}`, bar, most);
    this.part("legend").title = "Every row of the picture has its own range, named at its left.";
  }

  showBadge() {
    const { checks, tolerance } = this.model;
    const worst = checks.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
    const good = sizeOf(worst) <= tolerance;
    const badge = this.part("badge");
    badge.className = `badge ${good ? "good" : "bad"}`;
    badge.querySelector("summary").textContent = good
      ? `✓ equals torch to ${exponent(sizeOf(worst))}`
      : `✗ differs from torch by ${exponent(sizeOf(worst))}: ${worst.label}, ${worst.where}`;
    badge.querySelector("tbody").replaceChildren(...checks.map(checkRow));
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

/** Python sends null for an infinite difference, which JSON cannot hold. */
function sizeOf({ difference }) {
  return difference ?? Infinity;
}

function exponent(size) {
  return size === 0 ? "the last bit" : size.toExponential(1).replace("e-", "·10⁻").replace(/⁻(\d+)$/, (_, n) => `⁻${[...n].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join("")}`);
}

function checkRow(check) {
  const { label, where } = check;
  const line = document.createElement("tr");
  for (const content of [label, sizeOf(check) === 0 ? "0" : exponent(sizeOf(check)), where]) line.insertCell().textContent = content;
  return line;
}

function samePlace(a, b) {
  return Boolean(b) && a.key === b.key && a.matrix === b.matrix && a.unit === b.unit && a.column === b.column;
}
