// What an edited number changes: numbers of the selected step before and after, and at which steps the state differs.

const MOST = 3;

/**
 * {rows, note}: of the number that the edited one goes into first, of h and of the output, those units that changed most,
 * each as {key, unit, before, now}; and the steps at which h of the selected layer and direction is another one.
 */
export function effectOf(before, now, place, t) {
  const rows = keysOf(now, place).flatMap(([key, unit]) => {
    const [a, b] = [before.numbers(key, t), now.numbers(key, t)];
    if (!a || !b) return [];
    return (unit === null ? mostChanged(a, b) : [unit]).map((k) => ({ key, unit: k, before: a[k], now: b[k] }));
  });
  return { rows, note: noteOf(before, now) };
}

/** The first result that uses the edited number, by its unit; then the state and the output, by all units. */
function keysOf(model, { key, matrix, unit }) {
  const [side, gate] = key.split(".");
  const states = [...(model.cell === "lstm" ? [["c", null]] : []), ["h", null]];
  const output = model.sizes.output ? [["y", null]] : [];
  if (key === "head" || key === "b.head") return [...(matrix ? [["ho", unit]] : []), ["y", unit]];
  const first = matrix ? [[key, unit]] : side.startsWith("b_") ? [[`sum.${gate}`, unit]] : [];
  return [...first, ...states, ...output];
}

/** The units that changed most, in their order; of units that all stayed, the first ones. */
function mostChanged(a, b) {
  const size = (k) => (a[k] === b[k] ? 0 : Math.abs(b[k] - a[k]) || Infinity);
  return [...a.keys()].sort((one, other) => size(other) - size(one) || one - other).slice(0, MOST).sort((one, other) => one - other);
}

function noteOf(before, now) {
  const steps = Array.from({ length: now.sizes.time }, (_, t) => t);
  if (!steps.every((t) => before.steps.has(t) && now.steps.has(t))) return "";
  const changed = steps.filter((t) => before.numbers("h", t).some((value, unit) => !Object.is(value, now.numbers("h", t)[unit])));
  if (!changed.length) return "h is the same at every step.";
  if (changed.length === steps.length) return "h changes at every step.";
  const isRange = changed[changed.length - 1] - changed[0] === changed.length - 1;
  const where = isRange && changed.length > 1 ? `t = ${changed[0]} to ${changed[changed.length - 1]}` : changed.length === 1 ? `t = ${changed[0]}` : `${changed.length} of ${steps.length} steps`;
  return `h changes at ${where} only.`;
}
