// A picture of a widget for a slide: parts that stand below its lower edge are left out, whole, and the next slide has them.

/** Around a picture. */
export const PADDING = 24;

/** Pixels across at which a widget is laid out, so that its type is as large on a slide as that of a figure there. */
const ACROSS = 889;
/** Pixels of a title over a widget that has none of its own. */
const TITLE = 42;

/** Parts that are made of parts. */
const NESTED = ".grid, .inside, .halves, .listing > fieldset";
const AROUND = ".rail, .head, .tools, .top";
const TITLES = "h2, h3";
/** Parts that are never mere words beside a picture. */
const LINES = ".inside > *, .jacobians, .listing label";
/** What says whose numbers a picture has: it is on every slide, which is a little smaller for it. */
const CAPTION = ".foot:not([data-live])";
/** Pixels from which a part is more than a line beside the picture. */
const LARGE = 120;
/** How much larger than on the first slide the parts of another may be, which have it for themselves. */
const LARGEST = 1.75;

/** How a widget is laid out for a slide: so wide, and it knows how high its room is there, and if it has several. */
export function slideFor(host, { titled, ratio, several }) {
  const { dataset } = host.shadowRoot.firstElementChild.firstElementChild;
  return {
    across: ACROSS - 2 * PADDING,
    begin: () => {
      dataset.slide = ACROSS / ratio - 2 * PADDING - (titled ? 0 : TITLE);
      if (several) dataset.several = "";
    },
    end: () => {
      delete dataset.slide;
      delete dataset.several;
    },
  };
}

/** Pixels from the upper edge of a part of a widget to the lower edge of its slide; undefined where there is none. */
export function roomOnSlide(widget, part) {
  const { slide } = widget.dataset;
  return slide && Number(slide) - (part.getBoundingClientRect().top - widget.getBoundingClientRect().top);
}

/**
 * Takes from a frame `width` pixels wide what a slide has no room for, and first what the `before` slides have. Returns the
 * names of what the slides after it have.
 */
export function shortened(frame, width, ratio, before = 0) {
  const widget = frame.lastElementChild.firstElementChild.firstElementChild;
  for (let k = 0; k < before; k += 1) {
    for (const part of fitted(frame, widget, width, ratio).here) part.remove();
  }
  const { beyond, rows, left } = fitted(frame, widget, width, ratio);
  const names = [...new Set(left.map(nameOf)), ...(widget.dataset.left ? [widget.dataset.left] : [])];
  for (const part of beyond) if (!rows.some((top) => Math.abs(top - topOf(part)) < 2)) part.dataset.beyond = "";
  for (const part of widget.querySelectorAll("[data-beyond]")) part.remove();
  for (const title of frame.querySelectorAll(TITLES)) if (isOverNothing(title)) title.remove();
  if (before) enlarge(partsOf(widget).filter(isPicture), frame.getBoundingClientRect().top + width / ratio - PADDING);
  return names;
}

/** Gives parts the room down to `end` that they leave, as far as what is in them has room at their sides. */
function enlarge(parts, end) {
  if (!parts.length) return;
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const top = Math.min(...boxes.map((box) => box.top));
  const bottom = () => Math.max(...parts.map((part) => part.getBoundingClientRect().bottom));
  const beside = parts.map((part, k) => boxes[k].width / (inkOf(part) - boxes[k].left));
  const times = Math.min(LARGEST, (end - top) / (bottom() - top), ...beside);
  if (times <= 1) return;
  for (const part of parts) part.style.zoom = times;
  if (bottom() > end + 1) for (const part of parts) part.style.zoom = "";
}

/** The right edge of what a part shows: its letters, and its pictures with all their ground. */
function inkOf(part) {
  const range = document.createRange();
  const rects = [...part.querySelectorAll("canvas, svg, img")].map((one) => one.getBoundingClientRect());
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    range.selectNodeContents(walker.currentNode);
    if (walker.currentNode.data.trim()) rects.push(...range.getClientRects());
  }
  return Math.max(part.getBoundingClientRect().left + 1, ...rects.map((one) => one.right)) + PADDING;
}

/** Of the parts of a widget, those below the slide; and of the pictures, those on it, the edges of their rows, and the others. */
function fitted(frame, widget, width, ratio) {
  const parts = partsOf(widget);
  const end = frame.getBoundingClientRect().top + width / ratio;
  const beyond = parts.filter((part) => !part.matches(CAPTION) && part.getBoundingClientRect().bottom > end);
  const pictures = parts.filter(isPicture);
  const fitting = pictures.filter((part) => !beyond.includes(part));
  const rows = (fitting.length ? fitting : pictures.slice(0, 1)).map(topOf); // what is beside them stays
  const here = pictures.filter((part) => rows.some((top) => Math.abs(top - topOf(part)) < 2));
  return { beyond, rows, here, left: pictures.filter((part) => !here.includes(part)) };
}

function isPicture(part) {
  const { width, height } = part.getBoundingClientRect(); // what only measures has no width
  return !part.matches(AROUND) && width > 0 && (height > LARGE || (height > 0 && part.matches(LINES)));
}

const topOf = (part) => part.getBoundingClientRect().top;

/** What a part is called on the page: by itself, or by the title over it. */
function nameOf(part) {
  const own = part.querySelector(".name, h2, h3, label > b");
  if (own) return titleIn(own);
  for (let one = part.matches(`:is(${NESTED}) > *`) ? part.parentElement : part; one; one = one.previousElementSibling) {
    if (one.matches(TITLES)) return titleIn(one.querySelector("[data-part$=title]") ?? one);
  }
  return part.querySelector("[aria-label]")?.ariaLabel ?? part.ariaLabel ?? "what stands below";
}

/** A title without its keys and its scale. */
function titleIn(node) {
  const copy = node.cloneNode(true);
  for (const one of copy.querySelectorAll(".key, .legend")) one.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
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
