// A widget as a picture: what is on screen is copied with its looks into one SVG, in which canvases are images.

import { looksOf, withFonts } from "./fonts.js";
import { footOf, NOTE } from "./foot.js";
import { lettersOn, noting } from "./letters.js";
import { lend } from "./loan.js";
import { centered, PADDING, shortened, slideFor } from "./slide.js";
import { apart, still } from "./stilled.js";

const XHTML = "http://www.w3.org/1999/xhtml";
const SVG = "http://www.w3.org/2000/svg";
const SHARPNESS = 3;
const PATIENCE_MS = 30000;
const BUSY = "[aria-busy=true]";
const DESCRIBED = ["[role=img]", "[role=application]", "canvas", "figure"].map((one) => `${one}[aria-label]`).join(", ");
/** What a widget says of its network, which the title of a picture says too. */
const REPEATED = "[data-part=caption]";
/** What widgets say of the table under them, which a picture does not have. */
const BELOW = /\. The (numbers stand in a table|table of numbers) below[^.]*(?=\.|$)/;

/**
 * The widget in `host`, an element with a shadow root, as the text of an SVG and its size in pixels. With a `ratio` of width
 * to height it is for a slide: as in a narrow window, and only the parts that have room; `left` names the others, which are
 * on slides of their own `before` which so many stand.
 */
export const drawn = async (host, told) => {
  const copy = () => copyOf(host, told);
  return lettered(await dressed(host, told.colors, () => sharp(host, SHARPNESS, copy, layoutOf(host, told))));
};

const layoutOf = (host, told) => (told.ratio ? slideFor(host, told) : undefined);

/**
 * The widget at each of the `steps` of its stepper, which is as it was afterwards, whatever happens; `sharpness` is how
 * many pixels one of the page gets; with a ratio, for slides. `onStep(k)` hears what is next, and may throw to end it.
 */
export const walked = async (host, told, plan) =>
  Promise.all((await dressed(host, told.colors, () => stepped(host, told, plan))).map(lettered));

/** A picture with the fonts that it has on screen. */
const lettered = async ({ text, looks, ...size }) => ({ text: await withFonts(text, looks), ...size });

const stepped = (host, told, { steps, sharpness, onStep }) => {
  const walk = async () => {
    const loan = lend(stepperIn(host));
    try {
      const pictures = [];
      for (const t of steps) {
        onStep(pictures.length);
        loan.show(t);
        await frames(1);
        await quiet(host);
        pictures.push(copyOf(host, told));
      }
      return pictures;
    } finally {
      loan.back();
    }
  };
  return sharp(host, sharpness, walk, layoutOf(host, told));
};

/** What moves a widget through time; undefined where nothing does. */
export function stepperIn(host) {
  return host.shadowRoot.querySelector(".transport")?.stepper;
}

/** Waits until a widget has all that it shows. */
async function quiet(host) {
  const begin = performance.now();
  while (host.shadowRoot.querySelector(BUSY)) {
    if (performance.now() - begin > PATIENCE_MS) throw new Error("The picture was not whole in time. Try again.");
    await frames(1);
  }
}

function copyOf(host, told) {
  const frame = framed(host, told);
  const { looks, left, ...size } = measured(frame, Math.ceil(host.getBoundingClientRect().width) + 2 * PADDING, told);
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ ...size, viewBox: `0 0 ${size.width} ${size.height}` })) svg.setAttribute(name, value);
  svg.append(element(SVG, "title", told.title), element(SVG, "desc", told.link));
  const inside = document.createElementNS(SVG, "foreignObject");
  inside.setAttribute("width", "100%");
  inside.setAttribute("height", "100%");
  inside.append(frame);
  svg.append(inside);
  return { text: new XMLSerializer().serializeToString(svg), looks, left, ...size };
}

/** The same as a PNG `pixels` wide. */
export const painted = async (picture, pixels) => {
  const canvas = document.createElement("canvas");
  canvas.width = pixels;
  canvas.height = Math.round((pixels * picture.height) / picture.width);
  canvas.getContext("2d").drawImage(await imageFrom(picture), 0, 0, canvas.width, canvas.height);
  return filed(canvas);
};

/** A picture as an image that a canvas takes. */
export const imageFrom = async ({ text }) => {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  return image;
};

/** What a canvas shows as a PNG. */
export const filed = (canvas) =>
  new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The browser could not draw the picture."))), "image/png");
  });

