// A picture of a widget for a slide: parts that stand below its lower edge are left out, whole.

/** Around a picture. */
export const PADDING = 24;

/** Pixels across at which a widget is laid out, so that its type is as large on a slide as that of a figure there. */
const ACROSS = 889;
/** Pixels of a title over a widget that has none of its own. */
const TITLE = 42;

/** Parts that are made of parts. */
const NESTED = ".grid, .inside, .halves";
const AROUND = ".rail, .head, .tools";
const TITLES = "h2, h3";
/** Pixels from which a part is more than a line beside the picture. */
const LARGE = 120;

/** How a widget is laid out for a slide: so wide, and it knows how high its room is there. */
export function slideFor(host, { titled, ratio }) {
  const { dataset } = host.shadowRoot.firstElementChild.firstElementChild;
  return {
    across: ACROSS - 2 * PADDING,
    begin: () => { dataset.slide = ACROSS / ratio - 2 * PADDING - (titled ? 0 : TITLE); },
    end: () => { delete dataset.slide; },
  };
}

/** Pixels from the upper edge of a part of a widget to the lower edge of its slide; undefined where there is none. */
export function roomOnSlide(widget, part) {
  const { slide } = widget.dataset;
  return slide && Number(slide) - (part.getBoundingClientRect().top - widget.getBoundingClientRect().top);
}

/** Takes from a frame `width` pixels wide what a slide has no room for. */
export function shortened(frame, width, ratio) {
  const parts = partsOf(frame.lastElementChild.firstElementChild.firstElementChild);
  const end = frame.getBoundingClientRect().top + width / ratio;
  const box = new Map(parts.map((part) => [part, part.getBoundingClientRect()]));
  const beyond = parts.filter((part) => box.get(part).bottom > end);
  const pictures = parts.filter((part) => !part.matches(AROUND) && box.get(part).height > LARGE);
  const fitting = pictures.filter((part) => !beyond.includes(part));
  const rows = (fitting.length ? fitting : pictures.slice(0, 1)).map((part) => box.get(part).top); // what is beside them stays
  for (const part of beyond) if (!rows.some((top) => Math.abs(top - box.get(part).top) < 2)) part.remove();
  for (const title of frame.querySelectorAll(TITLES)) if (isOverNothing(title)) title.remove();
}

/** Sets what is left of a frame `width` pixels wide in the middle of its slide; returns the size. */
export function centered(frame, width, ratio) {
  const needed = Math.max(width, frame.getBoundingClientRect().height * ratio);
  const wide = 16 * Math.ceil(needed / 16);
  const high = Math.round(wide / ratio);
  frame.style.paddingInline = `${(wide - width) / 2 + PADDING}px`;
  frame.style.width = `${wide}px`;
  frame.lastElementChild.style.marginTop = `${Math.max(0, (high - frame.getBoundingClientRect().height) / 2)}px`;
  return { width: wide, height: high };
}

function partsOf(widget) {
  return [...widget.children].flatMap((part) => (part.matches(NESTED) ? [...part.children] : [part]));
}

/** Whether what a title stands over is gone. */
function isOverNothing(title) {
  const next = title.nextElementSibling;
  return !next || next.matches(TITLES) || (next.matches(NESTED) && !next.children.length);
}
