// Rows of numbers of equal units under each other: as colours, and the last as bars; one unit of all is looked at.

import { css } from "../shared/colors.js";

/** `rows`: [{label, kind: "colors" | "bars", map}]; `onUnit(unit | null)` hears which unit is looked at. */
export class Strips {
  constructor(rows, { name, onUnit }) {
    this.onUnit = onUnit;
    this.unit = null;
    this.node = document.createElement("div");
    this.node.className = "strips";
    this.node.tabIndex = 0;
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", `${name}. The arrow keys look at one unit after the other.`);
    this.rows = rows.map((row) => this.row(row));
    this.node.onpointermove = (event) => this.look(this.under(event));
    this.node.onpointerleave = () => this.look(null);
    this.node.onkeydown = (event) => this.key(event);
    this.node.onblur = () => this.look(null);
  }

  row({ label, kind, map }) {
    const line = document.createElement("div");
    const name = document.createElement("span");
    const field = document.createElement("div");
    const mark = document.createElement("i");
    line.className = `strip ${kind}`;
    name.className = "strip-name";
    name.innerHTML = label;
    field.className = "field";
    const canvas = document.createElement("canvas");
    mark.hidden = true;
    field.append(canvas, mark);
    line.append(name, field);
    this.node.append(line);
    return { kind, map, field, canvas, mark };
  }

  /** `all`: the values of each row, all as long as each other. */
  draw(all) {
    this.count = all[0].length;
    this.rows.forEach((row, k) => (row.kind === "bars" ? this.bars(row, all[k]) : this.colors(row, all[k])));
    this.showMark();
  }

  colors({ canvas, map }, values) {
    Object.assign(canvas, { width: values.length, height: 1 });
    const pen = canvas.getContext("2d");
    values.forEach((value, k) => {
      pen.fillStyle = css(map(value));
      pen.fillRect(k, 0, 1, 1);
    });
  }

  bars({ canvas, map }, values) {
    const [wide, high] = [6 * values.length, 96];
    Object.assign(canvas, { width: wide, height: high });
    const pen = canvas.getContext("2d");
    const most = Math.max(...[...values].map(Math.abs), 1e-12);
    values.forEach((value, k) => {
      const size = (0.48 * high * Math.abs(value)) / most;
      pen.fillStyle = css(map(value > 0 ? Infinity : -Infinity));
      pen.fillRect(6 * k + 1, value > 0 ? high / 2 - size : high / 2, 4, Math.max(size, 0.5));
    });
    pen.fillStyle = "#808080";
    pen.fillRect(0, high / 2 - 0.5, wide, 1);
  }

  under(event) {
    const { left, width } = this.rows[0].field.getBoundingClientRect();
    const unit = Math.floor(((event.clientX - left) / width) * this.count);
    return unit >= 0 && unit < this.count ? unit : null;
  }

  key(event) {
    const last = this.count - 1;
    const at = this.unit ?? -1;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.look(Math.max(0, Math.min(last, to)));
  }

  look(unit) {
    if (unit === this.unit) return;
    this.unit = unit;
    this.showMark();
    this.onUnit(unit);
  }

  showMark() {
    for (const { mark } of this.rows) {
      mark.hidden = this.unit === null;
      mark.style.left = `${(100 * (this.unit ?? 0)) / this.count}%`;
      mark.style.width = `${100 / this.count}%`;
    }
  }
}
