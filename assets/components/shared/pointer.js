// Where the pointer is in a node, in the node's own pixels, also where it is shown larger than it is; and what it focuses.

/** [x, y] from the upper left corner of `node`. */
export function placeOf({ clientX, clientY }, node) {
  const { left, top } = node.getBoundingClientRect();
  const zoom = zoomOf(node);
  return [(clientX - left) / zoom, (clientY - top) / zoom];
}

/** Lets go of what a click has focused only because it can scroll or be stepped through: the keys stay with the page. */
export function letGo({ target }) {
  if (!target.matches(":focus-visible")) target.blur();
}

/** How many times as large as it is a node is shown. */
export function zoomOf(node) {
  return node.currentCSSZoom ?? 1;
}
