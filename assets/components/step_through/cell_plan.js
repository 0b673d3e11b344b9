// Where everything of a drawn cell stands: strips of numbers on its wires, the wires, nodes, valves and the cards of gates.

const LEAST = 800;
const CARDS = 4;
const FEW = 4;
const FEW_INPUTS = 6;
const NODE = 12;
const VALVE = 17;
const LABEL = 17;
const CARD = { title: 22, foot: 8 };
const BUS = { gap: 30, apart: 16 };

/**
 * The plan of a model's cell for a width; `unit` is the only one on show, null for all.
 * A strip is {key, x, y, width, height, cell, digits, unit}, its x and y the upper left corner; a wire {d, signal, keys,
 * head, rank}: `keys` are the numbers that run along it, `rank` how many products and sums lie before it.
 */
export function planCell(model, room, unit) {
  const width = Math.max(LEAST, room);
  const at = { model, unit, width, ...sizes(model, width, unit), strips: [], wires: [], nodes: [], valves: [], cards: [], labels: [] };
  ({ rnn: planRnn, lstm: planLstm, gru: planGru })[model.cell](at);
  return at;
}

function sizes(model, width, unit) {
  const { hidden, input } = model.sizes;
  const digits = { width: 54, cell: 21 };
  const state = sizeOf(unit === null ? hidden : 1, digits);
  const features = model.view.layer === 0 ? input : hidden * model.directions.length;
  const gutter = digits.width + (width < 900 ? 26 : 50);
  return {
    state, digits, gutter,
    before: sizeOf(hidden, digits),
    below: sizeOf(features, { ...digits, cell: features > FEW ? 17 : digits.cell }, hidden <= FEW ? FEW_INPUTS : 0),
    column: (width - 2 * gutter) / CARDS,
  };
}

/** The size of a strip of so many numbers: digits where they are at most `few`, else colours alone. */
function sizeOf(rows, digits, few = FEW) {
  if (rows <= few) return { ...digits, rows, height: rows * digits.cell, digits: true };
  const height = Math.min(Math.max(rows * 4, 44), 64);
  return { width: 24, rows, height, cell: height / rows, digits: false };
}

// ---- placing ----

/** A strip around (x, y); its name stands over it, at one `side` of a wire that leaves upwards, or from a place on. */
function strip(at, key, x, y, { size = at.state, side = "middle", name = at.model.symbols[key] } = {}) {
  const placed = { key, ...size, x: x - size.width / 2, y: y - size.height / 2, unit: size === at.state ? at.unit : null };
  at.strips.push(placed);
  const anchor = { middle: [x, "middle"], left: [x - 6, "end"], start: [placed.x, "start"] }[side] ?? [side, "start"];
  at.labels.push({ x: anchor[0], y: placed.y - 6, anchor: anchor[1], latex: name, key });
  return { left: placed.x - 3, right: placed.x + size.width + 3, top: placed.y - 3, bottom: placed.y + size.height + 3 };
}

function wire(at, d, signal, key, { head = true, rank = 0 } = {}) {
  at.wires.push({ d, signal, key, head, rank });
}

/** A circle with a sign; `key` is what comes out of it. */
function node(at, sign, x, y, key, narrow = false) {
  at.nodes.push({ sign, x, y, r: NODE, key, narrow });
}

/** A valve that `gate` opens; `key` is what comes out of it, `rest` says that it opens as the gate shuts. */
function valve(at, gate, x, y, key, rest = false) {
  at.valves.push({ gate, x, y, r: VALVE, key, rest });
}

function dot(at, x, y, signal) {
  at.nodes.push({ sign: "", x, y, r: 3.5, key: null, signal });
}

