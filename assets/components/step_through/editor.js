// The field that lies over a number while it is edited. Enter applies, Esc leaves; a bad number keeps what was typed.

import { digits } from "../shared/arrays.js";
import { numberIn } from "../shared/numbers.js";
import { placeOf } from "../shared/pointer.js";

const LARGEST_EDIT = 1e6;

export function openEditor(root, box, { name, index, value }, { onApply, onClose }) {
  root.querySelector(".editor")?.remove();
  const label = `${name}[${index.join(", ")}]`;
  const form = document.createElement("form");
  form.className = "editor";
  form.innerHTML = '<label></label><input inputmode="decimal" autocomplete="off" spellcheck="false"><p role="alert" hidden></p>';
  const [caption, field, problem] = form.children;
  caption.textContent = label;
  field.value = digits(value).replaceAll("−", "-");
  field.setAttribute("aria-label", label);
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    form.remove();
    onClose();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    const { value: number, problem: wrong } = numberIn(field.value, label, -LARGEST_EDIT, LARGEST_EDIT);
    if (wrong) {
      problem.hidden = false;
      problem.textContent = wrong;
      return;
    }
    onApply(number);
    close();
  };
  field.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  field.onblur = () => { if (problem.hidden) close(); };
  place(form, root, box);
  root.append(form);
  field.focus({ preventScroll: true });
  field.select();
}

function place(form, root, box) {
  const [x, y] = placeOf({ clientX: box.left, clientY: box.top }, root);
  form.style.left = `${Math.max(0, Math.min(x - 6, root.offsetWidth - 220))}px`;
  form.style.top = `${y - 26}px`;
}
