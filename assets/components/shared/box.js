// The field of a widget that reads while one types: what is typed is never overwritten, every key is sent, at most one at a time is on its way.

import { Question } from "./question.js";

/** `onTyped({count, text})` sends what stands in the field. */
export class Box {
  constructor(part, { onTyped }) {
    Object.assign(this, { part, onTyped, count: 0, sent: 0, pressed: new Map() });
    this.field = part("text");
    this.question = new Question({ onLost: () => this.ask() });
    this.field.oninput = () => this.typed();
    // Keys of the page, such as those that step, are letters here.
    this.field.onkeydown = (event) => {
      if (event.key === "Escape" || event.key === "Enter") this.field.blur();
      event.stopPropagation();
    };
  }

  begin({ text, count }) {
    this.question.close();
    this.field.value = text;
    this.count = this.sent = count;
    this.pressed.clear();
  }

  typed() {
    this.count += 1;
    this.pressed.set(this.count, performance.now());
    if (!this.question.open) this.ask();
  }

  /** Sends the last that was typed, if that was not sent yet. */
  ask() {
    if (this.sent === this.count || this.question.open) return;
    this.sent = this.count;
    this.question.ask(() => this.onTyped({ count: this.count, text: this.field.value }));
  }

  /** Hears which key was answered; returns the milliseconds since it was pressed, if it was one of these. */
  answered(count) {
    const since = this.pressed.get(count);
    for (const older of [...this.pressed.keys()]) if (older <= count) this.pressed.delete(older);
    if (count >= this.sent) this.question.close();
    this.ask();
    return since;
  }

  samples(samples) {
    this.part("samples").replaceChildren(...samples.map(({ label, text }) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: label, title: text });
      button.onclick = () => {
        this.field.value = text;
        this.typed();
        button.blur();
      };
      return button;
    }));
  }

  press() {
    for (const button of this.part("samples").children) button.setAttribute("aria-pressed", button.title === this.field.value);
  }
}
