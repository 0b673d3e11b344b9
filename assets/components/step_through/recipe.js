// How each number of a step comes about: the order of the page's lines, and for every value what it was made from.
// Nothing is computed here; a recipe names the shown operands, and Python sends every result.

/**
 * Lines of a cell in reading order: {key, formula, items}; an item is a sign, a vector, a matrix, or an array of them
 * that is drawn as one: a product with its result.
 */
export function lines(model) {
  const { cell, formulas } = model;
  if (model.back) return model.back.lines;
  const gates = model.gates.map((gate) => ({
    key: gate, gate: true, formula: formulas[gate], items: cell === "gru" && gate === "n" ? newGate(model) : gateItems(model, gate),
  }));
  const states = {
    rnn: [],
    lstm: [
      {
        key: "c",
        formula: formulas.c,
        items: [[V("f"), "⊙", V("c_prev"), "=", V("f*c")], "+", [V("i"), "⊙", V("g"), "=", V("i*g")], "=", V("c")],
      },
      { key: "h", formula: formulas.h, items: [V("o"), "⊙", V("tanh(c)"), "=", V("h")] },
    ],
    gru: [{
      key: "h",
      formula: formulas.h,
      items: [["(1 −", V("z"), ") ⊙", V("n"), "=", V("(1-z)*n")], "+", [V("z"), "⊙", V("h_prev"), "=", V("z*h")], "=", V("h")],
    }],
  }[cell];
  const readout = model.sizes.output
    ? [{ key: "y", formula: model.readout, items: [[M("head"), V("head_in"), "=", V("ho")], "+", V("b.head"), "=", V("y")] }] : [];
  return [...gates, ...states, ...readout];
}

/** The key of the line in which value `key` is computed; null where it is given. */
export function lineOf(model, key) {
  if (model.back) return model.back.lines.find(({ items }) => items[items.length - 1].vector === key)?.key ?? null;
  const [side, gate] = key.split(".");
  if (origin(model, key).kind === "given" && !side.startsWith("b")) return null;
  if (gate) return gate === "head" ? "y" : gate.split("+")[0];
  const made = { "f*c": "c", "i*g": "c", "tanh(c)": "h", "r*(hh": "n", "r*h": "n", "(1-z)*n": "h", "z*h": "h", ho: "y" };
  return made[key] ?? key;
}

function gateItems(model, gate) {
  return [
    [M(`ih.${gate}`), V("inputs"), "=", V(`ih.${gate}`)], ...bias(model, "ih", gate), "+",
    [M(`hh.${gate}`), V("h_prev"), "=", V(`hh.${gate}`)], ...bias(model, "hh", gate), "=",
    V(`sum.${gate}`), `→ ${activation(model, gate)} →`, V(gate),
  ];
}

function newGate(model) {
  if (model.resetsBefore) return resetGate(model);
  const hidden = [[M("hh.n"), V("h_prev"), "=", V("hh.n")], ...bias(model, "hh", "n"), ...(model.bias ? ["=", V("hh.n+b")] : [])];
  return [
    [M("ih.n"), V("inputs"), "=", V("ih.n")], ...bias(model, "ih", "n"), "+",
    [V("r"), "⊙ (", ...hidden, ") =", V("r*(hh.n+b)")], "=",
    V("sum.n"), "→ tanh →", V("n"),
  ];
}

/** The candidate of a GRU that resets before the product: W_hn multiplies r ⊙ h. */
function resetGate(model) {
  return [
    [M("ih.n"), V("inputs"), "=", V("ih.n")], ...bias(model, "ih", "n"), "+",
    [{ ...M("hh.n"), name: "Wₕₙ" }, "(", [V("r"), "⊙", V("h_prev"), "=", V("r*h")], ") =", V("hh.n")], ...bias(model, "hh", "n"), "=",
    V("sum.n"), "→ tanh →", V("n"),
  ];
}

function bias(model, side, gate) {
  return model.bias ? ["+", V(`b_${side}.${gate}`)] : [];
}

function activation(model, gate) {
  if (model.sigmoid.includes(gate)) return "σ";
  return model.cell === "rnn" && model.nonlinearity === "relu" ? "ReLU" : "tanh";
}

function V(key) {
  return { vector: key };
}

function M(key) {
  return { matrix: key };
}

/** What value `key` is made from: {kind: dot | sum | apply | product | lerp | given, ...}. */
export function origin(model, key) {
  if (model.back?.origins[key]) return model.back.origins[key];
  const [head, gate] = key.split(".");
  const bias = (side) => (model.bias ? [`b_${side}.${gate}`] : []);
  if (key === "ho") return { kind: "dot", matrix: "head", vector: "head_in" };
  if (key === "y") return { kind: "sum", terms: ["ho", "b.head"] };
  if (key === "hh.n+b") return { kind: "sum", terms: ["hh.n", "b_hh.n"] };
  if (head === "ih") return { kind: "dot", matrix: key, vector: "inputs" };
  if (head === "hh") return { kind: "dot", matrix: key, vector: model.resetsBefore && gate === "n" ? "r*h" : "h_prev" };
  if (key === "sum.n" && model.cell === "gru" && !model.resetsBefore) return { kind: "sum", terms: ["ih.n", ...bias("ih"), "r*(hh.n+b)"] };
  if (head === "sum") return { kind: "sum", terms: [`ih.${gate}`, ...bias("ih"), `hh.${gate}`, ...bias("hh")] };
  const given = { head_in: "the states of the top layer", b: "a bias of the output layer" };
  if (given[head]) return { kind: "given", note: given[head] };
  return STATES[model.cell][key] ?? (model.gates.includes(key)
    ? { kind: "apply", fn: activation(model, key), of: `sum.${key}` } : { kind: "given" });
}

const STATES = {
  rnn: {},
  lstm: {
    "f*c": { kind: "product", of: ["f", "c_prev"] },
    "i*g": { kind: "product", of: ["i", "g"] },
    c: { kind: "sum", terms: ["f*c", "i*g"] },
    "tanh(c)": { kind: "apply", fn: "tanh", of: "c" },
    h: { kind: "product", of: ["o", "tanh(c)"] },
  },
  gru: {
    "r*(hh.n+b)": { kind: "product", of: ["r", "hh.n+b"] },
    "r*h": { kind: "product", of: ["r", "h_prev"] },
    "(1-z)*n": { kind: "lerp", of: ["z", "n"] },
    "z*h": { kind: "product", of: ["z", "h_prev"] },
    h: { kind: "sum", terms: ["(1-z)*n", "z*h"] },
  },
};