/** The element in which a widget is drawn, by the key it is mounted under. */
export function hostOf(key) {
  const place = document.querySelector(`.st-key-${CSS.escape(key.replaceAll(/[^a-zA-Z0-9_-]/g, "-"))}`);
  const host = place && [place, ...place.querySelectorAll("*")].find((one) => one.shadowRoot);
  if (!host) throw new Error("The picture is not on this page any more.");
  return host;
}

/** What a widget shows, in the words that it has for those who do not see it. */
export function described(host, title) {
  const parts = [...host.shadowRoot.querySelectorAll(DESCRIBED)].filter((one) => one.checkVisibility());
  const words = [title, ...parts.map((one) => one.ariaLabel)].map((said) => said.replace(BELOW, "").replace(/\.$/, ""));
  return `${[...new Set(words)].join(". ")}.`;
}

/** Hands a file to the browser. */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.dispatchEvent(new MouseEvent("click"));
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** What `draw` gives while the widget has other colours than the page, by the names of their variables. */
async function dressed(host, colors, draw) {
  if (!colors) return draw();
  const dress = async (set) => {
    for (const name of Object.keys(colors)) set(name);
    host.redraw();
    await frames(2);
  };
  try {
    await dress((name) => host.style.setProperty(name, colors[name]));
    return await draw();
  } finally {
    await dress((name) => host.style.removeProperty(name));
  }
}

/** What `copy` gives while the widget's canvases are drawn with more pixels than the screen has. */
async function sharp(host, sharpness, copy, layout) {
  const { width, minHeight } = host.style;
  const across = layout?.across ?? host.getBoundingClientRect().width;
  const own = Object.getOwnPropertyDescriptor(window, "devicePixelRatio");
  const drawText = noting(host.shadowRoot);
  try {
    Object.defineProperty(window, "devicePixelRatio", { configurable: true, value: sharpness });
    host.style.minHeight = `${host.getBoundingClientRect().height}px`; // the page under a lower picture would scroll, and its menu with it
    layout?.begin();
    host.style.width = `${across - 1}px`; // widgets draw anew when their size changes
    await frames(3);
    host.style.width = `${across}px`;
    await frames(3);
    await quiet(host); // what is below the window is drawn later
    return await copy();
  } finally {
    drawText();
    Object.defineProperty(window, "devicePixelRatio", own);
    layout?.end();
    host.style.width = `${across - 1}px`;
    await frames(2);
    host.style.width = width;
    await frames(2);
    host.style.minHeight = minHeight;
  }
}

