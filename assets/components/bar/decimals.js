// A comma typed or pasted into a box of one number is a decimal point there, as everyone sees at once. Chromium, where it is
// set to English, would leave it out without a word: 1,5 would be 15. Where numbers are whole it separates thousands.

const ONE_COMMA = /^[^.,]*,[^.,]*$/;

/** Takes a decimal comma for a point; returns what ends that. */
export function takeDecimalCommas() {
  document.addEventListener("beforeinput", take, { capture: true });
  return () => document.removeEventListener("beforeinput", take, { capture: true });
}

function take(event) {
  const { data } = event;
  const [target] = event.composedPath(); // a widget's box is behind its shadow
  if (target.type !== "number" || Number.isInteger(Number(target.step)) || !ONE_COMMA.test(data ?? "")) return;
  event.preventDefault();
  // The only way that keeps undo, and that React hears as typed; the value of such a box cannot be selected by script.
  document.execCommand("insertText", false, data.replace(",", "."));
}
