// A widget's script is called again whenever Python has run or the theme has changed; its view is made once.

const mounted = new WeakMap();

/** The view of the element `root`: a new `View` of it at the first call, the same one from then on. */
export function viewOf(root, View) {
  if (!mounted.has(root)) mounted.set(root, new View(root));
  return mounted.get(root);
}
