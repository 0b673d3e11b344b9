// The line below a saved picture, whose title stands above it: what it was made with, and where others can open it.

/** Pixels of its type. */
export const NOTE = 11;
/** Pixels of its room. */
export const FOOT = 22;

export const isAddress = (link) => /^https?:/.test(link ?? "");

/** The line; of a long address as much as has room in `width` pixels, or all of it. */
export function footOf({ link }, width, font) {
  const whole = `Made with rnnviz${isAddress(link) ? `: ${link}` : "."}`;
  if (!width) return whole;
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = font;
  const isWide = (text) => pen.measureText(text).width > width;
  if (!isWide(whole)) return whole;
  let end = whole.length;
  while (end > 1 && isWide(`${whole.slice(0, end)}…`)) end -= 1;
  return `${whole.slice(0, end)}…`;
}
