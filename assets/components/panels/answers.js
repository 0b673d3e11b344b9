// The outputs of the trained networks above the heatmaps, on their time axis: a row a network, and the targets.

import { Answers } from "../shared/answers.js";
import { sized } from "../shared/canvas.js";
import { placeOf } from "../shared/pointer.js";
import { GUTTER } from "./canvas.js";

const ROW = 38;
const TARGETS = 20;
const BAR = { top: 30, height: 5 };
const FONT = 13;

export class AnswerRows {
  constructor(node, { onHover }) {
    this.node = node;
    this.canvas = node.querySelector("canvas");
    this.rows = [];
    node.onpointermove = (event) => onHover(this.locate(event));
    node.onpointerleave = () => onHover(null);
  }

  /** Takes other outputs. */
  take(sent) {
    this.rows = sent.map((one) => new Answers(one));
    this.node.hidden = this.rows.every((one) => one.isSingle); // one output for all steps is said above
    this.node.setAttribute("aria-label", this.rows.map(told).join("; "));
  }

  layout(width, columns, look) {
    Object.assign(this, { width, columns, look });
    this.targets = this.rows.find((one) => one.counts().known);
    this.height = this.rows.length * ROW + (this.targets ? TARGETS : 0);
    if (this.node.hidden) return;
    this.pen = sized(this.canvas, width, this.height);
    this.draw();
  }

  /** All rows; only another layout changes them. */
  draw() {
    this.rows.forEach((one, k) => this.row(one, k * ROW));
    if (this.targets) this.targetRow(this.targets, this.rows.length * ROW);
  }

  /** The step in words; empty where no network has an output. */
  summary(t) {
    return this.rows.length ? `Output: ${this.sentences(t).join(" · ")}` : "";
  }

  /** The same for each network. */
  sentences(t) {
    return this.rows.map((one) => one.sentence(t));
  }

  row(one, top) {
    const { pen, look, columns } = this;
    this.name(one.tag || "output", top + 18);
    for (let column = 0; column < columns.count; column += 1) this.bar(one, column, top);
    const shown = (column) => this.column(one, column);
    for (const run of runs(columns.count, shown)) {
      const wrong = run.correct === false;
      if (wrong) this.wrong(run, top);
      pen.fillStyle = look.ground.ink;
      this.text(run, top + 18, wrong ? 700 : 400);
    }
  }

  targetRow(one, top) {
    this.name("target", top + 8);
    this.pen.fillStyle = this.look.ground.soft;
    const shown = (column) => {
      const found = this.column(one, column);
      return found?.target ? { output: found.target, p: null, correct: null } : null;
    };
    for (const run of runs(this.columns.count, shown)) this.text(run, top + 8, 400);
  }

  /** How likely the output is, as a bar from the left of its column. */
  bar(one, column, top) {
    const found = this.column(one, column);
    if (!found || found.p === null) return;
    const { pen, look } = this;
    const x = this.x(column);
    const wide = this.x(column + 1) - x - (this.wide > 4 ? 2 : 0);
    pen.fillStyle = look.ground.line;
    pen.fillRect(x, top + BAR.top, wide, BAR.height);
    pen.fillStyle = look.ground.soft;
    pen.fillRect(x, top + BAR.top, wide * found.p, BAR.height);
  }

  /** A frame around wrong outputs and a cross over each run of them. */
  wrong({ begin, end }, top) {
    const { pen, look } = this;
    pen.strokeStyle = pen.fillStyle = look.ground.bad;
    pen.lineWidth = 2;
    pen.strokeRect(this.x(begin) + 1, top + 10, this.x(end) - this.x(begin) - 2, 17);
    pen.font = `700 11px ${look.family}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText("✗", this.middle(begin, end), top + 5);
  }

  /** The name in each column of a run, or in its middle; a single output that does not fit stands before its column. */
  text({ begin, end, output, p, alone }, y, weight) {
    const { pen, look } = this;
    pen.font = `${weight} ${FONT}px ${look.family}`;
    pen.textBaseline = "middle";
    pen.textAlign = "center";
    const size = pen.measureText(output).width + 3;
    if (size <= this.wide) {
      for (let column = begin; column < end; column += 1) pen.fillText(output, this.middle(column, column + 1), y);
    } else if (size <= this.x(end) - this.x(begin)) {
      this.edge(this.x(begin), y);
      pen.fillText(output, this.middle(begin, end), y);
    } else if (alone) {
      pen.textAlign = "right";
      pen.fillText(p === null ? output : `${output} (p = ${p.toFixed(3)})`, this.x(begin) - 6, y);
    }
  }

  edge(x, y) {
    const { pen, look } = this;
    const ink = pen.fillStyle;
    pen.fillStyle = look.ground.line;
    pen.fillRect(x, y - 7, 1, 14);
    pen.fillStyle = ink;
  }

  name(text, y) {
    const { pen, look } = this;
    pen.font = `12px ${look.family}`;
    pen.fillStyle = look.ground.soft;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText(text, GUTTER - 8, y);
  }

  /** The output of a column: that of its first step, and wrong if that of any of its steps is. */
  column(one, column) {
    const [begin, end] = this.columns.steps(column);
    let found = null;
    for (let t = begin; t <= end; t += 1) {
      const here = one.at(t);
      if (here && (!found || (here.correct === false && found.correct !== false))) found = here;
    }
    return found;
  }

  locate(event) {
    const column = Math.floor((placeOf(event, this.canvas)[0] - GUTTER) / this.wide);
    return column >= 0 && column < this.columns.count ? { column, isAnswer: true } : null;
  }

  get wide() {
    return (this.width - GUTTER) / this.columns.count;
  }

  middle(begin, end) {
    return (this.x(begin) + this.x(end)) / 2;
  }

  x(column) {
    return GUTTER + column * this.wide;
  }
}

/** Neighbouring columns with the same output, as {begin, end, output, p, correct, alone}: `alone` for one after none. */
function runs(count, shown) {
  const found = [];
  for (let column = 0; column < count; column += 1) {
    const one = shown(column);
    const last = found[found.length - 1];
    if (one && last?.end === column && last.output === one.output && last.correct === one.correct) last.end += 1;
    else if (one) found.push({ ...one, begin: column, end: column + 1, alone: !found.length && column > 0 });
  }
  return found;
}

function told(one) {
  const { wrong, known } = one.counts();
  const name = one.tag ? `Outputs of the ${one.tag}` : "Outputs of the network";
  return known ? `${name}: ${wrong} of ${known} wrong` : name;
}
