// One number as it is typed. A comma separates numbers everywhere, so where one alone is expected it is asked about.

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** {value} of a typed number from `low` to `high`, else {problem}: what was wrong, what was expected, what was got. */
export function numberIn(typed, label, low, high) {
  const text = typed.trim().replaceAll("−", "-");
  const shown = `“${typed.trim().slice(0, 20)}”`;
  if (NUMBER.test(text.replace(",", ".")) && text.includes(",")) {
    return { problem: `${label}: ${shown} has a comma, which separates numbers here. Write ${text.replace(",", ".")} if it is one number.` };
  }
  const value = NUMBER.test(text) ? Number(text) : NaN;
  if (value >= low && value <= high) return { value };
  const written = (number) => number.toLocaleString("en").replace("-", "−");
  return { problem: `${label} must be a number between ${written(low)} and ${written(high)}; got ${shown}.` };
}
