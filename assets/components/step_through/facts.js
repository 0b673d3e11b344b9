// What stands above and beside the numbers: the range of their colours, where they are in the network, how they were checked.

import { raised, short } from "../shared/arrays.js";

const FORWARD = `The largest absolute difference between the numbers on this page and torch's own kernel, which runs again for this check. One ulp (unit in the last place) is the distance to the next float32. Both add up the same products, but in another order, so they can differ by some ulp. How many depends on the processor.`;
const STEPPED = `The largest absolute difference between the numbers on this page and the network's own forward pass, which runs again for this check. torch has no GRU that resets before the product, so this one steps through the sequence by torch's products and functions. One ulp (unit in the last place) is the distance to the next float32.`;
const BACKWARD = `The largest absolute difference between a sum over all steps and what torch's backward pass leaves in .grad, both in float64. One ulp is the distance to the next float64 at the largest number of the gradient.`;

/** The two scales of colours: that of signed numbers, whose range is written at each row, and that of gates. */
export function showLegends(signed, gates, { palette, theme, sigmoid }) {
  signed.replaceChildren("−", barOf(palette[theme].diverging), "+");
  signed.title = "The colours of signed numbers, negative to positive. Each row has a range of its own, which is written at its left and beside the title “Inside the cell”.";
  gates.hidden = !sigmoid.length;
  gates.replaceChildren(`gates ${sigmoid.join(", ")}: 0`, barOf(palette[theme].sequential), "1");
}

function barOf(colors) {
  const bar = document.createElement("i");
  bar.style.background = `linear-gradient(90deg, ${colors.join(", ")})`;
  return bar;
}

/** What "±3" means, beside a row and above the cell. */
export const ENDS = "±: where the colours end, at the largest size that these numbers have at any step. A number of this size has the darkest colour, and 0 the palest.";

/** The largest sizes of the numbers inside the cell, which are the ends of their colours. */
function sizesOf({ ranges: { range, sums }, cell }) {
  const shown = [["x", range.inputs], ["h", range.h], ...(cell === "lstm" ? [["c", range.c]] : []), ["sums", sums], ["weights", range.weight]];
  return `colours end at ${shown.map(([name, most]) => `${name} ±${short(most, 2).replace(/\.?0+$/, "")}`).join(", ")}`;
}

/** Which layer and direction is looked at, and what is particular about it, in words. */
export function whereOf(model) {
  const { sizes, view, directions, initial, cell } = model;
  const given = `${cell === "lstm" ? "h₀ and c₀" : "h₀"}, before t = ${view.direction === "reverse" ? sizes.time - 1 : 0}`;
  const arrow = view.direction === "forward" ? "→" : "←";
  const notes = [
    sizes.layers * directions.length > 1 ? `layer ${view.layer} ${arrow}` : "",
    view.layer > 0 ? `x is the state of layer ${view.layer - 1}${directions.length > 1 ? ", both directions" : ""}` : "",
    initial ? `${given}: ${initial}` : "",
    view.direction === "reverse" ? "reverse direction: the previous step is t + 1" : "",
  ];
  notes.push(model.back ? model.back.colors : sizesOf(model));
  return notes.filter(Boolean).join(" · ");
}

/** What the numbers are compared with, in a word and in sentences. */
export function truthOf({ back, resetsBefore }) {
  if (back) return { name: "torch", note: BACKWARD };
  return resetsBefore ? { name: "the forward pass", note: STEPPED } : { name: "torch", note: FORWARD };
}

/** How far the numbers are from torch's own kernels: the worst of them on the badge, all in the table under it. */
export function showBadge(badge, model) {
  const { checks, tolerance } = model;
  const { name, note } = truthOf(model);
  const { good, text } = verdict(checks, tolerance, name);
  badge.className = `badge ${good ? "good" : "bad"}`;
  badge.querySelector("summary").textContent = text;
  badge.querySelector("[data-part=check-note]").textContent = note;
  badge.querySelector("tbody").replaceChildren(...checks.map((check) => {
    const line = document.createElement("tr");
    for (const content of cells(check)) line.insertCell().textContent = content;
    return line;
  }));
}

/** What the badge says of the numbers beside those of `truth`: that two numbers are equal only where their difference is 0, else how far they are apart. */
export function verdict(checks, tolerance, truth = "torch") {
  const apart = checks.filter((check) => sizeOf(check) > (check.tolerance ?? tolerance));
  const good = apart.length === 0;
  const worst = (good ? checks : apart).reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
  if (!good) return { good, text: `✗ differs from ${truth} by ${exponent(sizeOf(worst))}: ${worst.label}, ${worst.where}` };
  if (sizeOf(worst) === 0) return { good, text: `✓ equals ${truth}: difference 0` };
  return { good, text: `✓ equals ${truth} to ${exponent(sizeOf(worst))} (${units(worst)} ulp)` };
}

/** A row of the table: the signal, its difference in numbers and in units of the last place, and where it is. */
export function cells(check) {
  return [check.label, exponent(sizeOf(check)), units(check), check.where];
}

/** Python sends null for an infinite difference, which JSON cannot hold. */
function sizeOf({ difference }) {
  return difference ?? Infinity;
}

function units({ ulps }) {
  if (ulps === null) return "∞";
  return ulps < 10000 ? String(Number(ulps.toFixed(1))) : exponent(ulps);
}

function exponent(size) {
  if (size === 0) return "0";
  if (size === Infinity) return "∞";
  return raised(size.toExponential(1));
}
