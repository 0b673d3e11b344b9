// A plane of states under a constant input: how fast the state moves, where to, where it stays, and the way of a sequence.

import { ratioOf } from "../shared/canvas.js";
import { themeOf } from "../shared/colors.js";
import { same, unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { placeOf } from "../shared/pointer.js";
import { windowHeight } from "../shared/room.js";
import { roomOnSlide } from "../shared/slide.js";
import { Stepper, listenKeys, settle, transport } from "../shared/stepper.js";
import { drawGround, scaleOf } from "./ground.js";
import { drawMarks, keysOf } from "./marks.js";

const NEAR = 15; // pixels within which a mark is pointed at
const BESIDE = 330; // pixels of what stands above and below a presented map
const MOST = 620;
const ABOVE = 345; // pixels of the page and the widget above a map
const LEAST = 400;

export default function phasePlane(component) {
  return show(component, component.parentElement.querySelector(".phase-plane"), PhasePlane);
}

class PhasePlane {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.map = this.part("map");
    this.stepper = new Stepper({
      onStep: () => this.paint(),
      onSettle: (t) => settle(this.send, t, this.root),
      onPlay: (on) => this.transport.playing(on),
    });
    this.transport = transport(this.stepper, this.part("transport"));
    this.map.onmousemove = (event) => this.point(event);
    this.map.onmouseleave = () => { this.part("tip").hidden = true; };
    this.map.onclick = (event) => this.click(event);
    this.observer = new ResizeObserver(() => this.layout());
  }

  update(component) {
    this.send = component;
    if (!this.listening) {
      this.listening = listenKeys(this.stepper, () => this.stepper.pause(), this.root);
      this.observer.observe(this.map);
    }
    const theme = themeOf(this.root);
    if (same(this.message, component.data) && theme === this.theme) return;
    Object.assign(this, { theme, message: component.data });
    this.take(unpack(component.data));
  }

  take(data) {
    this.data = data;
    this.look = { ...data.palette[this.theme], font: getComputedStyle(this.root).fontFamily };
    this.stepper.setCount(data.tokens.length);
    if (this.start !== data.start.id) this.stepper.t = Math.min(data.start.t ?? 0, data.tokens.length - 1);
    this.start = data.start.id;
    this.part("title").textContent = data.title;
    this.part("caption").textContent = data.caption;
    this.map.setAttribute("aria-label", data.alt);
    this.part("keys").innerHTML = keysOf(data.points, this.look);
    this.legend();
    this.layout();
  }

  legend() {
    const swatch = document.createElement("i");
    swatch.style.background = `linear-gradient(90deg, ${this.look.relief.join(", ")})`;
    const { low, high } = this.data.plane;
    this.part("legend").replaceChildren(`speed q  ${power(low)}`, swatch, power(high));
  }

  layout() {
    const width = Math.floor(this.map.clientWidth);
    if (!this.data || !width) return;
    const presented = getComputedStyle(this.root).getPropertyValue("--present-scale");
    const slide = roomOnSlide(this.root, this.map);
    const room = slide ? slide - 70 : presented ? windowHeight() - BESIDE : Math.max(LEAST, Math.min(MOST, window.innerHeight - ABOVE));
    const height = Math.round(Math.max(260, Math.min(room, width * 0.72)));
    this.size = { width, height };
    this.scale = scaleOf(this.data.plane, width, height);
    drawGround(this.fresh("ground"), this.scale, this.data, this.look);
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
    drawMarks(this.fresh("marks"), this.scale, this.data, t, this.look);
    this.transport.update(t);
    this.part("step").textContent = `t = ${t} of ${count - 1}`;
    this.part("token").textContent = `input ${this.data.tokens[t]}`;
    this.part("late").textContent = this.told(t);
    this.root.dataset.t = t;
  }

  /** Of which input the map is, where it shall be that of the step and another step is selected by now. */
  told(t) {
    const { first, t: shown } = this.data.input;
    if (shown === null || first[t] === first[shown]) return "";
    return `The map belongs to the input ${this.data.tokens[shown]}. It changes when you stay at this step.`;
  }

  /** The nearest point or step within reach of a place: {point} or {t}. */
  under(x, y) {
    const { points, path } = this.data;
    const nearest = (places) => {
      let [best, found] = [NEAR, null];
      places.forEach(([u, v], k) => {
        const far = Math.hypot(this.scale.x(u) - x, this.scale.y(v) - y);
        if (far < best) [best, found] = [far, k];
      });
      return found;
    };
    const point = nearest(points.map((one) => one.at));
    if (point !== null) return { point };
    const t = nearest(Array.from({ length: path.shape[0] }, (_, k) => [path.values[2 * k], path.values[2 * k + 1]]));
    return t === null ? null : { t };
  }

  point(event) {
    const [x, y] = placeOf(event, this.map);
    const found = this.under(x, y);
    const tip = this.part("tip");
    tip.hidden = !found;
    this.map.style.cursor = found ? "pointer" : "";
    if (!found) return;
    tip.textContent = found.t === undefined ? this.data.points[found.point].lines.join("\n") : `t = ${found.t}, input ${this.data.tokens[found.t]}`;
    tip.style.left = `${Math.max(0, Math.min(x + 14, this.size.width - tip.offsetWidth))}px`;
    tip.style.top = `${y + 16 + tip.offsetHeight > this.size.height ? y - 12 - tip.offsetHeight : y + 16}px`;
  }

  click(event) {
    const found = this.under(...placeOf(event, this.map));
    if (!found) return;
    if (found.t !== undefined) this.stepper.go(found.t);
    else this.send.setTriggerValue("point", this.data.points[found.point].number);
  }

  unmount() {
    this.stepper.stop();
    this.observer.disconnect();
    this.listening?.();
    this.listening = null;
    this.message = null;
  }
}

/** A power of ten. */
function power(exponent) {
  return `10${String(exponent).replace(/./g, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]))}`;
}
