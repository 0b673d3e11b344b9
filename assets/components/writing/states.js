// The hidden state of a step as a strip, a cell a unit.

import { row } from "../shared/arrays.js";
import { sized } from "../shared/canvas.js";
import { css } from "../shared/colors.js";
import { placeOf } from "../shared/pointer.js";

const HIGH = 26;

export class States {
  constructor(canvas, { onPoint }) {
    this.canvas = canvas;
    canvas.onpointermove = (event) => onPoint(this.under(placeOf(event, canvas)[0]));
    canvas.onpointerleave = () => onPoint(null);
  }

  build(model, map, width) {
    Object.assign(this, { model, map, width });
    this.step = width / model.states.shape[1];
  }

  draw(t) {
    const pen = sized(this.canvas, this.width, HIGH);
    row(this.model.states, t).forEach((value, unit) => {
      pen.fillStyle = css(this.map(value));
      pen.fillRect(unit * this.step, 0, this.step + 0.5, HIGH);
    });
  }

  under(x) {
    const unit = Math.floor(x / this.step);
    return this.model && unit >= 0 && unit < this.model.states.shape[1] ? unit : null;
  }
}
