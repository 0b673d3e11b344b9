// Between a number on the page and torch's name and index for it.

/** What typing over the number at `place` changes, by torch's name and index; null where it is a result. */
export function editTarget(model, place, t) {
  const { key, matrix, unit, column } = place;
  const { layer, direction } = model.view;
  const tail = `_l${layer}${direction === "reverse" ? "_reverse" : ""}`;
  const [side, gate] = key.split(".");
  const at = model.gates.indexOf(gate) * model.sizes.hidden + unit;
  if (key === "head" && matrix) return { name: "head.weight", index: [unit, column] };
  if (key === "b.head") return { name: "head.bias", index: [unit] };
  if (matrix) return { name: `weight_${side}${tail}`, index: [at, column] };
  if (side === "b_ih" || side === "b_hh") return { name: `bias_${side.slice(2)}${tail}`, index: [at] };
  if (key === "inputs" && layer === 0) return { name: "x", index: [t, unit] };
  return null;
}

/** Whether the number by torch's name and index has been edited. */
export function isEdited({ edits }, { name, index }) {
  return edits.some((edit) => edit.name === name && String(edit.index) === String(index));
}

/** Where the number of an edit stands on the page at step `t`; null where it is not on show. */
export function editedPlace(model, { name, index }, t) {
  const { layer, direction } = model.view;
  const tail = `_l${layer}${direction === "reverse" ? "_reverse" : ""}`;
  const gate = model.gates[Math.floor(index[0] / model.sizes.hidden)];
  const unit = index[0] % model.sizes.hidden;
  for (const side of ["ih", "hh"]) {
    if (name === `weight_${side}${tail}`) return { key: `${side}.${gate}`, matrix: true, unit, column: index[1] };
    if (name === `bias_${side}${tail}`) return { key: `b_${side}.${gate}`, unit };
  }
  if (name === "head.weight") return { key: "head", matrix: true, unit: index[0], column: index[1] };
  if (name === "head.bias") return { key: "b.head", unit: index[0] };
  return name === "x" && layer === 0 && index[0] === t ? { key: "inputs", unit: index[1] } : null;
}
