// Signals as the panels draw them, and which of their units are on.

import { row } from "../shared/arrays.js";
import { colorMap } from "../shared/colors.js";

/** The panels' signals; those of one name share a range of colours, to be compared. */
export function signalsOf(data, look) {
  const most = {};
  for (const { key, most: own } of data.panels) most[key] = Math.max(most[key] ?? 0, own);
  return data.panels.map((panel) => signalOf(panel, most[panel.key], data.palette[look.theme]));
}

/** A signal; `as(scale)` gives the form that a panel draws. Its ranges are those of all steps, whichever were sent. */
function signalOf(panel, most, { diverging, sequential, ground }) {
  const units = panel.array.shape[1];
  const orders = { index: Array.from({ length: units }, (_, unit) => unit), ...mapped(panel.orders, ({ values }) => values) };
  const signal = { ...panel, units, orders };
  const signed = (size) => ({ low: -size, high: size, map: colorMap(diverging, -size, size, ground.nan) });
  signal.as = (scale) => {
    if (scale === "deviation" && panel.initial !== null) return { ...signal, baseline: panel.initial.values, ...signed(panel.deviation), limits: null };
    if (panel.kind === "gate") return { ...signal, low: 0, high: 1, map: colorMap(sequential, 0, 1, ground.nan) };
    return { ...signal, ...signed(most) };
  };
  return signal;
}

/** Runs [row, first column, last column] of numbers beyond a signal's limits, the units in the rows of `order`. */
export function outsideOf({ array, limits }, order) {
  if (!limits) return [];
  const [columns, units] = array.shape;
  const [low, high] = [limits[0] - array.off, limits[1] + array.off];
  const runs = [];
  for (let at = 0; at < units; at += 1) {
    for (let column = 0, open = null; column < columns; column += 1) {
      const value = array.values[column * units + order[at]];
      if (!(value < low || value > high)) open = null;
      else if (open) open[2] = column;
      else runs.push((open = [at, column, column]));
    }
  }
  return runs;
}

function mapped(table, act) {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, act(value)]));
}

/**
 * The threshold of a signal until one is chosen: a third of its own largest value, half of what a gate can be. The
 * colours, which panels beside it share, do not count: what is done to another panel would move it.
 */
export function usualThreshold({ kind, most }) {
  return kind === "gate" ? 0.5 : Math.max(0.01, Math.min(1, Math.round(most * 30) / 100));
}

/** The units that are at least `threshold`, as a float32 like Python's, in all columns of a range and not beside it. */
export function unitsOn(array, [begin, end], threshold) {
  const [columns, units] = array.shape;
  const least = Math.fround(threshold);
  const on = (column, unit) => column >= 0 && column < columns && row(array, column)[unit] >= least;
  return Array.from({ length: units }, (_, unit) => unit).filter((unit) => {
    for (let column = begin; column <= end; column += 1) if (!on(column, unit)) return false;
    return !on(begin - 1, unit) && !on(end + 1, unit);
  });
}

/** How many of some units are on in every column. */
export function countOn(array, units, threshold) {
  const least = Math.fround(threshold);
  return Array.from({ length: array.shape[0] }, (_, column) => {
    const values = row(array, column);
    let count = 0;
    for (const unit of units) count += values[unit] >= least ? 1 : 0;
    return count;
  });
}
