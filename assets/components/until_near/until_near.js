// What stands for something below the window until the visitor comes near it, by scrolling or by the keyboard.

import { show } from "../shared/mounting.js";

const NEAR = "100px 0px";

/** Milliseconds that it has to be near: while a page is put together, what stands below is at its top for a moment. */
const REST_MS = 300;

export default function untilNear(component) {
  return show(component, component.parentElement.querySelector(".until-near"), UntilNear);
}

class UntilNear {
  constructor(root) {
    this.seen = new IntersectionObserver((entries) => this.moved(entries.at(-1)), {
      rootMargin: NEAR,
      scrollMargin: NEAR,
    });
    this.seen.observe(root);
    root.querySelector("button").onclick = () => this.tell();
  }

  update({ setTriggerValue }) {
    this.send = setTriggerValue;
  }

  moved({ isIntersecting }) {
    clearTimeout(this.resting);
    if (isIntersecting) this.resting = setTimeout(() => this.tell(), REST_MS);
  }

  tell() {
    this.unmount();
    this.send("near", true);
  }

  unmount() {
    clearTimeout(this.resting);
    this.seen.disconnect();
  }
}
