// Tables and listings of the page that are wider than the window scroll by keyboard too: not every browser sees to that.
// And a link to a heading ends there, wherever our styles have moved it meanwhile. The wheel over a surface is the page's.
// A place to drop files is a group with its name. A click on the page focuses nothing: after a key there would be a frame around all of it.

import { letGo } from "../shared/pointer.js";

const PAGE = "[data-testid=stMain]";
const PLACES = ":is([data-testid=stMain], [data-testid=stPopoverBody])";
const OURS = ":is(:not([aria-label]), [data-reachable])"; // what has a name of its own sees to itself
const WIDE = `${PLACES} :is([data-testid=stTable] > div, pre)${OURS}`;
const SURFACE = ".js-plotly-plot .gl-container"; // takes the wheel from the page, also where it does nothing with it
const DROP = "[data-testid=stFileUploaderDropzone][role=presentation]"; // Streamlit gives it a name and denies it
const SETTLE_MS = 250;

/** Goes to the heading that the address names: Streamlit does so when it comes, which may be before the styles do. */
export function goToNamed() {
  document.getElementById(window.location.hash.slice(1))?.scrollIntoView();
}

/** Keeps an eye on the page; returns what ends it. */
export function keepReachable() {
  let waiting = null;
  const look = () => {
    document.querySelectorAll(WIDE).forEach(mark);
    document.querySelectorAll(DROP).forEach((node) => node.setAttribute("role", "group"));
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, SETTLE_MS);
  };
  const observer = new MutationObserver(soon);
  observer.observe(document.body, { childList: true, subtree: true });
  window.addEventListener("resize", soon);
  document.addEventListener("wheel", leave, { capture: true, passive: true });
  document.addEventListener("focusin", leavePage);
  soon();
  return () => {
    clearTimeout(waiting);
    observer.disconnect();
    window.removeEventListener("resize", soon);
    document.removeEventListener("wheel", leave, { capture: true });
    document.removeEventListener("focusin", leavePage);
  };
}

function leavePage(event) {
  if (event.target.matches(PAGE)) letGo(event);
}

function leave(event) {
  if (event.target.closest?.(SURFACE)) event.stopPropagation();
}

function mark(node) {
  const scrolls = node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight;
  if (scrolls === node.hasAttribute("data-reachable")) return;
  node.toggleAttribute("data-reachable", scrolls);
  if (!scrolls) return ["tabindex", "role", "aria-label"].forEach((name) => node.removeAttribute(name));
  node.tabIndex = 0;
  node.setAttribute("role", "region");
  node.setAttribute("aria-label", unused(node.matches("pre") ? "A listing that scrolls" : "A table that scrolls"));
  return undefined;
}

// Two regions of one name could not be told apart in a list of regions.
function unused(name) {
  const taken = new Set([...document.querySelectorAll("[data-reachable]")].map((node) => node.getAttribute("aria-label")));
  let free = name;
  for (let count = 2; taken.has(free); count += 1) free = `${name} (${count})`;
  return free;
}
