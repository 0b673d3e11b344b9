// The cell at the selected step: every formula with its numbers under its symbols, in digits or as strips.

import { math } from "../shared/mathml.js";
import { css, inkOn } from "../shared/colors.js";
import { short } from "../shared/arrays.js";
import { letGo, zoomOf } from "../shared/pointer.js";
import { editedPlace } from "./edits.js";
import { lineOf, lines } from "./recipe.js";

const DIGIT_ROWS = 4;
const DIGIT_COLUMNS = 6;
const LARGEST = 128;
const WIDEST = 176;
const COMFORTABLE = 0.9;
const SMALLEST = 0.74;
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** Builds the lines into `root`; `onPoint(place)` hears what is hovered, `onPick(place)` what is clicked. */
export class Inside {
  constructor(root, { onPoint, onPick, onOpen }) {
    this.root = root;
    this.onOpen = onOpen;
    this.views = [];
    const heard = (act) => (event) => {
      const place = this.locate(event);
      if (place || act === onPoint) act(place, event);
    };
    root.onmousemove = heard(onPoint);
    root.onmouseleave = () => onPoint(null);
    root.onclick = heard(onPick);
    root.onkeydown = (event) => this.move(event, onPoint, onPick);
    root.addEventListener("focusin", (event) => {
      const view = this.views.find((one) => one.values === event.target);
      if (!view) return;
      if (event.target.matches(":focus-visible")) onPoint(view.place());
      else letGo(event);
    });
  }

  build(model, look, open) {
    this.model = model;
    this.look = look;
    this.views = [];
    this.root.replaceChildren(...lines(model).map((line) => this.line(line, open)));
  }

  /** Gives a line that is too wide a row of its own, sets it a little smaller, or lets it go on in another line. */
  fit() {
    const lines = [...this.root.querySelectorAll(".line")];
    const ratios = () => lines.map(({ lastElementChild: body }) => body.clientWidth / body.scrollWidth);
    for (const line of lines) {
      line.classList.remove("wide", "wrapped");
      line.lastElementChild.style.zoom = 1;
    }
    ratios().forEach((ratio, k) => lines[k].classList.toggle("wide", ratio < COMFORTABLE));
    // Before those who sit at the back, rather two rows than small digits.
    const least = zoomOf(this.root) > 1 ? COMFORTABLE : SMALLEST;
    ratios().forEach((ratio, k) => {
      if (ratio < least) lines[k].classList.add("wrapped");
      else if (ratio < 1) lines[k].lastElementChild.style.zoom = ratio * 0.99;
    });
  }

  line(line, open) {
    const section = document.createElement("section");
    const expanded = !line.gate || this.model.gates.length === 1 || open === line.key;
    section.dataset.line = line.key;
    if (line.whole) section.style.gridColumn = "1 / -1";
    section.className = `line${line.gate && expanded ? " expanded" : ""}`;
    section.style.setProperty("--signal", this.look.signal[line.signal ?? line.key]);
    section.append(this.heading(line, expanded), this.body(line, expanded));
    return section;
  }

  heading(line, expanded) {
    const heading = document.createElement("header");
    const name = document.createElement("span");
    name.className = "line-name";
    name.textContent = line.label ?? this.model.labels[line.key];
    heading.append(name);
    if (line.formula) {
      const formula = document.createElement("span");
      formula.className = "formula";
      formula.append(math(line.formula));
      heading.append(formula);
    }
    if (line.gate && this.model.gates.length > 1) name.append(this.opener(line, expanded));
    return heading;
  }

