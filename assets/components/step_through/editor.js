// The field and the slider of a number while it is edited, with what it changes: before, struck out, and now.
// Enter or leaving applies, Esc takes back; a bad number keeps what was typed.

import { digits, typed } from "../shared/arrays.js";
import { numberIn } from "../shared/numbers.js";
import { placeOf } from "../shared/pointer.js";

const LARGEST_EDIT = 1e6;
const WIDTH = 300;
const NOTCHES = 100;
const ROUND = [1, 2, 5, 10];

/**
 * Opens below `box`. `onTry(number)` hears every number on the way, `onApply(number)` the last one, `onUndo()` that what
 * is edited here goes, `onClose()` the end.
 */
export class Editor {
  constructor(root, box, { name, index, value, isEdited }, { onTry, onApply, onUndo, onClose }) {
    root.querySelector(".editor")?.remove();
    Object.assign(this, { value, tried: value, onTry, onApply, onClose, open: true, label: `${name}[${index.join(", ")}]` });
    this.form = document.createElement("form");
    this.form.className = "editor";
    this.form.tabIndex = -1; // a click on its numbers does not leave it
    this.form.innerHTML = `
      <label></label>
      <div class="entry"><input class="typed" inputmode="decimal" autocomplete="off" spellcheck="false"><input class="slid" type="range"></div>
      <p role="alert" hidden></p>
      <div class="effect" aria-live="polite"><p></p><table><thead><tr><th></th><th>before</th><th>now</th></tr></thead><tbody></tbody></table></div>
      <div class="acts"><button type="submit">Apply</button><button type="button" class="undo">Undo this edit</button></div>`;
    const part = (selector) => this.form.querySelector(selector);
    [this.field, this.slider, this.problem] = [part(".typed"), part(".slid"), part("[role=alert]")];
    part("label").textContent = this.label;
    part(".undo").hidden = !isEdited;
    part(".undo").onclick = () => this.end(onUndo);
    this.field.value = typed(value).replaceAll("−", "-");
    this.field.setAttribute("aria-label", this.label);
    this.slider.setAttribute("aria-label", "The same number, as a slider");
    Object.assign(this.slider, rangeFor(value));
    this.slider.value = value;
    this.wire();
    this.place(root, box);
  }

  wire() {
    this.field.oninput = () => {
      const { value: number, problem } = this.read();
      if (problem) return;
      this.slider.value = number;
      this.try(number);
    };
    this.slider.oninput = () => {
      const number = Number(this.slider.value);
      this.field.value = String(number);
      this.try(number);
    };
    this.form.onsubmit = (event) => {
      event.preventDefault();
      const { problem } = this.read();
      return problem ? this.complain(problem) : this.apply();
    };
    this.form.onkeydown = (event) => {
      if (event.target === this.slider && event.key === "Enter") this.form.requestSubmit();
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.end(() => this.onTry(null));
    };
    this.form.addEventListener("focusout", ({ relatedTarget }) => {
      if (this.form.contains(relatedTarget)) return;
      const { problem } = this.read();
      if (problem) this.complain(problem);
      else this.apply();
    });
  }

  try(number) {
    this.tried = number;
    this.problem.hidden = true;
    this.onTry(number);
  }

  /** The last number that was tried; what was not changed is not edited. */
  apply() {
    this.end(() => { if (this.tried !== this.value) this.onApply(this.tried); });
  }

  end(act) {
    if (!this.open) return;
    this.open = false;
    act();
    this.form.remove();
    this.onClose();
  }

  read() {
    return numberIn(this.field.value, this.label, -LARGEST_EDIT, LARGEST_EDIT);
  }

  complain(problem) {
    this.problem.hidden = false;
    this.problem.textContent = problem;
  }

  /** What the number changes: rows as {symbol, before, now}, and a sentence. */
  show({ rows, note }) {
    const lines = [{ symbol: this.label, before: this.value, now: this.tried }, ...rows].map(lineOf);
    this.form.querySelector(".effect p").textContent = this.tried === this.value ? "Move the slider, or type a number." : note;
    this.form.querySelector("tbody").replaceChildren(...lines);
  }

  place(root, box) {
    const [x, y] = placeOf({ clientX: box.left, clientY: box.bottom }, root);
    this.form.style.left = `${Math.max(0, Math.min(x - 6, root.offsetWidth - WIDTH - 8))}px`;
    this.form.style.top = `${y + 4}px`;
    root.append(this.form);
    const first = matchMedia("(pointer: coarse)").matches ? this.slider : this.field; // a keyboard on the screen would cover it
    first.focus({ preventScroll: true });
    this.field.select();
    this.form.scrollIntoView({ block: "nearest" });
  }
}

function lineOf({ symbol, before, now }) {
  const line = document.createElement("tr");
  const name = document.createElement("th");
  const old = document.createElement(before === now ? "span" : "s");
  name.scope = "row";
  name.append(symbol);
  old.textContent = digits(before);
  line.append(name);
  line.insertCell().append(old);
  line.insertCell().textContent = digits(now);
  line.classList.toggle("same", before === now);
  return line;
}

/** From where to where a slider goes that begins at `value`, in a hundred notches a side: past twice its size, at least 1. */
export function rangeFor(value) {
  const least = Math.max(1, Math.min(LARGEST_EDIT, 2 * Math.abs(value)));
  const power = 10 ** Math.floor(Math.log10(least));
  const most = power * ROUND.find((step) => least <= step * power * 1.000001);
  return { min: -most, max: most, step: most / NOTCHES };
}