/** A gate: its sum, what squashes it, and the gate itself, from left to right, or from right to left. */
function card(at, gate, column, top, { mirrored = false } = {}) {
  const { model, state } = at;
  const x = at.gutter + (column + 0.5) * at.column;
  const y = top + CARD.title + LABEL + state.height / 2;
  const far = (state.width / 2 + NODE + 6) * (mirrored ? -1 : 1);
  const sum = strip(at, `sum.${gate}`, x - far, y);
  const out = strip(at, gate, x + far, y, { side: "left" });
  const toward = mirrored ? [sum.left, x + NODE + 1, x - NODE - 1, out.right] : [sum.right, x - NODE - 1, x + NODE + 1, out.left];
  wire(at, `M${toward[0]} ${y}H${toward[1]}`, gate, `sum.${gate}`, { head: false, rank: 1 });
  wire(at, `M${toward[2]} ${y}H${toward[3]}`, gate, gate, { head: false, rank: 2 });
  node(at, activationOf(model, gate), x, y, gate, true);
  const box = { gate, x: x - at.column / 2 + 5, y: top, width: at.column - 10, height: cardHeight(at), title: model.labels[gate], mirrored };
  at.cards.push(box);
  return { x, out: x + far, top: out.top, bottom: top + box.height, middle: y, box };
}

function cardHeight({ state }) {
  return CARD.title + LABEL + state.height + CARD.foot;
}

function activationOf(model, gate) {
  if (model.sigmoid.includes(gate)) return "σ";
  return model.cell === "rnn" && model.nonlinearity === "relu" ? "ReLU" : "tanh";
}

/** Two lines under the cards, x_t and the state before, and from each of them an arrow up into every card. */
function bus(at, cards, bottom, from, foot = bottom) {
  const rows = { inputs: bottom + BUS.gap + BUS.apart, h_prev: bottom + BUS.gap };
  const last = cards[cards.length - 1].x;
  for (const [key, signal, shift] of [["h_prev", "h", 9], ["inputs", "x", -9]]) {
    wire(at, `${from[key]}V${rows[key]}H${last + shift}`, signal, key, { head: false });
    for (const { x, box, only } of cards) {
      if (only && only !== key) continue;
      wire(at, `M${x + shift} ${rows[key]}V${foot + 2}`, signal, key);
      const letter = key === "inputs" ? "i" : "h";
      at.labels.push({ x: x + shift + (shift > 0 ? 6 : -6), y: foot + 19, anchor: shift > 0 ? "start" : "end", latex: at.model.written(`W_{${letter}${box.gate}}`), key: null });
    }
  }
  at.height = rows.inputs + 14;
  return rows;
}

/** The input and the state before, at the left; returns where their wires begin. */
function sources(at, top, bottom, { state = true } = {}) {
  const x = at.gutter / 2 - 6;
  const low = bottom - at.below.height / 2;
  const input = strip(at, "inputs", x, low, { size: at.below });
  const from = { inputs: `M${input.right} ${low}H${at.gutter - 16}` };
  if (!state) return from;
  const high = top + LABEL + at.before.height / 2;
  const before = strip(at, "h_prev", x, high, { size: at.before });
  return { ...from, h_prev: `M${before.right} ${high}H${at.gutter - 6}` };
}

// ---- the cells ----