const frames = async (count) => {
  for (let k = 0; k < count; k += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
};

/** The size that a frame takes and the looks of its text; what one would have to scroll sideways to stands beyond its right edge, in view. */
function measured(frame, width, { ratio, before }) {
  const stage = document.createElement("div");
  stage.style.cssText = "position: fixed; left: -20000px; top: 0";
  stage.attachShadow({ mode: "open" }).append(frame);
  document.body.append(stage);
  frame.style.width = `${width}px`;
  const others = ratio ? shortened(frame, width, ratio, before) : []; // first: what goes needs no room
  const { left } = frame.getBoundingClientRect();
  apart(frame, [...frame.querySelectorAll("*")].filter(scrolls));
  let right = width;
  for (const one of [...frame.querySelectorAll("*")].filter(scrolls)) {
    one.style.overflow = "visible";
    right = Math.max(right, one.getBoundingClientRect().left - left + one.scrollWidth + PADDING);
  }
  const wide = Math.ceil(Math.min(right, 3 * width));
  frame.style.width = `${wide}px`;
  const size = ratio ? centered(frame, wide, ratio) : { width: wide, height: Math.ceil(frame.getBoundingClientRect().height) };
  const looks = looksOf(frame);
  stage.remove();
  return { ...size, looks, left: others };
}

function scrolls(one) {
  const isWide = one.scrollWidth > one.clientWidth + 1 && one.scrollHeight <= one.clientHeight + 1;
  return isWide && ["auto", "scroll"].includes(getComputedStyle(one).overflowX);
}

function framed(host, { title, titled, link, transparent, ratio }) {
  const frame = element(XHTML, "div");
  const looks = getComputedStyle(host);
  for (const name of themed(host)) frame.style.setProperty(name, looks.getPropertyValue(name).trim());
  const ground = transparent ? "transparent" : "var(--st-background-color)";
  if (transparent) frame.style.setProperty("--st-background-color", "transparent");
  frame.style.cssText += `padding: ${PADDING}px; box-sizing: border-box; min-height: 100%; background: ${ground}; color: var(--st-text-color); font: 15px/1.4 ${looks.getPropertyValue("--st-font")};`;
  const style = element(XHTML, "style", `${sheets(host.shadowRoot)}\n* { scrollbar-width: none; }`);
  const heading = element(XHTML, "div", title);
  heading.style.cssText = "font-size: 21px; margin-bottom: 12px";
  const origin = element(XHTML, "div", footOf({ link }));
  origin.style.cssText = `font-size: ${NOTE}px; margin-top: 12px; overflow-wrap: anywhere; opacity: 0.8`;
  const body = element(XHTML, "div");
  body.style.width = `${host.getBoundingClientRect().width}px`;
  for (const child of host.shadowRoot.children) if (!["STYLE", "LINK", "SCRIPT"].includes(child.tagName)) body.append(copied(child));
  for (const one of body.querySelectorAll(REPEATED)) if (title.includes(one.textContent.trim())) one.textContent = "";
  frame.append(style, ...(titled ? [] : [heading]), body, ...(ratio ? [] : [origin]));
  return frame;
}

/** A copy of an element as it looks: what is drawn, typed or scrolled is not in its markup. */
function copied(original) {
  const copy = original.cloneNode(true);
  const [olds, news] = [original, copy].map((top) => [top, ...top.querySelectorAll("*")]);
  olds.forEach((old, k) => {
    const fresh = news[k];
    if (old instanceof HTMLCanvasElement) fresh.replaceWith(imageOf(old));
    else if (old instanceof HTMLInputElement) {
      fresh.setAttribute("value", old.value);
      fresh.toggleAttribute("checked", old.checked);
    } else if (old instanceof HTMLTextAreaElement) fresh.textContent = old.value;
    else if (old instanceof HTMLOptionElement) fresh.toggleAttribute("selected", old.selected);
    if ((old.scrollLeft || old.scrollTop) && fresh.children.length) {
      if (getComputedStyle(old.firstElementChild).display === "inline") gather(fresh);
      for (const child of fresh.children) child.style.translate = `${-old.scrollLeft}px ${-old.scrollTop}px`;
      fresh.style.overflow = "hidden";
    }
  });
  still(copy);
  return copy;
}

/** Puts what is in an element into one block: text in a line cannot be moved. */
function gather(one) {
  const block = element(XHTML, "div");
  block.append(...one.childNodes);
  one.append(block);
}

/** What a canvas shows: an image, and over it the text. */
function imageOf(canvas) {
  const drawing = element(SVG, "svg");
  for (const { name, value } of canvas.attributes) if (name !== "width" && name !== "height") drawing.setAttribute(name, value);
  const { width, height, display } = getComputedStyle(canvas);
  Object.assign(drawing.style, { width, height, display });
  drawing.setAttribute("viewBox", `0 0 ${canvas.width} ${canvas.height}`);
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("data-canvas", "");
  const image = element(SVG, "image");
  for (const [name, value] of [["width", canvas.width], ["height", canvas.height]]) image.setAttribute(name, value);
  if (canvas.width && canvas.height) image.setAttribute("href", canvas.toDataURL());
  drawing.append(image, ...lettersOn(canvas));
  return drawing;
}

/** The rules that hold on screen now: a picture has another width, and no window to ask. */
function sheets(shadow) {
  const all = [...shadow.styleSheets, ...shadow.adoptedStyleSheets];
  const holding = ([...rules]) =>
    rules.flatMap((rule) => {
      if (!(rule instanceof CSSMediaRule)) return [rule.cssText];
      return window.matchMedia(rule.conditionText).matches ? holding(rule.cssRules) : [];
    });
  const text = all.flatMap((sheet) => holding(sheet.cssRules)).join("\n");
  return text.replace(/\bcanvas\b(?=[^{}]*\{)/g, ":is(canvas, svg:where([data-canvas]))");
}

/** The names of the theme's variables that the widget's looks are made of. */
function themed(host) {
  return new Set(`${sheets(host.shadowRoot)} ${host.shadowRoot.innerHTML}`.match(/--st-[a-z-]+/g));
}

function element(space, name, text = "") {
  const made = document.createElementNS(space, name);
  made.textContent = text;
  return made;
}
