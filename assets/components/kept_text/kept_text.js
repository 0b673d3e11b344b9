// Keeps what is typed into a text box of the page in this tab, so that a reload loses nothing: it is in no link.

import { show } from "../shared/mounting.js";

export default function keptText(component) {
  return show(component, component.parentElement.querySelector(".kept-text"), KeptText);
}

class KeptText {
  constructor(root) {
    this.root = root;
    this.hear = ({ target }) => {
      if (target.matches?.(`.st-key-${this.data.box} textarea`)) store(this.data.box, target.value);
    };
  }

  update({ data, setTriggerValue }) {
    const isFirst = !this.data;
    this.data = data;
    if (!isFirst) return;
    document.addEventListener("input", this.hear, true);
    const text = data.begun || (data.linked && arrived()) ? null : stored(data.box);
    if (text) setTriggerValue("found", text);
  }

  unmount() {
    document.removeEventListener("input", this.hear, true);
    this.data = null;
  }
}

/** Whether the page was opened by an address, not by a reload or by a step through the history. */
function arrived() {
  return performance.getEntriesByType("navigation")[0]?.type === "navigate";
}

// A browser may refuse storage altogether, or have no room.

function stored(box) {
  try {
    return window.sessionStorage.getItem(nameOf(box));
  } catch {
    return null;
  }
}

function store(box, text) {
  try {
    window.sessionStorage.setItem(nameOf(box), text);
  } catch {
    // The session of the page has it still.
  }
}

function nameOf(box) {
  return `rnnviz.${box}`;
}
