// An error surface from above, a start that is picked on it, and the two descents from there, stepped through together.

import { ratioOf } from "../shared/canvas.js";
import { themeOf } from "../shared/colors.js";
import { unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { placeOf } from "../shared/pointer.js";
import { windowHeight } from "../shared/room.js";
import { Stepper, listenKeys, transport } from "../shared/stepper.js";
import { Ground, scaleOf } from "./ground.js";
import { CLIPPED, ROWS, descent, read } from "./numbers.js";
import { drawPaths } from "./paths.js";

const SETTLE_MS = 300;
const STEP = 0.05;
const FINE = 0.01;
const BESIDE = 330; // pixels of title, views and transport above a presented map, and of axis and legend below
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export default function cliff(component) {
  return show(component, component.parentElement.querySelector(".cliff"), Cliff);
}

class Cliff {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.moving = false;
    this.stepper = new Stepper({
      onStep: () => this.paint(),
      onSettle: (t) => this.send("t", t),
      onPlay: (on) => this.transport.playing(on),
    });
    this.transport = transport(this.stepper, this.part("transport"));
    this.part("scrub").oninput = (event) => this.stepper.go(Number(event.target.value));
    for (const name of ["w", "b"]) this.part(name).onchange = () => this.typed();
    this.wireMap(this.part("map"));
    this.observer = new ResizeObserver(() => this.layout());
  }

  wireMap(map) {
    const pick = (event) => {
      this.pick(...this.scale.back(...placeOf(event, map)), FINE);
    };
    map.onpointerdown = (event) => {
      if (event.button !== 0) return;
      map.setPointerCapture(event.pointerId);
      pick(event);
    };
    map.onpointermove = (event) => {
      if (map.hasPointerCapture(event.pointerId)) pick(event);
    };
    map.onmousedown = (event) => event.preventDefault(); // the keyboard stays with the steps
    map.onpointerup = () => this.settleStart(0);
    map.onkeydown = (event) => {
      const move = MOVES[event.key];
      if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      const by = event.shiftKey ? FINE : STEP;
      this.pick(this.begin[0] + by * move[0], this.begin[1] + by * move[1], FINE);
      this.settleStart(SETTLE_MS);
    };
  }

  update({ data: bytes, setTriggerValue }) {
    this.send = setTriggerValue;
    if (!this.listening) {
      this.listening = listenKeys(this.stepper, () => {}, this.root);
      this.observer.observe(this.part("map"));
    }
    const data = unpack(bytes);
    this.data = data;
    this.look = { ...data.palette[themeOf(this.root)], font: getComputedStyle(this.root).fontFamily };
    this.ground ??= new Ground(data.map);
    this.arms = data.arms.map(({ name, rows }) => descent(name, rows));
    this.stepper.setCount(this.arms[0].count);
    this.arrive();
    this.describe();
    this.layout();
  }

  /** Takes over the start that Python has, unless the visitor's own is on its way there. */
  arrive() {
    const { start, begin, longest, turn } = this.data;
    const opened = this.opened !== start.id;
    this.opened = start.id;
    if (opened) {
      this.turn = turn;
      this.stepper.t = Math.min(start.t ?? longest, this.stepper.count - 1);
    } else if (this.moving || this.turn > turn) {
      return;
    } else if (!same(begin, this.computed) || longest !== this.longest) {
      this.stepper.t = longest; // of another descent, as at another rate
    }
    this.longest = longest;
    this.moving = false;
    this.begin = this.computed = begin;
  }

  describe() {
    const { title, said, caption, map } = this.data;
    this.root.style.colorScheme = themeOf(this.root);
    for (const name of ["clipped", "unclipped"]) this.root.style.setProperty(`--${name}`, this.look.signal[name]);
    this.part("bar").style.background = `linear-gradient(90deg, ${this.look.relief.join(", ")})`;
    this.part("high").textContent = read(this.ground.high ** 2);
    this.part("title").textContent = title;
    this.part("said").textContent = said.join(" ");
    this.part("caption").textContent = caption;
    for (const name of ["w", "b"]) Object.assign(this.part(name), { min: map[name][0], max: map[name][1] });
    this.part("map").setAttribute("aria-label", `Map of the error over w and b. ${said.join(" ")}`);
    this.part("numbers").replaceChildren(...ROWS.map(([name]) => {
      const row = document.createElement("tr");
      const title = Object.assign(document.createElement("th"), { scope: "row", textContent: name });
      row.append(title, document.createElement("td"), document.createElement("td"));
      return row;
    }));
  }

  unmount() {
    this.stepper.stop();
    clearTimeout(this.settling);
    this.observer.disconnect();
    this.listening?.();
    this.listening = null;
  }

  /** Moves the start as the hand does; the descents follow once it has come to rest. */
  pick(w, b, grain) {
    const { map } = this.data;
    this.part("beyond").textContent = "";
    this.begin = [[w, map.w], [b, map.b]].map(([value, [low, high]]) => {
      const kept = Math.min(high, Math.max(low, value));
      return Number((grain ? Math.round(kept / grain) * grain : kept).toFixed(4));
    });
    this.moving = true;
    this.paint();
  }

  typed() {
    const [w, b] = ["w", "b"].map((name) => this.part(name).valueAsNumber);
    if (Number.isFinite(w) && Number.isFinite(b)) this.pick(w, b, 0);
    this.part("beyond").textContent = this.beyond({ w, b });
    this.writeBegin();
    this.settleStart(0);
  }

  /** What is said of a typed start that is not on the map. */
  beyond(typed) {
    const of = ([name, value]) => {
      const [low, high] = this.data.map[name].map((end) => String(end).replace("-", "−"));
      if (Number.isNaN(value)) return [`${name} must be a number from ${low} to ${high}. The one before is kept.`];
      const isOn = value >= this.data.map[name][0] && value <= this.data.map[name][1];
      return isOn ? [] : [`The map has ${name} from ${low} to ${high}, not ${String(value).replace("-", "−")}: the nearest is taken.`];
    };
    return Object.entries(typed).flatMap(of).join(" ");
  }

  settleStart(after) {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (!this.moving) return;
      this.moving = false;
      this.turn += 1;
      this.send("start", { place: this.begin, turn: this.turn });
    }, after);
  }

  layout() {
    const width = Math.max(280, this.part("map").clientWidth);
    const presented = getComputedStyle(this.root).getPropertyValue("--present-scale");
    const room = presented ? windowHeight() - BESIDE : 600; // axis and legend in sight too
    const height = Math.round(Math.max(300, Math.min(room, width * 0.62)));
    this.size = { width, height };
    this.scale = scaleOf(this.data.map, width, height);
    this.ground.draw(this.fresh("ground"), this.scale, this.look);
    this.paint();
  }

  /** The pen of a canvas that is cleared and as large as the map. */
  fresh(name) {
    const { width, height } = this.size;
    const canvas = this.part(name);
    const ratio = ratioOf(canvas);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    return pen;
  }

  paint() {
    const { t, count } = this.stepper;
    drawPaths(this.fresh("paths"), this.scale, this.arms, t, this.look);
    this.root.classList.toggle("waiting", !same(this.begin, this.data.begin));
    const [w, b] = this.begin;
    Object.assign(this.part("begin").style, { left: `${this.scale.x(w)}px`, top: `${this.scale.y(b)}px` });
    this.transport.update(t);
    this.part("step").textContent = `step ${t} of ${count - 1}`;
    Object.assign(this.part("scrub"), { max: count - 1, value: t });
    this.part("scrub").setAttribute("aria-valuetext", `step ${t}`);
    this.writeBegin(this.root.getRootNode().activeElement);
    this.write(t);
  }

  /** The start in its fields, but for one in which the visitor may be typing. */
  writeBegin(typing = null) {
    ["w", "b"].forEach((name, k) => {
      if (this.part(name) !== typing) this.part(name).value = this.begin[k];
    });
  }

  /** The numbers of both descents at a step. */
  write(t) {
    const rows = [...this.part("numbers").children];
    this.arms.forEach((arm, k) => {
      const one = arm.at(t);
      ROWS.forEach(([, written], row) => {
        const cell = rows[row].children[k + 1];
        cell.textContent = written(one, arm.name);
        cell.classList.toggle("shortened", written(one, arm.name) !== "" && row === CLIPPED && one.clipped < one.norm);
      });
    });
  }
}

const same = (one, other) => one[0] === other[0] && one[1] === other[1];
