// A lecture as slides: each stop is opened in a frame, as a visitor of its own would, and what it points at is drawn there.

import { addressOf, openView } from "../shared/own_tour.js";
import { pagePictures, until } from "../shared/page_pictures.js";
import { imageOf, pageOf } from "../shared/printing.js";
import { UNNAMED } from "../shared/tour_file.js";
import { paragraphs } from "../shared/tour_words.js";

/** Of width to height of the place that a slide has for a picture, under words and without them. */
const RATIO = { under: 2.3, alone: 2 };
/** Signs of words from which they have a slide of their own. */
const MANY = 420;
/** Until what a visitor asks for is on its way. */
const ASKED_MS = 500;
/** Pixels of a screen with the proportions of a slide, for which pages are laid out. */
const SCREEN = { width: 1600, height: 900 };

/**
 * The pages of a tour and what is wrong with them.
 *
 * The frames stand in `place`, where they are seen: what nobody sees, a browser does not draw. `onStop(k)` hears which stop is
 * next; once `ends()`, there are no more.
 */
export async function slidesOf(tour, rules, { place, onStop, ends }) {
  const pages = tour.title || tour.author ? [pageOf(heading(tour.title || UNNAMED), ...paragraphs(tour.author))] : [];
  const problems = [];
  for (const [k, stop] of tour.stops.entries()) {
    if (ends()) break;
    onStop(k);
    const frame = framed(place);
    const { pictures, problem } = await seen(stop, rules, frame).catch(({ message }) => ({ pictures: [], problem: message }));
    frame.remove();
    if (problem) problems.push(`Stop ${k + 1}, “${stop.title || stop.page}”: ${problem}${pictures.length ? "" : ". Its slide has no picture"}.`);
    pages.push(...slides(stop, pictures));
  }
  return { pages, problems };
}

/** The pictures of a stop, each with what stands under it, and what its page says is wrong. */
async function seen(stop, rules, frame) {
  const page = await opened(stop, rules, frame);
  const refused = page.refusals().map((said) => `the page says: ${said.replace(/\s+/g, " ").replace(/\.$/, "")}`);
  if (refused.length) return { pictures: [], problem: refused.join("; ") }; // it shows something else
  const keys = stop.look ? [page.meant(stop.look)].filter(Boolean) : page.pictures();
  if (!keys.length) return { pictures: [], problem: stop.look ? "its view has no picture of what it points at" : "its view has no picture that can be saved" };
  const problems = [];
  const pictures = [];
  for (const key of keys) {
    const { alt } = await page.open(key, ["White"]);
    const drawn = await page.drawn(key, isApart(stop) ? RATIO.alone : RATIO.under);
    pictures.push([imageOf(drawn, alt), ...(drawn.title ? [noteOf(drawn.title)] : [])]);
    if (drawn.left?.length) problems.push(`a slide has no room for: ${drawn.left.join(", ")}`);
    await page.close(key);
  }
  return { pictures, problem: problems.join("; ") };
}

/** A frame as large as a screen, made small. A new one for each stop is no step in the browser's history. */
function framed(place) {
  const frame = Object.assign(document.createElement("iframe"), { ...SCREEN, tabIndex: -1 });
  frame.style.transform = `scale(${place.clientWidth / SCREEN.width})`;
  place.replaceChildren(frame);
  return frame;
}

async function opened(stop, rules, frame) {
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  frame.src = addressOf(stop.page, stop.params, rules).href;
  await loaded;
  const page = pagePictures(frame.contentWindow);
  await until(() => frame.contentDocument.querySelector(".bar-top"), "the page did not open");
  await page.settled();
  if (stop.view) {
    openView(frame.contentDocument, stop.page, stop.view);
    await new Promise((resolve) => setTimeout(resolve, ASKED_MS));
    await page.settled();
  }
  return page;
}

/** The slides of a stop: its words stand over its first picture, or before it where they are many; an answer comes last. */
function slides(stop, pictures) {
  const said = wordsOf(stop);
  const words = paragraphs(said);
  const before = said && (isApart(stop) || !pictures.length) ? [words] : [];
  const shown = pictures.map((picture, k) => [...(k || before.length ? [] : words), ...picture]);
  const answer = stop.question && stop.answer ? [paragraphs(`${asked(stop)}\n\n**Answer.** ${stop.answer}`)] : [];
  const all = [...before, ...shown];
  return [...(all.length ? all : [[]]), ...answer].map((parts) => pageOf(heading(stop.title || stop.page), ...parts));
}

const asked = ({ question }) => `**Question.** ${question}`;

function wordsOf(stop) {
  return [stop.text, stop.question && asked(stop)].filter(Boolean).join("\n\n");
}

/** Whether a picture has no words over it, since there are none or too many. */
function isApart(stop) {
  const { length } = wordsOf(stop);
  return length === 0 || length > MANY;
}

const heading = (text) => Object.assign(document.createElement("h1"), { textContent: text });

const noteOf = (text) => Object.assign(document.createElement("small"), { textContent: text });
