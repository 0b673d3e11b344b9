// The text itself, a mark a character, coloured by how much each surprised the network; what is not written yet is not there.

import { css, inkOn } from "../shared/colors.js";

const KINDS = { " ": "blank", "\n": "end", "\t": "tab" };

export class Text {
  constructor(box, { onStep }) {
    this.box = box;
    this.marks = [];
    box.onclick = ({ target }) => {
      const k = this.marks.indexOf(target);
      if (k >= 0) onStep(k);
    };
  }

  /** `map` gives a number of bits its colour. */
  build(model, map) {
    this.model = model;
    this.count = model.chars.length;
    this.at = null;
    this.marks = model.chars.map((symbol, k) => {
      const mark = document.createElement("span");
      mark.textContent = symbol;
      mark.className = KINDS[symbol] ?? "";
      mark.classList.toggle("given", k < model.prompt && model.writes);
      const ground = map(k ? model.bits[k - 1] : 0);
      Object.assign(mark.style, { backgroundColor: css(ground), color: inkOn(ground) });
      return mark;
    });
    this.box.replaceChildren(...this.marks);
  }

  draw(t) {
    const count = this.model.shown(t);
    for (let k = Math.min(count, this.count); k < Math.max(count, this.count); k += 1) this.marks[k].classList.toggle("later", k >= count);
    this.count = count;
    if (this.at !== null) {
      this.marks[this.at].classList.remove("at");
      this.marks[this.at + 1]?.classList.remove("next");
    }
    this.at = t;
    this.marks[t].classList.add("at");
    this.marks[t + 1].classList.add("next");
    this.follow(this.marks[t + 1]);
  }

  /** Scrolls as far as it takes to see a mark. */
  follow(mark) {
    const { box } = this;
    const top = mark.offsetTop;
    const low = top + mark.offsetHeight;
    if (top < box.scrollTop) box.scrollTop = top - 8;
    else if (low > box.scrollTop + box.clientHeight) box.scrollTop = low - box.clientHeight + 8;
  }
}
