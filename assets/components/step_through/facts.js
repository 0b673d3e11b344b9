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
  legend.title = "Each row of the picture has its own colour range, shown at its left.";
}

/** Which layer and direction is looked at, and what is particular about it, in words. */
export function whereOf({ sizes, view, directions }) {
  const arrow = view.direction === "forward" ? "→" : "←";
  const notes = [
    sizes.layers * directions.length > 1 ? `layer ${view.layer} ${arrow}` : "",
    view.layer > 0 ? `x is the state of layer ${view.layer - 1}${directions.length > 1 ? ", both directions" : ""}` : "",
    view.direction === "reverse" ? "reverse direction: the previous step is t + 1" : "",
  ];
  return notes.filter(Boolean).join(" · ");
}

/** How far the numbers are from torch's own kernels: the worst of them on the badge, all in the table under it. */
export function showBadge(badge, { checks, tolerance }) {
  const { good, text } = verdict(checks, tolerance);
  badge.className = `badge ${good ? "good" : "bad"}`;
  badge.querySelector("summary").textContent = text;
  badge.querySelector("tbody").replaceChildren(...checks.map((check) => {
    const line = document.createElement("tr");
    for (const content of cells(check)) line.insertCell().textContent = content;
    return line;
  }));
}

/** What the badge says: that two numbers are equal only where their difference is 0, else how far they are apart. */
export function verdict(checks, tolerance) {
  const worst = checks.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
  const good = sizeOf(worst) <= tolerance;
  if (!good) return { good, text: `✗ differs from torch by ${exponent(sizeOf(worst))}: ${worst.label}, ${worst.where}` };
  if (sizeOf(worst) === 0) return { good, text: "✓ equals torch: difference 0" };
  return { good, text: `✓ equals torch to ${exponent(sizeOf(worst))} (${units(worst)} ulp)` };
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
  return size.toExponential(1).replace(/e[+]?(-?)(\d+)$/, (_, sign, power) => (
    `·10${sign && "⁻"}${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`
  ));
}
