// Signals as the panels draw them, and which of their units are on.

import { decodeArray, largest, row } from "../shared/arrays.js";
import { colorMap } from "../shared/colors.js";

/** The panels' signals with their values decoded; those of one name share a range of colours, to be compared. */
export function signalsOf(data, look) {
  const arrays = data.panels.map((panel) => decodeArray(panel.array));
  const most = {};
  data.panels.forEach(({ key }, k) => { most[key] = Math.max(most[key] ?? 0, largest(arrays[k].values)); });
  return data.panels.map((panel, k) => signalOf(panel, arrays[k], most[panel.key], data.palette[look.theme]));
}

/** A signal with its decoded values; `as(scale)` gives the form that a panel draws. */
function signalOf(panel, array, most, { diverging, sequential, ground }) {
  const [time, units] = array.shape;
  const signal = { ...panel, array, time, units, most };
  const signed = (size) => ({ low: -size, high: size, map: colorMap(diverging, -size, size, ground.nan) });
  signal.as = (scale) => {
    if (scale === "deviation" && panel.initial !== null) {
      const off = Math.max(...panel.initial.map((value, unit) => deviationOf(array, unit, value)), 1e-6);
      return { ...signal, baseline: panel.initial, ...signed(off) };
    }
    if (panel.kind === "gate") return { ...signal, low: 0, high: 1, map: colorMap(sequential, 0, 1, ground.nan) };
    return { ...signal, ...signed(most) };
  };
  return signal;
}

function deviationOf(array, unit, value) {
  let most = 0;
  for (let t = 0; t < array.shape[0]; t += 1) most = Math.max(most, Math.abs(row(array, t)[unit] - value));
  return most;
}

/** The units that are at least `threshold`, as a float32 like Python's, at all steps of a range and not beside it. */
export function unitsOn(array, [begin, end], threshold) {
  const [time, units] = array.shape;
  const least = Math.fround(threshold);
  const on = (t, unit) => t >= 0 && t < time && row(array, t)[unit] >= least;
  return Array.from({ length: units }, (_, unit) => unit).filter((unit) => {
    for (let t = begin; t <= end; t += 1) if (!on(t, unit)) return false;
    return !on(begin - 1, unit) && !on(end + 1, unit);
  });
}

/** How many of some units are on at every step. */
export function countOn(array, units, threshold) {
  const least = Math.fround(threshold);
  return Array.from({ length: array.shape[0] }, (_, t) => [...units].filter((unit) => row(array, t)[unit] >= least).length);
}
