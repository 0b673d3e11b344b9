// Text that widgets draw on canvases, kept as text in a picture of them: it can be searched, and is sharp at any size.

const SVG = "http://www.w3.org/2000/svg";
const ANCHORS = { left: "start", start: "start", center: "middle", right: "end", end: "end" };
const BASELINES = { middle: "central", top: "text-before-edge", hanging: "hanging", bottom: "text-after-edge" };
let noted = new WeakMap(); // a canvas, and the text on it

/** From now on the text on canvases in `root` is noted and not drawn; returns what ends that. */
export function noting(root) {
  noted = new WeakMap();
  const pens = CanvasRenderingContext2D.prototype;
  const own = Object.fromEntries(["fillText", "clearRect", "fillRect"].map((name) => [name, pens[name]]));
  const width = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, "width");
  pens.fillText = function fillText(text, x, y, most) {
    if (!root.contains(this.canvas) || typeof this.fillStyle !== "string") own.fillText.apply(this, arguments);
    else note(this, { text, x, y, most });
  };
  for (const name of ["clearRect", "fillRect"]) {
    pens[name] = function covering(...box) {
      if (name === "clearRect" || !this.fillStyle.startsWith?.("rgba")) cover(this, box);
      own[name].apply(this, box);
    };
  }
  Object.defineProperty(HTMLCanvasElement.prototype, "width", { ...width, set(value) {
    noted.delete(this); // a canvas with another size is empty
    width.set.call(this, value);
  } });
  return () => {
    Object.assign(pens, own);
    Object.defineProperty(HTMLCanvasElement.prototype, "width", width);
  };
}

function note(pen, { text, x, y, most }) {
  const { a, b, c, d, e, f } = pen.getTransform();
  const wide = pen.measureText(text).width;
  const words = {
    text, x, y, transform: [a, b, c, d, e, f], font: pen.font, fill: pen.fillStyle, opacity: pen.globalAlpha,
    anchor: ANCHORS[pen.textAlign], baseline: BASELINES[pen.textBaseline] ?? "alphabetic", length: wide > most ? most : undefined,
  };
  noted.set(pen.canvas, [...(noted.get(pen.canvas) ?? []), words]);
}

/** Forgets the text in a box that is painted over. */
function cover(pen, [x, y, width, height]) {
  const texts = noted.get(pen.canvas);
  if (!texts) return;
  const at = pen.getTransform();
  const corners = [new DOMPoint(x, y), new DOMPoint(x + width, y + height)].map((corner) => corner.matrixTransform(at));
  const [left, right] = corners.map((corner) => corner.x).sort((p, q) => p - q);
  const [top, bottom] = corners.map((corner) => corner.y).sort((p, q) => p - q);
  const isUnder = (one) => {
    const place = new DOMPoint(one.x, one.y).matrixTransform(new DOMMatrix(one.transform));
    return place.x >= left && place.x <= right && place.y >= top && place.y <= bottom;
  };
  noted.set(pen.canvas, texts.filter((one) => !isUnder(one)));
}

/** The text noted on a canvas as SVG, in the pixels of the canvas. */
export function lettersOn(canvas) {
  return (noted.get(canvas) ?? []).map(({ text, x, y, transform, length, ...looks }) => {
    const one = document.createElementNS(SVG, "text");
    one.textContent = text;
    for (const [name, value] of Object.entries({ x, y, transform: `matrix(${transform.join(" ")})` })) one.setAttribute(name, value);
    if (length) one.setAttribute("textLength", length);
    if (length) one.setAttribute("lengthAdjust", "spacingAndGlyphs");
    const { font, fill, opacity, anchor, baseline } = looks; // as style: the widget's own rules for text are for others
    one.style.cssText = `font: ${font}; fill: ${fill}; opacity: ${opacity}; text-anchor: ${anchor}; dominant-baseline: ${baseline}; stroke: none; white-space: pre`;
    return one;
  });
}
