// Characters as they are shown: those that leave no ink have a sign, and a name.

const SIGNS = { " ": "␣", "\n": "↵", "\t": "⇥" };
const NAMES = { " ": "space", "\n": "line break", "\t": "tab" };

/** What is drawn for a character. */
export function sign(symbol) {
  if (symbol in SIGNS) return SIGNS[symbol];
  const code = symbol.codePointAt(0);
  return code < 32 ? String.fromCodePoint(0x2400 + code) : symbol;
}

/** What a character is called in a sentence. */
export function named(symbol) {
  return NAMES[symbol] ?? `“${sign(symbol)}”`;
}