function planLstm(at) {
  const { state, gutter, width } = at;
  const conveyor = 10 + LABEL + state.height / 2;
  const products = conveyor + state.height + 86;
  const top = products + VALVE + 14;
  const [f, i, g, o] = ["f", "i", "g", "o"].map((gate, k) => card(at, gate, k, top));
  const x = gutter / 2 - 6;
  const end = width - gutter / 2 + 4;

  const c0 = strip(at, "c_prev", x, conveyor);
  wire(at, `M${c0.right} ${conveyor}H${f.out - VALVE - 1}`, "c", "c_prev");
  wire(at, `M${f.out} ${f.top}V${conveyor + VALVE + 1}`, "f", "f", { rank: 2 });
  valve(at, "f", f.out, conveyor, "f*c");
  const kept = strip(at, "f*c", (f.out + VALVE + i.out - NODE) / 2, conveyor);
  wire(at, `M${f.out + VALVE} ${conveyor}H${kept.left}`, "c", "f*c", { head: false, rank: 3 });
  wire(at, `M${kept.right} ${conveyor}H${i.out - NODE - 1}`, "c", "f*c", { rank: 3 });

  wire(at, `M${i.out} ${i.top}V${products + VALVE + 1}`, "i", "i", { rank: 2 });
  wire(at, `M${g.out} ${g.top}V${products}H${i.out + VALVE + 1}`, "g", "g", { rank: 2 });
  valve(at, "i", i.out, products, "i*g");
  const middle = (conveyor + NODE + products - VALVE + LABEL) / 2;
  strip(at, "i*g", i.out - state.width / 2 - 9, middle);
  wire(at, `M${i.out} ${products - VALVE}V${conveyor + NODE + 1}`, "g", "i*g", { rank: 3 });
  node(at, "+", i.out, conveyor, "c");

  const c = strip(at, "c", end, conveyor);
  wire(at, `M${i.out + NODE} ${conveyor}H${c.left}`, "c", "c", { rank: 4 });
  const squash = conveyor + NODE + 18;
  dot(at, o.out, conveyor, "c");
  wire(at, `M${o.out} ${conveyor}V${squash - NODE - 1}`, "c", "c", { rank: 4 });
  node(at, "tanh", o.out, squash, "tanh(c)");
  const low = (squash + NODE + products - VALVE + LABEL) / 2;
  strip(at, "tanh(c)", o.out - state.width / 2 - 9, low, { side: "middle" });
  wire(at, `M${o.out} ${squash + NODE}V${products - VALVE - 1}`, "c", "tanh(c)", { rank: 5 });
  wire(at, `M${o.out} ${o.top}V${products + VALVE + 1}`, "o", "o", { rank: 2 });
  valve(at, "o", o.out, products, "h");
  const h = strip(at, "h", end, products);
  wire(at, `M${o.out + VALVE} ${products}H${h.left}`, "h", "h", { rank: 6 });

  const from = sources(at, c0.bottom + 10, Math.max(f.bottom, c0.bottom + 20 + 2 * LABEL + at.before.height + at.below.height));
  bus(at, [f, i, g, o], f.bottom, from);
}

function planGru(at) {
  const { state, gutter, width } = at;
  const conveyor = 10 + LABEL + Math.max(state.height, at.before.height) / 2;
  const products = conveyor + state.height + 62;
  const top = products + VALVE + 26;
  const [z, n] = ["z", "n"].map((gate, k) => card(at, gate, k, top));
  const r = card(at, "r", 3, top, { mirrored: true });
  const end = width - gutter / 2 + 4;

  const before = strip(at, "h_prev", gutter / 2 - 6, conveyor, { size: at.before });
  dot(at, gutter - 6, conveyor, "h");
  wire(at, `M${before.right} ${conveyor}H${z.out - VALVE - 1}`, "h", "h_prev");
  wire(at, `M${z.out} ${z.top}V${conveyor + VALVE + 1}`, "z", "z", { rank: 2 });
  valve(at, "z", z.out, conveyor, "z*h");
  const kept = strip(at, "z*h", (z.out + VALVE + n.out - NODE) / 2, conveyor);
  wire(at, `M${z.out + VALVE} ${conveyor}H${kept.left}`, "h", "z*h", { head: false, rank: 3 });
  wire(at, `M${kept.right} ${conveyor}H${n.out - NODE - 1}`, "h", "z*h", { rank: 3 });

  const minus = z.out + 48;
  dot(at, z.out, products, "z");
  wire(at, `M${z.out} ${products}H${minus - NODE - 12}`, "z", "z", { rank: 2 });
  at.nodes.push({ sign: "1 −", x: minus, y: products, r: NODE + 3, key: "(1-z)*n" });
  wire(at, `M${minus + NODE + 11} ${products}H${n.out - VALVE - 1}`, "z", "z", { rank: 2 });
  wire(at, `M${n.out} ${n.top}V${products + VALVE + 1}`, "n", "n", { rank: 5 });
  valve(at, "z", n.out, products, "(1-z)*n", true);
  strip(at, "(1-z)*n", n.out + state.width / 2 + 9, (conveyor + NODE + products - VALVE + LABEL) / 2, { side: "start" });
  wire(at, `M${n.out} ${products - VALVE}V${conveyor + NODE + 1}`, "n", "(1-z)*n", { rank: 6 });
  node(at, "+", n.out, conveyor, "h");
  const h = strip(at, "h", end, conveyor);
  wire(at, `M${n.out + NODE} ${conveyor}H${h.left}`, "h", "h", { rank: 7 });

  // torch multiplies by r_t what W_hn has made of the state, its bias included; the first GRU multiplies the state itself.
  const { resetsBefore, bias } = at.model;
  const [into, out] = resetsBefore ? ["h_prev", "r*h"] : ["hh.n+b", "r*(hh.n+b)"];
  const name = resetsBefore ? at.model.symbols[out] : bias ? "r_t \\odot (W h + b)" : "r_t \\odot W h";
  const x = at.gutter + 2.62 * at.column;
  const y = top + 16;
  const bottom = top + cardHeight(at);
  wire(at, `M${r.out} ${r.top}V${top - 13}H${x}V${y - VALVE - 1}`, "r", "r", { rank: 2 });
  valve(at, "r", x, y, out);
  const low = (y + VALVE + bottom + LABEL + BUS.gap) / 2;
  const reset = strip(at, out, (n.box.x + n.box.width + x) / 2 - 6, low + 8, { name, side: n.box.x + n.box.width + 5 });
  wire(at, `M${x - VALVE} ${y}H${n.box.x + n.box.width + 2}`, "r", out, { rank: 3 });
  if (resetsBefore) at.labels.push({ x: n.box.x + n.box.width + 5, y: y - 8, anchor: "start", latex: at.model.written("W_{hn}"), key: null });
  else strip(at, into, x + state.width / 2 + 9, low + 8, { name: bias ? "W h + b" : "W h", side: "start" });
  const rows = bus(at, [z, { ...n, only: "inputs" }, r], bottom + Math.max(0, reset.bottom - bottom - 14), {
    ...sources(at, 0, Math.max(bottom, before.bottom + 24 + at.below.height), { state: false }),
    h_prev: `M${gutter - 6} ${conveyor}`,
  }, bottom);
  wire(at, `M${x} ${rows.h_prev}V${y + VALVE + 1}`, "h", into, { rank: resetsBefore ? 0 : 1 });
}

