// What stands above and beside the numbers: the range of their colours, where they are in the network, how they were checked.

import { short } from "../shared/arrays.js";
import { math } from "../shared/mathml.js";

/** The range of h, from one end of its colours to the other. */
export function showLegend(legend, { palette, theme, ranges }) {
  const most = short(ranges.range.h, 2).replace(/\.?0+$/, "");
  const bar = document.createElement("i");
  bar.style.background = `linear-gradient(90deg, ${palette[theme].diverging.join(", ")})`;
  const symbol = document.createElement("span");
  symbol.append(math("h_t"));
  legend.replaceChildren(symbol, ` −${most}`, bar, most);
  legend.title = "Every row of the picture has its own range, named at its left.";
}

/** Which layer and direction is looked at, and what is particular about it, in words. */
export function whereOf({ sizes, view, directions }) {
  const arrow = view.direction === "forward" ? "→" : "←";
  const notes = [
    sizes.layers * directions.length > 1 ? `layer ${view.layer} ${arrow}` : "",
    view.layer > 0 ? `x is the state of layer ${view.layer - 1}${directions.length > 1 ? ", both directions" : ""}` : "",
    view.direction === "reverse" ? "read from the end: the step before is t + 1" : "",
  ];
  return notes.filter(Boolean).join(" · ");
}

/** How far the numbers are from torch's own kernels: the worst of them on the badge, all in the table under it. */
export function showBadge(badge, { checks, tolerance }) {
  const worst = checks.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
  const good = sizeOf(worst) <= tolerance;
  badge.className = `badge ${good ? "good" : "bad"}`;
  badge.querySelector("summary").textContent = good
    ? `✓ equals torch to ${exponent(sizeOf(worst))}`
    : `✗ differs from torch by ${exponent(sizeOf(worst))}: ${worst.label}, ${worst.where}`;
  badge.querySelector("tbody").replaceChildren(...checks.map(checkRow));
}

/** Python sends null for an infinite difference, which JSON cannot hold. */
function sizeOf({ difference }) {
  return difference ?? Infinity;
}

function exponent(size) {
  return size === 0 ? "the last bit" : size.toExponential(1).replace("e-", "·10⁻").replace(/⁻(\d+)$/, (_, n) => `⁻${[...n].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join("")}`);
}

function checkRow(check) {
  const { label, where } = check;
  const line = document.createElement("tr");
  for (const content of [label, sizeOf(check) === 0 ? "0" : exponent(sizeOf(check)), where]) line.insertCell().textContent = content;
  return line;
}
