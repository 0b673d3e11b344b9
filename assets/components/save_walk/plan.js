// Which steps a file is to show, for how long, and how wide it is.

const LAST_MS = 2000;

/** How long the last step stays, in seconds. */
export const REST = LAST_MS / 1000;

/** What the fields say, as {steps, every, seconds, pixels}, or {problem}. */
export function planOf(fields, count, most) {
  const { first, last, seconds, pixels } = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, Number(field.value || NaN)]));
  if (!Number.isInteger(first) || !Number.isInteger(last) || first < 0 || last >= count || first >= last) {
    return { problem: count < 2 ? "There is only one step here." : `The last step must come after the first, both from 0 to ${count - 1}.` };
  }
  if (!(seconds >= 0.1 && seconds <= 5)) return { problem: "A step must last 0.1 to 5 seconds." };
  const every = Math.ceil((last - first) / (most - 1));
  const steps = [];
  for (let t = last; t >= first; t -= every) steps.unshift(t);
  return { steps, every, seconds, pixels };
}

export function told({ steps, every, seconds }) {
  const length = Math.round(steps.length * seconds + REST);
  const some = every === 1 ? "" : `: every ${every}${["th", "st", "nd", "rd"][every > 3 ? 0 : every]} is shown`;
  return `${steps.length} pictures${some}. Duration: ${length} s.`;
}
