// A program in blocks: a click on one shows what it gives, and which part of the picture it is about.

import { themeOf } from "../shared/colors.js";
import { show } from "../shared/mounting.js";

const SVG = "http://www.w3.org/2000/svg";
/** Pixels below which what a block gives stands under the block, not beside the program. */
const NARROW = 720;

export default function listing(component) {
  return show(component, component.parentElement.querySelector(".listing"), Listing);
}

class Listing {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.given = this.part("given");
    this.part("blocks").onchange = ({ target }) => {
      this.choose(target.value);
      this.send("block", target.value);
    };
    this.watching = new ResizeObserver(() => this.place());
    this.watching.observe(root);
    this.watching.observe(document.documentElement); // for the height of the window
  }

  unmount() {
    this.watching.disconnect();
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const { ground } = data.palette[themeOf(this.root)];
    this.root.style.setProperty("--mark", ground.mark);
    this.root.style.setProperty("--good", ground.good);
    const content = JSON.stringify([data.blocks, data.picture]);
    if (content !== this.content) {
      this.content = content;
      this.data = data;
      this.draw();
    }
    if (this.start !== data.start.id) {
      this.start = data.start.id;
      this.now = data.start.block;
      requestAnimationFrame(() => this.find());
    }
    this.choose(this.now);
  }

  draw() {
    const { blocks, picture } = this.data;
    const fieldset = this.part("blocks");
    for (const old of fieldset.querySelectorAll("label")) old.remove();
    this.root.append(this.given);
    this.labels = blocks.map((block) => {
      const input = make("input", { type: "radio", name: "block", value: block.name });
      input.setAttribute("aria-label", block.title);
      input.dataset.live = ""; // the name of a block is no text of a saved picture
      const keras = block.keras ? [make("code", { className: "keras" }, block.keras)] : [];
      const label = make("label", {}, input, make("b", {}, block.title), ...keras, code(block.lines));
      fieldset.append(label);
      return label;
    });
    const svg = this.part("picture");
    svg.setAttribute("viewBox", `0 0 ${picture.width} ${picture.height}`);
    svg.setAttribute("aria-label", picture.title);
    svg.replaceChildren(...picture.arrows.map(arrow), ...picture.boxes.map(box), ...picture.sides.map(side));
  }

  choose(name) {
    const { blocks, picture } = this.data;
    const number = Math.max(0, blocks.findIndex((block) => block.name === name));
    const block = blocks[number];
    this.now = block.name;
    this.labels.forEach((label, k) => {
      label.classList.toggle("chosen", k === number);
      label.querySelector("input").checked = k === number;
    });
    this.part("title").textContent = block.title;
    this.part("text").replaceChildren(...marked(block.text));
    for (const group of this.part("picture").children) group.classList.toggle("lit", group.dataset.parts.split(" ").includes(block.part));
    this.part("caption").textContent = block.part ? `${picture.title} ${picture.parts[block.part]}` : picture.title;
    this.part("note").textContent = block.note;
    this.part("values").replaceChildren(values(block.values));
    this.place();
  }

  /** Brings the block of a link into the window. */
  find() {
    const chosen = this.labels.findIndex((label) => label.classList.contains("chosen"));
    const block = this.root.classList.contains("narrow") ? "start" : "nearest";
    if (chosen > 0) this.labels[chosen].scrollIntoView({ block });
  }

  /** Beside the program, or under the chosen block where there is no room beside. */
  place() {
    if (!this.labels) return;
    this.root.style.setProperty("--screen", `${innerHeight}px`); // the same in a saved picture
    const narrow = this.root.clientWidth < NARROW;
    this.root.classList.toggle("narrow", narrow);
    const chosen = this.labels.find((label) => label.classList.contains("chosen"));
    if (narrow && chosen) {
      if (chosen.nextSibling !== this.given) chosen.after(this.given);
    } else if (this.given.parentElement !== this.root) {
      this.root.append(this.given);
    }
  }
}

/** Lines of code, each of words with what they are. */
function code(lines) {
  return make("pre", {}, ...lines.map((words) => {
    const line = make("span", {}, ...words.map(([kind, text]) => make("i", { className: kind }, text)));
    line.style.setProperty("--indent", `${line.textContent.search(/\S|$/) + 2}ch`);
    return line;
  }));
}

/** A text in which what stands between backticks is code. */
function marked(text) {
  return text.split("`").map((part, k) => (k % 2 ? make("code", {}, part) : document.createTextNode(part)));
}

function values(found) {
  const rows = found.flatMap(({ name, kind, rows: numbers, t }) => [
    make("dt", {}, make("code", {}, name), t === null ? ` · ${kind}` : ` at t = ${t} · ${kind}`),
    make("dd", {}, numbers.join("\n")),
  ]);
  return make("dl", {}, ...rows);
}

function box({ parts, label, x, y, width, height }) {
  const rect = drawn("rect", { x, y, width, height, rx: 5 });
  return group(parts, rect, drawn("text", { x: x + width / 2, y: y + height / 2 }, label));
}

function side({ parts, label, x, y }) {
  return group(parts, drawn("text", { x, y, class: "side" }, label));
}

/** An arrow along some points with its head, drawn by hand: markers of several pictures of one page would need names. */
function arrow({ parts, points, label }) {
  const [[x1, y1], [x2, y2]] = points.slice(-2);
  const long = Math.hypot(x2 - x1, y2 - y1);
  const [u, v] = [(x2 - x1) / long, (y2 - y1) / long];
  const [bx, by] = [x2 - 8 * u, y2 - 8 * v];
  const head = `M${bx - 5 * v} ${by + 5 * u}L${x2} ${y2}L${bx + 5 * v} ${by - 5 * u}z`;
  const way = `M${points.slice(0, -1).join("L")}L${bx} ${by}`;
  const words = label ? [drawn("text", { x: (x1 + x2) / 2 - 22 * Math.abs(v), y: (y1 + y2) / 2 - 13 * Math.abs(u) }, label)] : [];
  return group(parts, drawn("path", { d: way }), drawn("path", { d: head, class: "head" }), ...words);
}

function group(parts, ...children) {
  const found = drawn("g", {});
  found.dataset.parts = parts.join(" ");
  found.append(...children);
  return found;
}

function drawn(tag, attributes, text = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
