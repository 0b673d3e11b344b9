// A tour of the visitor's own: which views, in which order, with which words. This browser keeps it, and nobody else has it.

const STORED = "rnnviz.lecture";
/** On the document: the tour where nothing can be stored. */
const UNSTORED = Symbol.for("rnnviz.lecture");
const CHANGED = "own-tour";
/** On the document: the text of a view file that the bar is to show. */
export const OPEN_VIEW = "open-view";
const MOST_IDS = 999;
const HEAD = { title: "title", author: "title", language: "title", about: "about" };
const TEXTS = ["text", "question", "answer"];
const FRAME = ["embed", "embed_options"];
const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$/;

const isPlain = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const count = (number) => number.toLocaleString("en");
const empty = () => ({ title: "", author: "", language: "", about: "", stops: [] });

/** The tour as it is now, checked again: who uses this browser may have anything in its store. */
export function read(rules) {
  const kept = document[UNSTORED] ?? stored();
  try {
    return kept ? checked(JSON.parse(kept), rules, { lenient: true }) : empty();
  } catch {
    return empty();
  }
}

/** Changes the tour as it is now, which another tab may have changed, by `act(tour)`; returns why it is kept on this page only. */
export function change(rules, act) {
  const tour = read(rules);
  act(tour);
  const problem = write(JSON.stringify(tour));
  document.dispatchEvent(new CustomEvent(CHANGED));
  return problem;
}

/** Calls back at each change, also of another tab; returns what ends it. */
export function onChange(heard) {
  const elsewhere = (event) => {
    if (event.key !== STORED && event.key !== null) return;
    delete document[UNSTORED];
    heard();
  };
  window.addEventListener("storage", elsewhere);
  document.addEventListener(CHANGED, heard);
  return () => {
    window.removeEventListener("storage", elsewhere);
    document.removeEventListener(CHANGED, heard);
  };
}

