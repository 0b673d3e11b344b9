// Where the pointer is in a node, in the node's own pixels, also where it is shown larger than it is.

/** [x, y] from the upper left corner of `node`. */
export function placeOf({ clientX, clientY }, node) {
  const { left, top } = node.getBoundingClientRect();
  const zoom = zoomOf(node);
  return [(clientX - left) / zoom, (clientY - top) / zoom];
}

/** How many times as large as it is a node is shown. */
export function zoomOf(node) {
  return node.currentCSSZoom ?? 1;
}
