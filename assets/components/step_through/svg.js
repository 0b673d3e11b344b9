// Parts of a picture in SVG: nodes, arrows with their heads, and names with indices.

const SVG = "http://www.w3.org/2000/svg";
const PIECE = /\\mathrm\{(\w+)\}|\\(\w+) ?|([A-Za-z])(?=[_^])(?:_(?:\{([^}]*)\}|(\w)))?(?:\^\{(\w+)\})?|([^\\]?)/g;
const SIGNS = { odot: "⊙", sigma: "σ" };

export function make(tag, attributes, ...inside) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...inside);
  return node;
}

/** A line; `head` names the kind of arrow head at its end, as `arrowHeads` made them. */
export function path(d, kind, head = null) {
  return make("path", { d, class: kind, ...(head ? { "marker-end": `url(#head-${head})` } : {}) });
}

export function spanned(content, attributes, dy) {
  const node = make("tspan", dy === undefined ? attributes : { ...attributes, dy });
  node.textContent = content;
  return node;
}

/** A letter with an index below it; what follows has to rise again by 3. */
export function symbol(letter, sub) {
  return [spanned(letter, { class: "letter" }), spanned(sub, { dy: 3, class: "sub" })];
}

/** Spans for the LaTeX of a symbol or a product, as `names.py` writes them, and for a `tail`, so far below their line. */
export function spans(latex, tail = null) {
  const parts = [];
  let level = 0;
  const add = (content, kind, to = 0) => {
    parts.push(spanned(content, kind ? { class: kind } : {}, to === level ? undefined : to - level));
    level = to;
  };
  for (const [, upright, command, letter, braced, single, above, sign] of latex.matchAll(PIECE)) {
    if (upright) add(upright);
    else if (command) add(SIGNS[command] ?? command);
    else if (letter) {
      add(letter, "letter");
      if (braced ?? single) add((braced ?? single).replace("-", "−"), "sub", 3);
      if (above) add(above, "sub", -5);
    } else if (sign) add(sign.replace("-", "−"), /[a-z]/i.test(sign) ? "letter" : "");
  }
  if (tail) parts.push(spanned(tail.content, tail.attributes, tail.below - level));
  return parts;
}

/** The heads that arrows refer to, a colour each. */
export function arrowHeads(colors) {
  return make("defs", {}, ...Object.entries(colors).map(([name, fill]) => make(
    "marker",
    { id: `head-${name}`, viewBox: "0 0 8 8", refX: 6.5, refY: 4, markerWidth: 10, markerHeight: 10, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" },
    make("path", { d: "M0.5 0.5L7.5 4L0.5 7.5z", fill }),
  )));
}
