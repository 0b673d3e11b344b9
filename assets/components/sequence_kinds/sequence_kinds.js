// The kinds of sequence problem beside each other, each a small schematic picture, to choose from.

import { themeOf } from "../shared/colors.js";
import { show } from "../shared/mounting.js";

const BOX = 26;
const ROWS = { said: 8, cell: 45, read: 82 };

export default function sequenceKinds(component) {
  return show(component, component.parentElement.querySelector(".sequence-kinds"), Kinds);
}

class Kinds {
  constructor(root) {
    this.root = root;
    this.kinds = root.querySelector("[data-part=kinds]");
    this.kinds.onchange = ({ target }) => {
      this.choose(target.value);
      this.send("kind", target.value);
    };
    // After a click the arrow keys step through time again; reached by keyboard, they still move between the kinds.
    this.kinds.onpointerup = () => requestAnimationFrame(() => root.getRootNode().activeElement?.blur());
  }

  update({ data, setTriggerValue }) {
    // A trigger: what was chosen before a step back through the history can be chosen again.
    this.send = setTriggerValue;
    const theme = themeOf(this.root);
    if (!this.inputs || this.theme !== theme) this.draw(data, theme);
    if (this.start !== data.start.id) {
      this.start = data.start.id;
      this.now = data.start.kind;
    }
    this.choose(this.now);
  }

  draw(data, theme) {
    this.theme = theme;
    const look = data.palette[theme];
    this.root.querySelector("[data-part=foot]").textContent = data.foot;
    for (const old of this.kinds.querySelectorAll("label")) old.remove();
    this.inputs = data.kinds.map((kind) => {
      const label = document.createElement("label");
      label.title = kind.example;
      label.innerHTML = `<input type="radio" name="kind" value="${kind.name}">${picture(kind.columns, look)}<b>${kind.label}</b><small>${kind.example}</small>`;
      this.kinds.append(label);
      return label.querySelector("input");
    });
  }

  choose(name) {
    this.now = name;
    for (const input of this.inputs) {
      input.checked = input.value === name;
      input.parentElement.classList.toggle("chosen", input.checked);
    }
  }
}

/** Columns of what is read, a cell, and what is said; what is not there is a pale outline. */
function picture(columns, { ground, signal }) {
  const step = 46;
  const width = 200;
  const first = (width - step * (columns.length - 1)) / 2;
  const x = (k) => first + k * step;
  const parts = [];
  columns.forEach(({ read, said, second }, k) => {
    const left = x(k) - BOX / 2;
    parts.push(box(left, ROWS.said, said ? ground.ink : ground.line, !said, "none"));
    parts.push(box(left, ROWS.cell, signal.h, false, second ? "none" : `${signal.h}33`));
    parts.push(box(left, ROWS.read, read === "given" ? ground.ink : read === "fed" ? ground.accent : ground.line, read !== "given", "none"));
    if (read) parts.push(arrow(`M${x(k)} ${ROWS.read}V${ROWS.cell + BOX + 3}`, ground.soft));
    if (said) parts.push(arrow(`M${x(k)} ${ROWS.cell}V${ROWS.said + BOX + 3}`, ground.soft));
    if (k) parts.push(arrow(`M${x(k - 1) + BOX / 2} ${ROWS.cell + BOX / 2}H${left - 3}`, signal.h, 2.4));
    if (read === "fed") {
      const middle = x(k) - step / 2;
      parts.push(arrow(`M${x(k - 1) + BOX / 2} ${ROWS.said + BOX / 2}H${middle}V${ROWS.read + BOX / 2}H${left - 3}`, ground.accent, 1.6, "4 3"));
    }
  });
  return `<svg viewBox="0 0 ${width} 116" aria-hidden="true">${parts.join("")}</svg>`;
}

function box(x, y, stroke, dashed, fill) {
  return `<rect x="${x}" y="${y}" width="${BOX}" height="${BOX}" rx="5" fill="${fill}" stroke="${stroke}" stroke-width="1.8" stroke-dasharray="${dashed ? "3 3" : "none"}"/>`;
}

/** A line with its head, drawn by hand: markers of several pictures of one page would need names. */
function arrow(d, color, width = 1.8, dash = "none") {
  const [, way, end] = d.match(/([HV])(-?[\d.]+)$/);
  const start = d.match(/^M(-?[\d.]+) (-?[\d.]+)/).slice(1).map(Number);
  const vertical = d.match(/V(-?[\d.]+)/);
  const tip = way === "H" ? [Number(end), vertical ? Number(vertical[1]) : start[1]] : [start[0], Number(end)];
  const head = way === "H" ? `M${tip[0] - 5} ${tip[1] - 4}L${tip[0] + 2} ${tip[1]}L${tip[0] - 5} ${tip[1] + 4}z` : `M${tip[0] - 4} ${tip[1] + 5}L${tip[0]} ${tip[1] - 2}L${tip[0] + 4} ${tip[1] + 5}z`;
  return `<path d="${d}" fill="none" stroke="${color}" stroke-width="${width}" stroke-dasharray="${dash}"/><path d="${head}" fill="${color}"/>`;
}