function stored() {
  try {
    return window.localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function write(text) {
  try {
    window.localStorage.setItem(STORED, text);
    delete document[UNSTORED];
    return "";
  } catch (error) {
    document[UNSTORED] = text;
    const why = error?.name === "QuotaExceededError" ? "This browser has no more room for it" : "This browser stores nothing for this site";
    return `${why}. Your lecture stays until you close or reload this page. Save it as a file.`;
  }
}

/** A number that no stop has, which links to the stop keep wherever it is moved. */
export function freeId(stops) {
  const taken = new Set(stops.map(({ id }) => id));
  const next = Math.max(0, ...taken) + 1;
  if (next <= MOST_IDS) return next;
  return [...Array(MOST_IDS).keys()].map((k) => k + 1).find((id) => !taken.has(id));
}

/** A view under its page's address, as a stop keeps it; null on a page that no stop can show. */
export function viewOf(location, rules) {
  const page = rules.pages.find(({ address }) => address === location.pathname.split("/").at(-1));
  if (!page) return null;
  return { page: page.title, params: ofView([...new URLSearchParams(location.search)], rules) };
}

/** Opens a stop within the visit; returns its address, or null for a view that has more than a link can hold. */
export function openStop(stop, rules, { present }) {
  const params = stopParams(stop, rules, { present });
  if (stop.view) {
    openView(document, stop.page, params);
    return null;
  }
  const { href } = addressOf(stop.page, params, rules);
  window.history.pushState(null, "", href);
  // Streamlit asks for the page of the address after a step through the history.
  window.dispatchEvent(new PopStateEvent("popstate"));
  return href;
}

/** Shows a view that may have more than a link can hold, in a document with a bar. */
export function openView(place, page, params) {
  place.dispatchEvent(new CustomEvent(OPEN_VIEW, { detail: JSON.stringify({ rnnviz: 1, page, params }) }));
}

/** The address of a page, by its title, in the application as it is open. */
export function addressOf(title, params, rules) {
  const page = rules.pages.find((one) => one.title === title);
  const url = new URL(window.location.pathname.replace(/[^/]*$/, page.address), window.location.origin);
  const around = new URLSearchParams(window.location.search);
  for (const name of FRAME) if (around.has(name)) url.searchParams.set(name, around.get(name));
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url;
}

/** The parameters of a stop's view and of the place on the tour. */
function stopParams(stop, rules, { present }) {
  return { ...(stop.view ?? stop.params), tour: `${rules.name}.${stop.id}`, ...(present ? { present: "1" } : {}) };
}

/**
 * What anybody may have written as a tour, with nothing in it that was not looked at.
 *
 * `lenient` is for what this browser has kept itself: a page or a figure that is no more is left out. Otherwise an Error says
 * what is wrong.
 */
export function checked(raw, rules, { lenient = false } = {}) {
  if (!isPlain(raw) || !Array.isArray(raw.stops)) throw new Error("A lecture must have stops; got something else.");
  if (raw.stops.length > rules.most.stops) throw new Error(`A lecture must have at most ${rules.most.stops} stops; got ${count(raw.stops.length)}.`);
  const tour = empty();
  for (const [name, size] of Object.entries(HEAD)) tour[name] = line(raw[name], `The ${name}`, rules.most[size]);
  if (tour.language && !LANGUAGE.test(tour.language)) throw new Error(`The language must look like en or pt-BR; got “${tour.language.slice(0, 20)}”.`);
  for (const [k, one] of raw.stops.entries()) {
    if (lenient && !rules.pages.some(({ title }) => title === one?.page)) continue;
    tour.stops.push(stopOf(one, `Stop ${k + 1}`, rules, { lenient, stops: tour.stops }));
  }
  return tour;
}

function stopOf(raw, where, rules, { lenient, stops }) {
  if (!isPlain(raw)) throw new Error(`${where} must be a view with its words; got something else.`);
  const page = rules.pages.find(({ title }) => title === raw.page);
  if (!page) throw new Error(`${where}: the page must be one of ${rules.pages.map(({ title }) => title).join(", ")}; got “${String(raw.page).slice(0, 40)}”.`);
  const stop = {
    id: Number.isInteger(raw.id) && raw.id >= 1 && raw.id <= MOST_IDS && !stops.some(({ id }) => id === raw.id) ? raw.id : freeId(stops),
    title: line(raw.title, `${where}: the title`, rules.most.title),
    page: page.title,
    params: paramsOf(raw.params ?? {}, `${where}: the link`, rules.most.link, rules),
    look: "",
  };
  const look = raw.look ?? "";
  if (Object.hasOwn(page.targets, look)) stop.look = look;
  else if (look !== "" && !lenient) throw new Error(`${where}: it must point at one of ${Object.keys(page.targets).join(", ")}; got “${String(look).slice(0, 40)}”.`);
  if (Array.isArray(raw.offered)) stop.offered = Object.keys(page.targets).filter((key) => raw.offered.includes(key));
  for (const name of TEXTS) stop[name] = words(raw[name], `${where}: the ${name}`, rules.most[name]);
  if (raw.view !== undefined) stop.view = paramsOf(raw.view, `${where}: the view`, rules.most.file, rules);
  return stop;
}

function paramsOf(raw, what, most, rules) {
  if (!isPlain(raw)) throw new Error(`${what} must be texts by their names; got something else.`);
  const pairs = Object.entries(ofView(Object.entries(raw), rules));
  if (!pairs.every(([, value]) => typeof value === "string")) throw new Error(`${what} must be texts by their names; got something else.`);
  const size = new URLSearchParams(pairs).toString().length;
  if (size > most) throw new Error(`${what} must have at most ${count(most)} characters; got ${count(size)}.`);
  return Object.fromEntries(pairs);
}

/** Of the parameters of a link, those that say what is shown. */
function ofView(pairs, { params, aside }) {
  return Object.fromEntries(pairs.filter(([name]) => params.includes(name) && !aside.includes(name)));
}

function line(raw, what, most) {
  return words(raw, what, most).replace(/\s+/g, " ").trim();
}

/** A text without signs that nothing shows, and without halves of pairs, which cannot be sent. */
function words(raw, what, most) {
  if (raw === undefined) return "";
  if (typeof raw !== "string") throw new Error(`${what} must be a text; got something else.`);
  if (raw.length > most) throw new Error(`${what} must have at most ${count(most)} characters; got ${count(raw.length)}.`);
  return printable(raw);
}

/** A text in which each sign is printed, a blank or a new line. */
export function printable(text) {
  return text.replace(/\r\n?/g, "\n").replace(/[\t\p{Z}]/gu, " ").replace(/(?!\n)\p{C}/gu, "");
}