function planRnn(at) {
  const { state, gutter, width, model } = at;
  const span = width - 2 * gutter;
  const middle = 10 + LABEL + Math.max(state.height, at.before.height) / 2;
  const [plus, sum, squash] = [0.36, 0.56, 0.74].map((part) => gutter + part * span);
  const before = strip(at, "h_prev", gutter / 2 - 6, middle, { size: at.before });
  const fromState = strip(at, "hh.h", (gutter + plus) / 2, middle);
  wire(at, `M${before.right} ${middle}H${fromState.left}`, "h", "h_prev");
  at.labels.push({ x: (before.right + fromState.left) / 2, y: middle - 8, anchor: "middle", latex: at.model.written("W_{hh}"), key: null });
  wire(at, `M${fromState.right} ${middle}H${plus - NODE - 1}`, "h", "hh.h", { rank: 1 });
  const lower = middle + at.before.height / 2 + LABEL + 40 + at.below.height / 2;
  const input = strip(at, "inputs", gutter / 2 - 6, lower, { size: at.below });
  const fromInput = strip(at, "ih.h", (gutter + plus) / 2, lower);
  wire(at, `M${input.right} ${lower}H${fromInput.left}`, "x", "inputs");
  at.labels.push({ x: (input.right + fromInput.left) / 2, y: lower - 8, anchor: "middle", latex: at.model.written("W_{ih}"), key: null });
  wire(at, `M${fromInput.right} ${lower}H${plus}V${middle + NODE + 1}`, "x", "ih.h", { rank: 1 });
  node(at, "+", plus, middle, "sum.h");
  if (model.bias) at.labels.push({ x: plus + 10, y: middle + NODE + 22, anchor: "start", latex: model.written("+ b_{ih} + b_{hh}"), key: null });
  const a = strip(at, "sum.h", sum, middle);
  wire(at, `M${plus + NODE} ${middle}H${a.left}`, "h", "sum.h", { head: false, rank: 2 });
  wire(at, `M${a.right} ${middle}H${squash - NODE - 9}`, "h", "sum.h", { rank: 2 });
  node(at, activationOf(model, "h"), squash, middle, "h");
  const h = strip(at, "h", width - gutter / 2 + 4, middle);
  wire(at, `M${squash + NODE + 8} ${middle}H${h.left}`, "h", "h", { rank: 3 });
  at.height = lower + Math.max(at.below.height, state.height) / 2 + 14;
}
