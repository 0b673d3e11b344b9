// The explanation at the foot of the window comes up over what it explains: it goes to the top while that is so.

import { zoomOf } from "./pointer.js";

const MARGIN = 12;

/** Keeps the explanation of a widget, where it has one, off what the pointer is on and off what the keyboard is on. */
export function keepAside(root) {
  const bar = root.querySelector(".detail");
  if (!bar) return;
  let box = null;
  const place = () => {
    bar.style.transform = "";
    const shift = box && shiftOf(bar.getBoundingClientRect(), box, ceilingOf(root));
    if (shift) bar.style.transform = `translateY(${shift / zoomOf(bar)}px)`;
  };
  const cover = (covered) => { box = covered; place(); };
  root.addEventListener("mousemove", ({ clientY }) => cover({ top: clientY - MARGIN, bottom: clientY + MARGIN }));
  root.addEventListener("mouseleave", () => { if (!bar.matches(".kept")) cover(null); });
  root.addEventListener("focusin", ({ target }) => { if (target.matches(":focus-visible")) cover(target.getBoundingClientRect()); });
  // It comes up only once it has something to say, and grows with it.
  new MutationObserver(place).observe(bar, { childList: true, attributeFilter: ["class"] });
}

/** How far the bar moves off a box: up to the ceiling, in pixels; not at all where it covers nothing, or would there too. */
export function shiftOf({ top, bottom }, box, ceiling) {
  const covers = (from) => box.bottom > from && box.top < from + bottom - top;
  return covers(top) && !covers(ceiling) ? ceiling - top : 0;
}

/** Under the player where that sticks to the top of the window, else where it would stick. */
function ceilingOf(root) {
  const rail = root.querySelector(".rail");
  if (!rail) return 0;
  const least = parseFloat(getComputedStyle(rail).top) * zoomOf(rail) || 0;
  const { top, bottom } = rail.getBoundingClientRect();
  return top <= least + 1 ? bottom : least;
}
