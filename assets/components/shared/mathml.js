// MathML from the LaTeX that names.py writes, and from simple formulas of others: letters, also Greek ones, with indices, tanh,
// sigma, ReLU, products, comparisons and brackets.

const MATH = "http://www.w3.org/1998/Math/MathML";
const GLYPHS = { "\\sigma": "σ", "\\tanh": "tanh", "\\odot": "⊙", "-": "−", "\\cdot": "·" };
const LETTERS = {
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", varepsilon: "ε", zeta: "ζ", eta: "η", theta: "θ", kappa: "κ", lambda: "λ",
  mu: "μ", nu: "ν", xi: "ξ", pi: "π", rho: "ρ", tau: "τ", phi: "φ", varphi: "φ", chi: "χ", psi: "ψ", omega: "ω",
  Gamma: "Γ", Delta: "Δ", Theta: "Θ", Lambda: "Λ", Sigma: "Σ", Phi: "Φ", Psi: "Ψ", Omega: "Ω",
};
const SIGNS = { le: "≤", leq: "≤", ge: "≥", geq: "≥", ne: "≠", neq: "≠", approx: "≈", times: "×", to: "→", infty: "∞", partial: "∂", top: "⊤", sum: "∑" };
const TOKEN = /\\mathrm\{(\w+)\}|(\\[a-z]+)|([A-Za-zα-ωΑ-Ω])(?:_(?:\{([^}]*)\}|(\w)))?(?:\^\{(\w+)\})?|(\d+(?:\.\d+)?)|([()\[\]=+\-·/∂⊤∑<>≤≥≠≈×→∞,|])/g;

/** A <math> element for `latex`. */
export function math(latex) {
  const root = element("math");
  const line = element("mrow");
  for (const [, upright, command, letter, braced, single, above, number, sign] of plain(latex).matchAll(TOKEN)) {
    line.append(...atoms({ upright, command, letter, sub: braced ?? single, above, number, sign }));
  }
  root.append(line);
  return root;
}

/** Whether `latex` has nothing else than what `math` sets. */
export function canSet(latex) {
  const isKnown = ([, , command]) => !command || Object.hasOwn(GLYPHS, command);
  const given = plain(latex);
  return [...given.matchAll(TOKEN)].every(isKnown) && !given.replace(TOKEN, "").trim();
}

/** The same with the characters themselves for Greek letters and signs that have names in LaTeX. */
function plain(latex) {
  return latex.replace(/\\([A-Za-z]+)(?![A-Za-z])/g, (whole, name) => LETTERS[name] ?? SIGNS[name] ?? whole);
}

function atoms({ upright, command, letter, sub, above, number, sign }) {
  if (upright) return [text("mi", upright, true)];
  if (command) {
    const glyph = GLYPHS[command] ?? command.slice(1);
    return [command === "\\odot" || command === "\\cdot" ? text("mo", glyph) : text("mi", glyph, true)];
  }
  if (letter) return [indexed(letter, sub, above)];
  if (number) return [text("mn", number)];
  return [text("mo", GLYPHS[sign] ?? sign)];
}

function indexed(letter, sub, above) {
  const base = text("mi", letter);
  if (!sub && !above) return base;
  const node = element(sub && above ? "msubsup" : sub ? "msub" : "msup");
  node.append(base);
  if (sub) node.append(index(sub));
  if (above) node.append(index(above));
  return node;
}

function index(content) {
  const node = element("mrow");
  for (const part of content.match(/[A-Za-z]+|\d+|[-+,]/g)) {
    node.append(/[-+,]/.test(part) ? text("mo", GLYPHS[part] ?? part) : text(/\d/.test(part) ? "mn" : "mi", part));
  }
  return node;
}

function text(tag, content, upright = false) {
  const node = element(tag);
  node.textContent = content;
  if (upright && tag === "mi") node.setAttribute("mathvariant", "normal");
  return node;
}

function element(tag) {
  return document.createElementNS(MATH, tag);
}
