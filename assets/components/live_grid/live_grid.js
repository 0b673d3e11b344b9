// A grid of trainings that fills in, and the scores so far of one of them: what is there stays, and only changes.

import { colorMap, css, inkOn, themeOf } from "../shared/colors.js";
import { show } from "../shared/mounting.js";

const DASHES = ["none", "9 7", "2.5 4"];
const BOX = { x: 48, y: 30, width: 374, height: 206 };

export default function liveGrid(component) {
  return show(component, component.parentElement.querySelector(".live-grid"), LiveGrid);
}

class LiveGrid {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.part("table").onclick = (event) => {
      const button = event.target.closest("button");
      if (button) this.send("pick", { cell: this.buttons.indexOf(button), at: Date.now() });
    };
  }

  /** A click is sent as a state, which nothing that is polled at the same moment can lose. */
  update({ data, setStateValue }) {
    this.send = setStateValue;
    this.theme = themeOf(this.root);
    this.look = data.palette[this.theme];
    set(this.part("title"), data.title);
    set(this.part("said"), data.said.join("\n"));
    set(this.part("scores-title"), data.scores.title);
    set(this.part("scores-said"), data.scores.said.join("\n"));
    this.build(data);
    this.fill(data);
    this.curves(data.scores);
  }

  /** Rows and columns, made anew only if they are others. */
  build({ rows, columns, down, across }) {
    const shape = JSON.stringify([rows, columns, down, across]);
    if (shape === this.shape) return;
    this.shape = shape;
    const table = this.part("table");
    const caption = Object.assign(document.createElement("caption"), { textContent: `across: ${across}; down: ${down}` });
    table.replaceChildren(caption);
    for (const row of rows) {
      const line = table.insertRow();
      line.append(heading(row, "row"));
      for (let k = 0; k < columns.length; k += 1) line.insertCell().append(document.createElement("button"));
    }
    const foot = table.createTFoot().insertRow();
    foot.append(heading("", "col"), ...columns.map((column) => heading(column, "col")));
    this.buttons = [...table.querySelectorAll("button")];
  }

  fill({ cells, chosen, rows, columns, down }) {
    const color = colorMap(this.look.sequential, 0, 1, this.look.ground.panel);
    cells.forEach(({ lines, share }, k) => {
      const button = this.buttons[k];
      const ground = color(share ?? NaN);
      set(button, lines.join("\n"));
      button.setAttribute("aria-label", `${columns[k % columns.length]}, ${down} ${rows[Math.floor(k / columns.length)]}: ${lines.join(", ")}`);
      button.setAttribute("aria-pressed", k === chosen);
      Object.assign(button.style, { background: css(ground), color: inkOn(ground) });
    });
  }

  curves({ title, axis, ticks, updates, levels, runs, color: colors }) {
    const color = colors[this.theme];
    const last = updates.at(-1);
    const parts = [
      ...ticks.map(({ at, text }) => line([[0, at], [1, at]], this.look.ground.line, 1) + word(0, at, text, "end", -8, 4)),
      ...updates.map((update) => word(update / last, 0, update, "middle", 0, 20)),
      word(0.5, 0, "updates", "middle", 0, 42),
      word(0, 1, axis, "start", -44, -10),
      ...levels.map(({ at, ground }, k) => line([[0, at], [1, at]], this.look.ground[ground], 2, DASHES[1 + k])),
      ...runs.map(({ points, solved }, k) => line(points, color, 2.5, DASHES[k % DASHES.length]) + marks(points, solved, color)),
    ];
    const svg = this.part("curves");
    svg.setAttribute("aria-label", `${title}, so far`);
    svg.dataset.points = JSON.stringify(runs.map(({ points }) => points.length));
    svg.innerHTML = parts.join("");
    const keys = [
      ...runs.map(({ name }, k) => key(name, color, DASHES[k % DASHES.length])),
      ...levels.map(({ text, ground }, k) => key(text, this.look.ground[ground], DASHES[1 + k])),
    ];
    this.part("keys").innerHTML = keys.join("");
  }
}

/** Words that are there already are left alone. */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function heading(text, scope) {
  return Object.assign(document.createElement("th"), { textContent: text, scope });
}

function place([x, y]) {
  return [BOX.x + x * BOX.width, BOX.y + (1 - y) * BOX.height];
}

function line(points, color, width, dash = "none") {
  const path = points.map((point) => place(point).join(" ")).join("L");
  return points.length ? `<path d="M${path}" fill="none" stroke="${color}" stroke-width="${width}" stroke-dasharray="${dash}"/>` : "";
}

/** What a line is called. */
function key(name, color, dash) {
  return `<span><svg viewBox="0 0 40 10" aria-hidden="true"><path d="M0 5H40" stroke="${color}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg>${name}</span>`;
}

/** A dot a score, and a star where the task is solved. */
function marks(points, solved, color) {
  return points.map((point, k) => {
    const [x, y] = place(point);
    if (solved && k === points.length - 1) return `<text x="${x}" y="${y + 6}" text-anchor="middle" font-size="20" fill="${color}">★</text>`;
    return `<circle cx="${x}" cy="${y}" r="3.5" fill="${color}"/>`;
  }).join("");
}

function word(x, y, text, anchor, right, down) {
  const [left, top] = place([x, y]);
  return `<text x="${left + right}" y="${top + down}" text-anchor="${anchor}" fill="currentColor">${text}</text>`;
}
