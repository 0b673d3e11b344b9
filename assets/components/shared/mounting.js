// A widget's script is called again whenever Python has run or the theme has changed; its view is made once.

import { keepAside } from "./aside.js";

const mounted = new WeakMap();

/**
 * Brings the view of the element `root` up to date, and returns what ends it: a new `View` of it at the first call, the same
 * one from then on. An end is only one where the widget has left the page: of two calls that come together Streamlit ends
 * the first, though the view goes on.
 */
export function show(component, root, View) {
  if (!mounted.has(root)) {
    mounted.set(root, new View(root));
    keepAside(root);
  }
  const view = mounted.get(root);
  view.update(component);
  return () => {
    if (!root.isConnected) view.unmount?.();
  };
}
