// The pictures of a walk, all of one size, drawn on one canvas one after the other.

import { imageFrom, walked } from "../shared/saving.js";

const TALLEST = 2160;
const SHARPEST = 3;

export class Frames {
  /** The widget in `host` at the steps of a plan. */
  static async of(host, told, { steps, pixels }, { say, check }) {
    // A whole number: where widgets clear a part of a canvas, parts of pixels would stay.
    const sharpness = Math.min(SHARPEST, Math.ceil((1.2 * pixels) / host.clientWidth));
    const onStep = (k) => {
      check();
      say(`Step ${steps[k]} …`, (0.4 * k) / steps.length);
    };
    const pictures = await walked(host, told, { steps, sharpness, onStep });
    const ground = told.colors?.["--st-background-color"] ?? getComputedStyle(host).getPropertyValue("--st-background-color");
    return new Frames(pictures, pixels, told.transparent ? null : ground);
  }

  constructor(pictures, pixels, ground) {
    const most = (side) => Math.max(...pictures.map((picture) => picture[side]));
    this.scale = Math.min(pixels / most("width"), TALLEST / most("height"));
    this.canvas = document.createElement("canvas");
    this.canvas.width = even(most("width") * this.scale);
    this.canvas.height = even(most("height") * this.scale);
    Object.assign(this, { pictures, ground, pen: this.canvas.getContext("2d") });
  }

  get size() {
    return `${this.canvas.width} × ${this.canvas.height} pixels`;
  }

  get count() {
    return this.pictures.length;
  }

  /** The canvas with picture `k` on it. */
  async draw(k) {
    const { width, height } = this.pictures[k];
    this.image = await imageFrom(this.pictures[k]);
    this.place = [width * this.scale, height * this.scale];
    return this.again();
  }

  /** The same picture once more. */
  again() {
    const { pen, canvas, ground } = this;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (ground) {
      pen.fillStyle = ground;
      pen.fillRect(0, 0, canvas.width, canvas.height);
    }
    pen.drawImage(this.image, 0, 0, ...this.place);
    return canvas;
  }
}

/** Videos are made of squares of pixels: an odd side is none. */
function even(length) {
  return 2 * Math.max(1, Math.floor(length / 2));
}
