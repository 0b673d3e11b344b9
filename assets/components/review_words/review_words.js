// The prediction after each word as if the review ended there: curves over the words, and the words in their colours.

import { colorMap, css, inkOn, themeOf } from "../shared/colors.js";
import { show } from "../shared/mounting.js";
import { tokenSaid, underline } from "../shared/unknown.js";
import { placeOf } from "../shared/pointer.js";
import { roomOnSlide } from "../shared/slide.js";

const ROOM = { left: 62, right: 18, top: 22 };
/** Pixels of the axis and of some lines of words under the curve. */
const UNDER = 190;
const LEAST = 90;
/** Pixels that a letter under the axis takes at most, with the room between words. */
const LETTER = 11;
const DOTTED = 9;
const DASHES = { running: "none", forward: "10 6", reverse: "2.5 4" };
/** Of the likeliest class of several, at most so much of its colour stands behind a word, which stays readable. */
const MOST_TINT = 40;

export default function reviewWords(component) {
  return show(component, component.parentElement.querySelector(".review-words"), ReviewWords);
}

class ReviewWords {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.svg = this.part("curves");
    this.flow = this.part("flow");
    this.svg.onpointermove = (event) => this.go(this.under(event));
    this.svg.onkeydown = (event) => this.key(event);
    this.flow.onpointerover = (event) => {
      const word = event.target.closest("span");
      if (word) this.go([...this.flow.children].indexOf(word));
    };
    this.part("numbers").ontoggle = () => this.table();
    // Answers that come without a run of the page, in `review.js`.
    this.hear = ({ detail }) => {
      this.heard = detail;
      this.next();
    };
    const observer = new ResizeObserver(() => this.data && this.draw());
    for (const node of [this.svg, this.part("ruler")]) observer.observe(node);
  }

  update({ data }) {
    document.addEventListener("rnnviz-review-words", this.hear);
    this.given = data;
    this.next();
  }

  unmount() {
    document.removeEventListener("rnnviz-review-words", this.hear);
  }

  /** The answer to a key is painted first: these are drawn once that frame is out. */
  next() {
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => setTimeout(() => this.take(this.newest())));
  }

  /** What the page gave, or what was heard of a later text. */
  newest() {
    const { given, heard } = this;
    return heard && heard.start === given.start && heard.count > given.count ? { ...given, ...heard } : given;
  }

  take(data) {
    const before = this.data?.tokens.length ?? 0;
    const atEnd = this.t === undefined || this.t >= before - 1;
    this.data = { ...data, lines: data.lines.map((line) => ({ ...line, values: line.values.map((value) => value ?? NaN) })) };
    const last = data.tokens.length - 1;
    this.t = atEnd ? last : Math.min(this.t, last);
    this.look = data.palette[themeOf(this.root)];
    this.part("title").textContent = data.title;
    this.part("foot").textContent = data.foot;
    this.keys();
    this.draw();
    this.table();
    this.root.dataset.count = data.count;
  }

  colorOf({ key, color }) {
    return key === "running" ? this.look.ground.ink : this.look.signal[color ?? key];
  }

  /** Whether there are more than two classes, with a curve each. */
  get isOfClasses() {
    return this.data.likeliest.length > 0;
  }

  keys() {
    this.part("keys").innerHTML = this.data.lines.map((line) => `<span><svg viewBox="0 0 40 10" aria-hidden="true"><path d="M0 5H40" stroke="${this.colorOf(line)}" stroke-width="${line.key === "running" ? 4 : 2.5}" stroke-dasharray="${dashOf(line)}"/></svg>${escaped(line.name)}</span>`).join("");
  }

  draw() {
    const { tokens, lines, turns } = this.data;
    for (const name of ["curves", "detail", "keys"]) this.part(name).style.display = tokens.length ? "" : "none";
    const wide = this.svg.clientWidth;
    if (!wide || !tokens.length) {
      this.svg.replaceChildren();
      this.flow.replaceChildren();
      this.part("detail").textContent = "";
      return;
    }
    this.step = (wide - ROOM.left - ROOM.right) / tokens.length;
    this.high = Number(getComputedStyle(this.root).getPropertyValue("--curve"));
    const onSlide = roomOnSlide(this.root, this.svg);
    if (onSlide) this.high = Math.min(this.high, Math.max(LEAST, onSlide - UNDER));
    this.low = ROOM.top + this.high;
    const high = this.low + 46;
    this.svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
    this.svg.style.height = `${high}px`;
    this.svg.setAttribute("aria-label", `${this.data.title}: ${lines[0].values.length} ${this.data.unit}s. The numbers stand in a table below.`);
    const parts = [...this.axes(wide), ...lines.toReversed().map((line) => this.curve(line)), ...this.turnMarks(turns)];
    this.svg.innerHTML = `${parts.join("")}<g data-part="at"></g>`;
    this.words();
    this.mark();
  }

  x(k) {
    return ROOM.left + (k + 0.5) * this.step;
  }

  y(value) {
    return ROOM.top + (1 - value) * this.high;
  }

  axes(wide) {
    const { line, soft, ink } = this.look.ground;
    const levels = [0, 0.5, 1].map((level) => {
      const y = this.y(level);
      return `<path d="M${ROOM.left} ${y}H${wide - ROOM.right}" stroke="${level === 0.5 ? soft : line}" stroke-dasharray="${level === 0.5 ? "6 5" : "none"}"/><text x="${ROOM.left - 8}" y="${y + 5}" text-anchor="end" fill="${ink}">${level}</text>`;
    });
    const [from, to] = this.data.band;
    const band = `<rect data-part="band" x="${ROOM.left}" y="${this.y(to)}" width="${wide - ROOM.left - ROOM.right}" height="${(this.y(from) - this.y(to)).toFixed(1)}" fill="${line}"/>`;
    const middle = ROOM.top + this.high / 2;
    const title = `<text transform="translate(16 ${middle}) rotate(-90)" text-anchor="middle" fill="${ink}">${escaped(shortened(this.data.axis, 24))}</text>`;
    return [...(this.isOfClasses ? [] : [band]), ...levels, title, ...this.ticks(wide)];
  }

  /** Steps, or the words themselves where each has room under its point. */
  ticks(wide) {
    const { ink } = this.look.ground;
    const words = this.data.tokens.map((token) => shortened(token));
    const named = LETTER * Math.max(...words.map((word) => word.length)) < this.step;
    const every = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((size) => named || size * this.step >= 60) ?? 1000;
    const places = [];
    for (let t = 0; t < this.data.tokens.length; t += every) places.push(t);
    const marks = places.map((t) => `<text x="${this.x(t)}" y="${this.low + 20}" text-anchor="middle" fill="${ink}">${named ? escaped(words[t]) : t}</text>`);
    return [...marks, `<text x="${(ROOM.left + wide - ROOM.right) / 2}" y="${this.low + 42}" text-anchor="middle" fill="${ink}">${named ? this.data.unit : "step t"}</text>`];
  }

  curve(line) {
    const { key, values } = line;
    const points = values.flatMap((value, k) => (Number.isNaN(value) ? [] : [`${this.x(k).toFixed(1)} ${this.y(value).toFixed(1)}`]));
    const color = this.colorOf(line);
    const strong = key === "running";
    const dots = strong && this.step >= DOTTED ? points.map((point) => `<circle cx="${point.split(" ")[0]}" cy="${point.split(" ")[1]}" r="4.5" fill="${color}"/>`).join("") : "";
    return `<path d="M${points.join("L")}" fill="none" stroke="${color}" stroke-width="${strong ? 4 : 2.5}" stroke-dasharray="${dashOf(line)}" stroke-linejoin="round"/>${dots}`;
  }

  /** Where the prediction changes sides; the words of those that lie apart. In no colour: blue would say negative. */
  turnMarks(turns) {
    let free = -Infinity;
    return turns.map((k) => {
      const up = this.isOfClasses || this.data.lines[0].values[k] > 0.5;
      const y = up ? this.y(1) - 6 : this.y(0) - 8;
      const x = this.x(k);
      const word = x < free ? "" : ` ${escaped(shortened(this.data.tokens[k]))}`;
      if (word) free = x + 26 + 9 * word.length;
      const anchor = x > this.svg.clientWidth - 140 ? "end" : "start";
      return `<path d="M${x} ${this.y(0)}V${this.y(1)}" stroke="${this.look.ground.ink}" stroke-width="1.5" stroke-dasharray="3 3"/><text class="turn" x="${x + (anchor === "end" ? -4 : 4)}" y="${y}" text-anchor="${anchor}" fill="${this.look.ground.ink}">${this.isOfClasses ? "◆" : up ? "▲" : "▼"}${word}</text>`;
    });
  }

  /** The words as they run on. */
  words() {
    const { tokens, turns, lines, unknown, likeliest } = this.data;
    const color = colorMap(this.look.diverging, 0, 1, this.look.ground.nan);
    const turned = new Set(turns);
    while (this.flow.children.length > tokens.length) this.flow.lastChild.remove();
    tokens.forEach((token, k) => {
      const line = lines[likeliest[k] ?? 0];
      const look = [token, line?.key, line?.values[k], turned.has(k), unknown.includes(k), this.look.ground.ink].join(" ");
      const word = this.flow.children[k] ?? this.flow.appendChild(document.createElement("span"));
      if (word.dataset.look === look) return;
      word.dataset.look = look;
      word.textContent = token;
      const shade = this.isOfClasses ? this.tint(line, k) : onGround(color(line.values[k]));
      Object.assign(word.style, shade);
      underline(word, unknown.includes(k));
      word.classList.toggle("other", turned.has(k) && this.isOfClasses);
      word.classList.toggle("up", turned.has(k) && !this.isOfClasses && line.values[k] > 0.5);
      word.classList.toggle("down", turned.has(k) && !this.isOfClasses && line.values[k] <= 0.5);
    });
  }

  /** The colour of the likeliest class behind a word, the stronger the more probable; none of a class without a curve. */
  tint(line, k) {
    const share = line ? MOST_TINT * line.values[k] : 0;
    return { background: `color-mix(in srgb, ${line ? this.colorOf(line) : "transparent"} ${share.toFixed(1)}%, transparent)`, color: this.look.ground.ink };
  }

  under(event) {
    return Math.floor((placeOf(event, this.svg)[0] - ROOM.left) / this.step);
  }

  key(event) {
    const last = this.data.tokens.length - 1;
    const to = { ArrowRight: this.t + 1, ArrowLeft: this.t - 1, Home: 0, End: last }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(to);
  }

  go(k) {
    const last = (this.data?.tokens.length ?? 0) - 1;
    if (last < 0 || Number.isNaN(k)) return;
    this.t = Math.max(0, Math.min(last, k));
    this.mark();
  }

  mark() {
    const { tokens, lines, unknown } = this.data;
    const { t } = this;
    const { ink, mark } = this.look.ground;
    const dots = lines.filter(({ values }) => !Number.isNaN(values[t])).map((line) => `<circle cx="${this.x(t)}" cy="${this.y(line.values[t])}" r="7" fill="${this.colorOf(line)}" stroke="${mark}" stroke-width="2"/>`);
    this.svg.querySelector("[data-part=at]").innerHTML = `<path d="M${this.x(t)} ${this.y(0)}V${this.y(1)}" stroke="${ink}" stroke-width="1.5"/>${dots.reverse().join("")}`;
    const values = this.isOfClasses
      ? lines.map(({ name, told }) => `P(${name}) ${told[t]}`)
      : lines.map(({ name, told }, k) => `${k ? name : this.data.axis} ${told[t]}${k || !t ? "" : ` (before it ${told[t - 1]})`}`);
    this.part("detail").textContent = `After t = ${t} of ${tokens.length - 1}, ${tokenSaid(`“${shortened(tokens[t], 30)}”`, unknown.includes(t), this.data.mark)}: ${values.join(" · ")}`;
    this.flow.querySelector(".at")?.classList.remove("at");
    this.flow.children[t]?.classList.add("at");
  }

  table() {
    if (!this.part("numbers").open || !this.data) return;
    const { tokens, lines } = this.data;
    const heads = ["t", this.data.unit, ...lines.map(({ name }) => name)].map((name) => cell("th", name));
    const rows = tokens.map((token, k) => [k, token, ...lines.map(({ told }) => told[k])].map((text) => cell("td", text)));
    this.part("table").replaceChildren(...[heads, ...rows].map((cells) => {
      const row = document.createElement("tr");
      row.append(...cells);
      return row;
    }));
  }
}

function dashOf({ key, dash }) {
  return dash ?? DASHES[key];
}

function onGround(ground) {
  return { background: css(ground), color: inkOn(ground) };
}

function cell(kind, text) {
  return Object.assign(document.createElement(kind), { textContent: text });
}

function shortened(token, most = 14) {
  return token.length > most ? `${token.slice(0, most - 1)}…` : token;
}

function escaped(text) {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
