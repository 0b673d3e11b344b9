// How far the numbers are from torch's own kernels: the worst of them on a badge, all in a table under it.

/** Fills the badge from the model's checks. */
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
