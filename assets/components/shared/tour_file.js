// A tour as files: as docs/tours.md describes one, which teachers share, and as a view file with all of it.

import { checked, printable } from "./own_tour.js";
import { isFormula, parts } from "./tour_formulas.js";

const MARKS = { question: "**Question.**", answer: "**Answer.**" };
const HEAD = ["title", "language", "author", "about"];
const LISTED = /^(?:\s*(?:[-*+]|\p{Nd}{1,9}[.)])(?: {1,4}(?! )|$))+/u;
const VERSION = 1;
/** A sign that no text has here, since nobody sees it. */
const APART = "\uE000";
export const UNNAMED = "My lecture";

/** The name of a tour's file, without its ending: what links call the tour, and none that ships. */
export function nameOf(tour, { taken }) {
  const name = tour.title.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 32).replace(/-+$/, "");
  if (!name) return "my-lecture";
  return taken.includes(name) ? `my-${name}` : name;
}

/** The text of a tour's file, and in words what of the stops it has otherwise, or not at all. */
export function asTour(tour, rules) {
  const told = [];
  const head = HEAD.map((name) => [name, tour[name] || (name === "title" ? UNNAMED : "")]).filter(([, value]) => value);
  const lines = ["---", ...head.map(([name, value]) => `${name}: ${value}`), "---", ""];
  tour.stops.forEach((stop, k) => lines.push(...stopLines(stop, rules, (what) => told.push(`Stop ${k + 1}: ${what}`))));
  const text = lines.join("\n");
  const most = rules.most.characters;
  if (text.length > most) throw new Error(`A tour file must have at most ${most.toLocaleString("en")} characters; this one would have ${text.length.toLocaleString("en")}. Save the view file instead.`);
  return { text, told };
}

/** The text of a view file: the first view, for who opens only that, and the whole tour. */
export function asViewFile(tour) {
  const [first] = tour.stops;
  const view = first ? { page: first.page, params: first.view ?? first.params } : {};
  return `${JSON.stringify({ rnnviz: VERSION, ...view, lecture: tour }, null, 1)}\n`;
}

/** The tour in a file of either kind, or null where it is a view alone; an Error says what is wrong. */
export function tourIn(text, rules) {
  const plain = text.replace(/^\ufeff/, "");
  if (plain.startsWith("---")) return checked(parsed(plain, rules), rules);
  let file;
  try {
    file = JSON.parse(plain);
  } catch {
    throw new Error("A lecture must be a tour file, which begins with a line ---, or a view file that was saved here.");
  }
  if (!file || typeof file !== "object" || !("lecture" in file)) return null;
  if (file.rnnviz !== VERSION) throw new Error(`The version of the view file must be ${VERSION}; got “${String(file.rnnviz).slice(0, 20)}”.`);
  return checked(file.lecture, rules);
}

function stopLines(stop, rules, tell) {
  const link = linkOf(stop, rules, tell);
  const title = stop.title || stop.page;
  const lines = [`## ${title}`, `link: ${link}`, ...(stop.look ? [`look: ${stop.look}`] : []), ""];
  for (const name of ["text", "question", "answer"]) {
    if (name === "answer" && !stop.question.trim() && stop.answer.trim()) {
      tell("its answer is left out, since it has no question.");
      continue;
    }
    const said = fitted(stop[name], rules, rules.most[name]);
    if (!said.text) continue;
    if (said.changed.length) tell(`${name === "text" ? "the words" : `the ${name}`}: ${said.changed.join(", ")}.`);
    lines.push(MARKS[name] ? `${MARKS[name]} ${said.text}` : said.text, "");
  }
  return lines;
}

/** The link of a stop, without its longest texts where a file has no room for them. */
function linkOf(stop, rules, tell) {
  const { address } = rules.pages.find(({ title }) => title === stop.page);
  const pairs = Object.entries(stop.params).sort(([, one], [, other]) => one.length - other.length);
  const written = () => `/${address}${pairs.length ? `?${new URLSearchParams(pairs)}` : ""}`;
  const dropped = [];
  while (written().length > rules.most.link) dropped.push(pairs.pop()[0]);
  if (stop.view || dropped.length) tell("its view has a text that is too long for a link, so the view is without it; the view file has it.");
  return written();
}

/** A text as a tour's file may have it, and what became of what it may not have. */
export function fitted(raw, rules, most) {
  const changed = new Set();
  const lines = printable(raw).trim().split("\n").map((line) => fittedLine(line.trimEnd(), rules, changed));
  let text = lines.join("\n").trim();
  if (text.length > most) {
    changed.add(`cut at ${most.toLocaleString("en")} characters`);
    // At a blank, if there is one; half of a formula is none, and becomes longer again.
    const blank = Math.max(text.lastIndexOf("\n", most), text.lastIndexOf(" ", most));
    text = text.slice(0, blank > most / 2 ? blank : Math.floor(0.7 * most));
    return { text: fitted(text, rules, most).text, changed: [...changed] };
  }
  return { text, changed: [...changed] };
}

