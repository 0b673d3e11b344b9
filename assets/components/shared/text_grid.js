// A text as a grid of cells, each character in its colour with a strip under it; only the rows on show are drawn.

import { sized } from "./canvas.js";
import { placeOf } from "./pointer.js";
import { dots } from "./unknown.js";

const CELL = { height: 22, gap: 4 };
const SIZES = [17, 16, 15, 14, 13];
const LINE = 80;
const SIGNS = { "\n": "⏎", "\t": "→", " ": "" };

/** The characters of a text in rows as wide as their place; `paint` draws them, `at` says which one the pointer is on. */
export class TextGrid {
  constructor(host, { onPaint, below = 0 }) {
    Object.assign(this, { host, onPaint, below, chars: [], columns: 0, rows: [] });
    this.spacer = document.createElement("div");
    this.spacer.className = "spacer";
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.spacer.append(this.canvas);
    host.append(this.spacer);
    host.addEventListener("scroll", () => this.onPaint());
    new ResizeObserver(() => this.fit() && this.onPaint()).observe(host);
  }

  /** Takes another text, or another height of what stands under each row. */
  set(chars, below = this.below) {
    const isNew = chars !== this.chars;
    Object.assign(this, { chars, below });
    this.columns = isNew ? 0 : this.columns;
    return this.fit();
  }

  get pitch() {
    return CELL.height + this.below + CELL.gap;
  }

  /** Breaks the lines anew if the width has changed; whether anything has. */
  fit() {
    const family = getComputedStyle(this.host).getPropertyValue("--st-code-font") || "monospace";
    const pen = this.canvas.getContext("2d");
    const inner = this.host.clientWidth;
    if (!inner) return false;
    for (const size of SIZES) {
      this.font = pen.font = `${size}px ${family}`;
      this.wide = pen.measureText("m").width;
      if (this.wide * LINE <= inner) break;
    }
    const columns = Math.max(8, Math.floor(inner / this.wide));
    if (columns !== this.columns) this.breakLines(columns);
    this.spacer.style.height = `${this.rows.length * this.pitch}px`;
    return true;
  }

  breakLines(columns) {
    this.columns = columns;
    this.rowOf = new Uint32Array(this.chars.length);
    this.rows = [0];
    let column = 0;
    this.chars.forEach((char, t) => {
      if (column === columns) {
        this.rows.push(t);
        column = 0;
      }
      this.rowOf[t] = this.rows.length - 1;
      column += 1;
      if (char === "\n" && t < this.chars.length - 1) {
        this.rows.push(t + 1);
        column = 0;
      }
    });
  }

  /**
   * Draws the rows on show. `look(t)` gives {ground, ink} of a character; `under(pen, t, x, y, wide)` draws what stands
   * under it, `over` the same on top of it. `unknown` has the steps whose character the network does not know.
   */
  paint({ look, under, over = null, soft, unknown = {} }) {
    const { pitch, host, chars, rows, wide } = this;
    const height = Math.min(host.clientHeight, rows.length * pitch);
    const pen = sized(this.canvas, host.clientWidth, height);
    const top = host.scrollTop;
    const first = Math.max(0, Math.floor(top / pitch));
    const last = Math.min(rows.length - 1, Math.floor((top + height) / pitch));
    pen.font = this.font;
    pen.textBaseline = "middle";
    for (let row = first; row <= last; row += 1) {
      const y = row * pitch - top;
      const end = rows[row + 1] ?? chars.length;
      for (let t = rows[row]; t < end; t += 1) {
        const x = (t - rows[row]) * wide;
        const { ground, ink } = look(t);
        if (ground) {
          pen.fillStyle = ground;
          pen.fillRect(x, y, wide + 0.5, CELL.height);
        }
        const sign = SIGNS[chars[t]] ?? chars[t];
        if (sign) {
          pen.fillStyle = sign === chars[t] ? ink : (ground ? ink : soft);
          pen.globalAlpha = sign === chars[t] ? 1 : 0.55;
          pen.fillText(sign, x, y + CELL.height / 2 + 1, wide * 1.05);
          pen.globalAlpha = 1;
        }
        if (t in unknown) {
          pen.strokeStyle = ink;
          dots(pen, x + 1, x + wide - 1, y + CELL.height - 2);
        }
        under?.(pen, t, x, y + CELL.height, wide);
      }
    }
    for (let row = first; over && row <= last; row += 1) {
      const end = rows[row + 1] ?? chars.length;
      for (let t = rows[row]; t < end; t += 1) over(pen, t, (t - rows[row]) * wide, row * pitch - top, wide, CELL.height);
    }
  }

  /** The character under the pointer, or the nearest one of its row. */
  at(event) {
    const [x, y] = placeOf(event, this.host);
    const row = Math.floor((y - this.host.clientTop + this.host.scrollTop) / this.pitch);
    const nearest = Math.max(0, Math.min(this.rows.length - 1, row));
    const column = Math.max(0, Math.floor((x - this.host.clientLeft) / this.wide));
    const end = this.rows[nearest + 1] ?? this.chars.length;
    return Math.min(end - 1, this.rows[nearest] + column);
  }

  /** The character above or below another. */
  beside(t, rows) {
    const row = Math.max(0, Math.min(this.rows.length - 1, this.rowOf[t] + rows));
    const end = this.rows[row + 1] ?? this.chars.length;
    return Math.min(end - 1, this.rows[row] + t - this.rows[this.rowOf[t]]);
  }

  /** Scrolls so far that a character is on show. */
  reveal(t) {
    const y = this.rowOf[t] * this.pitch;
    if (y < this.host.scrollTop) this.host.scrollTop = y;
    else if (y + this.pitch > this.host.scrollTop + this.host.clientHeight) this.host.scrollTop = y + this.pitch - this.host.clientHeight;
  }
}

/** A character as it is read out. */
export function spoken(char) {
  return { "\n": "end of line", "\t": "tab", " ": "space" }[char] ?? char;
}
