// Curves of something that goes on: each new picture takes the place of the one before, and a closer look stays.

import { themeOf } from "../shared/colors.js";
import { unpack } from "../shared/message.js";
import { show } from "../shared/mounting.js";
import { Panel } from "./panel.js";

export default function liveCurves(component) {
  return show(component, component.parentElement.querySelector(".live-curves"), LiveCurves);
}

class LiveCurves {
  constructor(root) {
    this.root = root;
    this.grid = root.querySelector("[data-part=grid]");
    this.panels = new Map();
    this.observer = new ResizeObserver(() => this.paint());
  }

  unmount() {
    this.observer.disconnect();
  }

  update({ data }) {
    const { panels, palette, id, size, across } = unpack(data);
    if (id !== this.id) this.view = [0, 1];
    this.id = id;
    const look = { ...palette[themeOf(this.root)], font: getComputedStyle(this.root).fontFamily };
    this.grid.classList.toggle("across", across);
    this.arrange(panels.map(({ key }) => key));
    for (const panel of panels) this.panels.get(panel.key).show(panel, look, size);
    this.observer.observe(this.grid);
    this.paint();
  }

  /** A picture for each key, in their order; those that are there already stay where they are. */
  arrange(keys) {
    if (keys.join() === [...this.panels.keys()].join()) return;
    const onView = (view) => this.lookAt(view);
    this.panels = new Map(keys.map((key) => [key, this.panels.get(key) ?? new Panel({ onView })]));
    this.grid.replaceChildren(...[...this.panels.values()].map(({ node }) => node));
  }

  lookAt(view) {
    this.view = view;
    this.paint();
  }

  paint() {
    this.root.dataset.view = this.view.join(" ");
    for (const panel of this.panels.values()) panel.paint(this.view);
  }
}
