// The stops that this browser keeps, as the bar of a tour shows those that Python sends.

import { read } from "../shared/own_tour.js";
import { UNNAMED } from "../shared/tour_file.js";
import { paragraphs } from "../shared/tour_words.js";

/** What a stop showed when the visitor came to it: its view, which may be fuller than its link. */
const shown = { id: null, start: null, view: null };

/** What each place shows, so that an answer that is open stays so. */
const drawn = new WeakMap();

/** As for a tour that ships, of what Python knows: the stop's number in links, the page, and the view on it. */
export function toldOf({ start, own, page, view }, rules) {
  const tour = read(rules);
  const at = tour.stops.findIndex(({ id }) => id === own);
  const stop = tour.stops[at] ?? null;
  const isHere = stop?.page === page;
  if (isHere && shown.start !== start.id) {
    shown.start = start.id;
    if (has(view, stop.params)) Object.assign(shown, { id: own, view: plain(view) });
  }
  const targets = rules.pages.find(({ title }) => title === page)?.targets ?? {};
  return {
    start,
    tour: tour.title || UNNAMED,
    language: tour.language,
    number: at + 1,
    titles: tour.stops.map(({ title, page: of }) => title || of),
    pages: tour.stops.map((one) => one.page),
    page,
    here: isHere,
    changed: isHere && isOther(stop, view),
    target: isHere && stop.look ? { key: stop.look, what: targets[stop.look] } : null,
    own: { stops: tour.stops, stop, missing: !stop, hasWords: isHere && Boolean(stop.text || stop.question) },
  };
}

/** Whether the view is another than that of the stop, as far as one can tell after a reload. */
function isOther(stop, view) {
  return shown.id === stop.id ? shown.view !== plain(view) : !has(view, stop.params);
}

/** Whether nothing of a link's parameters is otherwise; what is not in the view is at its default. */
function has(view, params) {
  return Object.entries(params).every(([name, value]) => (view[name] ?? value) === value);
}

function plain(view) {
  return JSON.stringify(Object.entries(view).sort());
}

/** The words of the stop, with its question and, on request, the answer; nothing of a tour that ships. */
export function drawOwn(place, own) {
  const hasWords = Boolean(own?.missing || own?.hasWords);
  place.hidden = !hasWords;
  const said = hasWords ? JSON.stringify([own.missing, own.stop]) : "";
  if (drawn.get(place) === said) return;
  drawn.set(place, said);
  place.replaceChildren(...(hasWords ? blocks(own) : []));
}

function blocks({ missing, stop }) {
  if (missing) return paragraphs("This stop is not in the lecture of this browser. Its view is shown.");
  const words = block(paragraphs(stop.text));
  if (!stop.question) return [words];
  const question = block(paragraphs(`**Question.** ${stop.question}`));
  if (stop.answer) {
    const fold = document.createElement("details");
    fold.append(Object.assign(document.createElement("summary"), { textContent: "Reveal the answer" }), ...paragraphs(stop.answer));
    question.append(fold);
  }
  return stop.text ? [words, question] : [question];
}

function block(nodes) {
  const place = document.createElement("div");
  place.append(...nodes);
  return place;
}