  opener(line, expanded) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "opener";
    button.dataset.live = "";
    button.textContent = expanded ? "hide matrices" : "show matrices";
    button.setAttribute("aria-expanded", String(expanded));
    button.setAttribute("aria-label", `${button.textContent} of the ${this.model.labels[line.key]}`);
    button.onclick = (event) => {
      event.stopPropagation();
      this.onOpen(expanded ? "" : line.key);
    };
    return button;
  }

  body(line, expanded) {
    const body = document.createElement("div");
    body.className = "operands";
    body.append(...this.items(expanded ? line.items : withoutMatrices(line.items)));
    return body;
  }

  items(items) {
    return items.map((item) => {
      if (typeof item === "string") return sign(item);
      return Array.isArray(item) ? this.group(item) : this.operand(item);
    });
  }

  group(items) {
    const node = document.createElement("div");
    node.className = "group";
    node.append(...this.items(items));
    return node;
  }

  operand(item) {
    const Kind = item.matrix ? MatrixView : VectorView;
    const view = new Kind(this.model, this.look, item.matrix ?? item.vector);
    this.views.push(view);
    return view.node;
  }

  /** The arrow keys move over the numbers of a focused matrix or vector; Enter picks one. */
  move(event, onPoint, onPick) {
    const view = this.views.find((one) => one.values === event.target);
    const step = MOVES[event.key];
    if (!view || (!step && event.key !== "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    if (!step) return onPick(view.place());
    view.step(...step);
    onPoint(view.place());
  }

  focus(place) {
    this.views.find((one) => one.key === place.key && one.isMatrix === place.matrix)?.values.focus();
  }

  draw(t) {
    for (const view of this.views) view.draw(t);
  }

  locate(event) {
    const node = event.composedPath().find((one) => one instanceof Element && one.classList?.contains("values"));
    const view = this.views.find((one) => one.values === node);
    return view ? view.locate(event) : null;
  }

  /** Lights what `marks` names, [{key, matrix, rows, columns}], and the line of `place`; everything else goes dark. */
  light(marks, place) {
    const key = place && lineOf(this.model, place.key);
    for (const section of this.root.children) section.classList.toggle("here", section.dataset.line === key);
    for (const view of this.views) {
      const mine = marks.filter((mark) => mark.key === view.key && Boolean(mark.matrix) === view.isMatrix);
      view.light(mine);
    }
  }

  /** Where on screen the field goes that edits a number: at its left, under its matrix or vector. */
  below(place) {
    const view = this.views.find((one) => one.key === place.key && one.isMatrix === place.matrix);
    return view?.below(place.column ?? 0);
  }
}

function sign(text) {
  const node = document.createElement("span");
  node.className = "sign";
  node.textContent = text;
  return node;
}

/** Leaves only results: each matrix goes with the vector it multiplies and the sign after it; a product in brackets stays. */
function withoutMatrices(items) {
  const kept = [];
  for (let k = 0; k < items.length; k += 1) {
    if (items[k].matrix && Array.isArray(items[k + 2])) {
      kept.push(...items[k + 2], `→ ${items[k].name} →`);
      k += 3;
    } else if (items[k].matrix) k += 2;
    else kept.push(Array.isArray(items[k]) ? withoutMatrices(items[k]) : items[k]);
  }
  return kept.flatMap((item) => (Array.isArray(item) && item.length === 1 ? item : [item]));
}

class View {
  constructor(model, look, key, rows, columns) {
    Object.assign(this, { model, look, key, rows, columns });
    this.inDigits = rows <= (columns > 1 || this.isMatrix ? DIGIT_ROWS : DIGIT_COLUMNS) && columns <= DIGIT_COLUMNS && model.sizes.hidden <= DIGIT_ROWS;
    this.node = document.createElement("figure");
    this.node.className = `operand${this.isMatrix ? " matrix" : ""}${this.inDigits ? " digits" : " strips"}`;
    const title = document.createElement("figcaption");
    title.append(math(model.symbols[this.isMatrix ? `matrix ${key}` : key]));
    this.values = document.createElement("div");
    this.values.className = "values";
    this.values.tabIndex = 0;
    this.values.setAttribute("role", "group");
    this.values.setAttribute("aria-label", `${model.spoken(this.isMatrix ? `matrix ${key}` : key)}, ${this.isMatrix ? `${rows} by ${columns}` : rows}. Arrow keys move, Enter keeps or edits.`);
    this.at = [0, 0];
    this.marks = document.createElement("div");
    this.marks.className = "marks";
    this.edited = document.createElement("div");
    this.edited.className = "edited";
    const size = document.createElement("span");
    size.className = "size";
    size.textContent = this.isMatrix ? `${rows}×${columns}` : `${rows}`;
    this.node.append(title, this.values, size);
    if (this.inDigits) this.buildDigits();
    else this.buildStrip();
    this.values.append(this.edited, this.marks);
  }

  place() {
    return { key: this.key, matrix: this.isMatrix, unit: this.at[0], column: this.at[1] };
  }

  step(down, right) {
    const [unit, column] = this.at;
    this.at = [Math.max(0, Math.min(this.rows - 1, unit + down)), Math.max(0, Math.min(this.columns - 1, column + right))];
  }

  /** Marks the numbers that were edited. */
  showEdited(t) {
    const places = this.model.edits.map((edit) => editedPlace(this.model, edit, t)).filter((place) => place?.key === this.key && Boolean(place.matrix) === this.isMatrix);
    this.edited.replaceChildren(...places.map(({ unit, column = 0 }) => {
      const dot = document.createElement("b");
      dot.style.cssText = `left:${((column + 1) / this.columns) * 100}%;top:${(unit / this.rows) * 100}%`;
      return dot;
    }));
  }

  get isMatrix() { return false; }

  buildDigits() {
    this.values.style.gridTemplateColumns = `repeat(${this.columns}, auto)`;
    this.cells = Array.from({ length: this.rows * this.columns }, () => document.createElement("span"));
    this.values.append(...this.cells);
  }

  buildStrip() {
    // Equal counts of units stand at equal heights, so that a row of a matrix faces the unit that it makes.
    const tall = Math.min(14, LARGEST / this.rows);
    const wide = Math.min(14, WIDEST / this.columns);
    this.canvas = Object.assign(document.createElement("canvas"), { width: this.columns, height: this.rows });
    const width = this.isMatrix ? Math.max(8, this.columns * wide) : 20;
    this.canvas.style.cssText = `width:${width}px;height:${Math.max(10, this.rows * tall)}px`;
    this.values.append(this.canvas);
    this.pen = this.canvas.getContext("2d");
    this.image = this.pen.createImageData(this.columns, this.rows);
    this.image.data.fill(255);
  }

  paint(values) {
    const map = this.look.map(this.isMatrix ? "weight" : this.key);
    if (this.inDigits) return this.paintDigits(values, map);
    const { data } = this.image;
    for (let k = 0; k < values.length; k += 1) {
      const rgb = map(values[k]);
      data[4 * k] = rgb[0];
      data[4 * k + 1] = rgb[1];
      data[4 * k + 2] = rgb[2];
    }
    this.pen.putImageData(this.image, 0, 0);
    return undefined;
  }

  paintDigits(values, map) {
    values.forEach((value, k) => {
      const cell = this.cells[k];
      const rgb = map(value);
      cell.textContent = short(value, 4);
      cell.style.background = css(rgb);
      cell.style.color = inkOn(rgb);
    });
  }

  /** Shows that the numbers are still to come. */
  empty() {
    if (!this.inDigits) return this.pen.clearRect(0, 0, this.columns, this.rows);
    for (const cell of this.cells) {
      cell.textContent = "…";
      cell.style.background = cell.style.color = "";
    }
    return undefined;
  }

  locate(event) {
    const box = this.values.getBoundingClientRect();
    const place = (at, start, size, count) => Math.max(0, Math.min(count - 1, Math.floor(((at - start) / size) * count)));
    return {
      key: this.key,
      matrix: this.isMatrix,
      unit: place(event.clientY, box.top, box.height, this.rows),
      column: place(event.clientX, box.left, box.width, this.columns),
    };
  }

  below(column) {
    const { left, width, bottom } = this.values.getBoundingClientRect();
    return { left: left + (column / this.columns) * width, bottom };
  }

  light(marks) {
    this.marks.replaceChildren(...marks.map(({ rows, columns }) => {
      const mark = document.createElement("i");
      const [top, bottom] = rows ?? [0, this.rows];
      const [left, right] = columns ?? [0, this.columns];
      mark.style.cssText = `top:${(top / this.rows) * 100}%;height:${((bottom - top) / this.rows) * 100}%;left:${(left / this.columns) * 100}%;width:${((right - left) / this.columns) * 100}%`;
      return mark;
    }));
    this.node.classList.toggle("lit", marks.length > 0);
  }
}

class VectorView extends View {
  constructor(model, look, key) {
    super(model, look, key, model.width(key), 1);
    this.fixed = key in model.fixed;
    if (this.fixed) this.paint(model.fixed[key].values);
  }

  draw(t) {
    if (!this.fixed) this.drawStep(this.model.numbers(this.key, t));
    if (this.model.edits.length) this.showEdited(t);
  }

  drawStep(values) {
    if (values) this.paint(values);
    else this.empty();
  }
}

class MatrixView extends View {
  constructor(model, look, key) {
    super(model, look, key, ...model.matrixShape(key));
    this.painted = false;
  }

  get isMatrix() { return true; }

  draw(t) {
    if (!this.painted) this.drawMatrix(this.model.matrices[this.key]);
    if (this.model.edits.length) this.showEdited(t);
  }

  drawMatrix(matrix) {
    if (matrix) this.paint(matrix.values);
    else this.empty();
    this.painted = Boolean(matrix);
  }
}