function fittedLine(raw, rules, changed) {
  const swap = (text, pattern, by, what) => {
    const other = text.replace(pattern, by);
    if (other !== text) changed.add(what);
    return other;
  };
  let line = raw;
  for (const mark of Object.values(MARKS)) if (line.startsWith(mark)) line = swap(line, /^\*\*/, "\\*\\*", `“${mark}” at the beginning of a line is shown as it is`);
  line = swap(line, /```|~~~/g, (sign) => [...sign].join(" "), "a space was put between signs that begin a block of code");
  line = swap(line, /!\[/g, "! [", "a space was put after “!” before a bracket");
  line = swap(line, /\](?=[(:])/g, "] ", "a space was put after a bracket");
  line = swap(line, /<(?=[A-Za-z/!?])/g, "< ", "a space was put after “<”");
  line = withFormulas(line, rules, changed);
  // Code and formulas are left as they are, and count as a letter.
  const cut = parts(line);
  const isApart = (part, k) => k % 2 === 1 && /^[`$]/.test(part);
  const apart = cut.filter(isApart);
  line = cut.map((part, k) => (isApart(part, k) ? APART : part)).join("");
  line = swap(line, /:(?=\p{Nd}*[\p{L}\p{Nl}\p{No}_\uE000]|(?:[+-]1|100|1234):)/gu, ": ", "a space was put after a colon");
  line = swap(line, /^ {4,}/, "   ", "blanks at the beginning of a line were removed");
  line = swap(line, /^((?:\s*(?:[-*+]|\p{Nd}{1,9}[.)]) {1,4})*\s*(?:[-*+]|\p{Nd}{1,9}[.)])) {5,}/u, "$1 ", "blanks at the beginning of a line were removed");
  const [listed] = LISTED.exec(line) ?? [""];
  const rest = line.slice(listed.length);
  if (/^\s*[#>]/.test(rest)) line = listed + swap(rest, /^(\s*)([#>])/, "$1\\$2", "a sign at the beginning of a line is shown as it is");
  else if (/^(?=.*\S)[\s|:=*_+-]+$/.test(rest || line)) line = (rest ? listed : "") + swap(rest || line, /\S/, "\\$&", "a line of signs alone is shown as it is");
  return line.replaceAll(APART, () => apart.shift());
}

/** Each sign $ that belongs to no formula which a tour may have is shown as it is. */
function withFormulas(raw, rules, changed) {
  const isWrong = (part, k) => (k % 2 ? part.startsWith("$") && !isFormula(part.slice(1, -1), rules) : part.includes("$"));
  let line = raw;
  for (;;) {
    const cut = parts(line);
    const wrong = cut.findIndex(isWrong);
    if (wrong < 0) return line;
    changed.add("a $ that belongs to no formula of a tour is shown as it is");
    // What follows may be cut otherwise then.
    line = cut.slice(0, wrong).join("") + cut.slice(wrong).join("").replace("$", "\\$$");
  }
}

/** What a tour's file says, as `checked` takes it. */
function parsed(text, rules) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n").map((line) => line.trimEnd());
  const end = lines.indexOf("---", 1);
  if (lines[0] !== "---" || end < 0) throw new Error("A tour must begin with a head between two lines of ---.");
  const tour = { ...fieldsOf(lines.slice(1, end), HEAD, "The head"), stops: [] };
  const sections = [];
  for (const line of lines.slice(end + 1)) {
    if (line.startsWith("## ")) sections.push([line]);
    else if (sections.length) sections.at(-1).push(line);
    else if (line) throw new Error(`After the head must come a stop, “## Its title”; got “${line.slice(0, 40)}”.`);
  }
  sections.forEach(([title, ...rest], k) => tour.stops.push(sectionOf(title.slice(3).trim(), rest, `Stop ${k + 1}`, rules)));
  return tour;
}

function sectionOf(title, lines, where, rules) {
  const blank = lines.findIndex((line) => !line);
  const fields = fieldsOf(blank < 0 ? lines : lines.slice(0, blank), ["link", "look"], where);
  if (!fields.link) throw new Error(`${where} must have a line “link: …”; got none.`);
  const stop = { title, ...viewOfLink(fields.link, where, rules), look: fields.look, text: [], question: [], answer: [] };
  let part = "text";
  for (let line of blank < 0 ? [] : lines.slice(blank)) {
    const [begun, mark] = Object.entries(MARKS).find(([, one]) => line.startsWith(one)) ?? [];
    if (begun) [part, line] = [begun, line.slice(mark.length)];
    stop[part].push(line);
  }
  for (const name of ["text", "question", "answer"]) stop[name] = stop[name].join("\n").trim();
  return stop;
}

function fieldsOf(lines, known, where) {
  const found = {};
  for (const line of lines.filter(Boolean)) {
    const [, name, value] = /^([a-z]+):\s*(.*)$/.exec(line) ?? [];
    if (!known.includes(name) || Object.hasOwn(found, name)) throw new Error(`${where} must have lines of ${known.join(", ")}, each once; got “${line.slice(0, 40)}”.`);
    found[name] = value;
  }
  return found;
}

function viewOfLink(link, where, rules) {
  let url;
  try {
    url = new URL(link.startsWith("http") || link.startsWith("/") ? link : `/${link}`, "http://127.0.0.1");
  } catch {
    url = null;
  }
  const address = url?.pathname.replace(/\/$/, "").split("/").at(-1);
  const page = rules.pages.find((one) => one.address === address);
  if (!page || !/^https?:$/.test(url.protocol)) throw new Error(`${where}: a link must be of a page, as /Gates?cell=lstm; got “${link.slice(0, 40)}”.`);
  return { page: page.title, params: Object.fromEntries(url.searchParams) };
}
