// The field that lies over a number while it is edited. Enter applies, Esc leaves; a bad number keeps what was typed.

import { digits } from "../shared/arrays.js";
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
    const number = parse(field.value);
    if (number === null) {
      problem.hidden = false;
      problem.textContent = `${label} must be a number between −1,000,000 and 1,000,000; got “${field.value.slice(0, 20)}”.`;
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

function parse(typed) {
  const text = typed.trim().replaceAll("−", "-").replace(",", ".");
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return null;
  const number = Number(text);
  return Math.abs(number) <= LARGEST_EDIT ? number : null;
}

function place(form, root, box) {
  const [x, y] = placeOf({ clientX: box.left, clientY: box.top }, root);
  form.style.left = `${Math.max(0, Math.min(x - 6, root.offsetWidth - 220))}px`;
  form.style.top = `${y - 26}px`;
}
