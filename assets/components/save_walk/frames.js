// The pictures of a walk, each as it fills a slide, drawn on one canvas one after the other.

import { imageFrom, walked } from "../shared/saving.js";

const SLIDE = 16 / 9;
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
    const pictures = await walked(host, { ...told, ratio: SLIDE }, { steps, sharpness, onStep });
    const ground = told.colors?.["--st-background-color"] ?? getComputedStyle(host).getPropertyValue("--st-background-color");
    return new Frames(pictures, pixels, told.transparent ? null : ground);
  }

  constructor(pictures, pixels, ground) {
    this.scale = pixels / Math.max(...pictures.map(({ width }) => width)); // the same type in all
    this.canvas = document.createElement("canvas");
    this.canvas.width = even(pixels);
    this.canvas.height = even(pixels / SLIDE);
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
    return this.show(await this.at(k));
  }

  /** Picture `k` in the size of all, drawn once. */
  async at(k) {
    const { width, height } = this.pictures[k];
    const image = await imageFrom(this.pictures[k]);
    const drawn = document.createElement("canvas");
    drawn.width = this.canvas.width;
    drawn.height = this.canvas.height;
    const pen = drawn.getContext("2d");
    if (this.ground) {
      pen.fillStyle = this.ground;
      pen.fillRect(0, 0, drawn.width, drawn.height);
    }
    pen.drawImage(image, (drawn.width - width * this.scale) / 2, 0, width * this.scale, height * this.scale);
    return drawn;
  }

  show(drawn) {
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.pen.drawImage(drawn, 0, 0);
    return this.canvas;
  }
}

/** Videos are made of squares of pixels: an odd side is none. */
function even(length) {
  return 2 * Math.max(1, Math.floor(length / 2));
}
