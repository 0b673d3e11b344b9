// The visitor's own tour while it is made: views are added, given words, ordered and removed, and saved as files.

import { change, checked, freeId, OPEN_VIEW, onChange, openStop, read, viewOf } from "../shared/own_tour.js";
import { asTour, asViewFile, nameOf, tourIn } from "../shared/tour_file.js";
import { saveFile } from "../shared/download.js";
import { printed } from "../shared/printing.js";
import { slidesOf } from "./slides.js";

const LOCAL = ["localhost", "127.0.0.1", "[::1]"];
const FIELDS = ["title", "text", "question", "answer", "look"];

export class Lecture {
  constructor(dialog, { button, file, presenting }) {
    Object.assign(this, { dialog, button, file, presenting });
    this.part = (name) => dialog.querySelector(`[data-part=${name}]`);
    this.taken = []; // what was removed, to be put back in the opposite order
    this.acts = {
      lecture: () => this.open(),
      "lecture-add": () => this.add(),
      "lecture-present": () => this.go(0, { present: true }),
      "lecture-undo": () => this.undo(),
      "lecture-tour": () => this.saveTour(),
      "lecture-file": () => this.saveView(),
      "lecture-copy": () => this.copyCommand(),
      "lecture-slides": () => this.makeSlides(),
      "lecture-stop": () => this.stopSlides(),
      "lecture-print": () => this.printSlides(),
      "lecture-clear": () => this.replace({ stops: [] }, "All stops are removed."),
      up: (at) => this.move(at, -1),
      down: (at) => this.move(at, 1),
      show: (at) => this.go(this.at(at), { present: false }),
      remove: (at) => this.remove(at),
    };
    this.part("stops").oninput = ({ target }) => this.write(target);
    dialog.addEventListener("input", ({ target }) => {
      if (target.dataset.head) this.change((tour) => { tour[target.dataset.head] = target.value; });
    });
    dialog.addEventListener("close", () => this.stopSlides());
    this.part("lecture-open").onchange = ({ target }) => this.take(target);
    file.onTour = (text) => this.isTour(text);
    this.openView = ({ detail }) => this.file.follow(detail);
  }

  update({ facts, missing }) {
    this.rules = facts.tours;
    this.missing = missing;
    document.addEventListener(OPEN_VIEW, this.openView); // the same listener is added once
    this.forget ??= onChange(() => this.draw());
    this.draw();
  }

  unmount() {
    document.removeEventListener(OPEN_VIEW, this.openView);
    this.forget?.();
    this.forget = null;
  }

  open() {
    this.tell("");
    this.part("lecture-copied").textContent = "";
    this.changed([]);
    if (!this.dialog.open) this.dialog.showModal();
    this.draw();
  }

  /** Adds what is on show to the end, and gives the keyboard to its words. */
  add() {
    this.open();
    const view = viewOf(window.location, this.rules);
    if (!view) return this.warn("This page has no view that a lecture can show. Add one from another page.");
    const tour = read(this.rules);
    if (tour.stops.length >= this.rules.most.stops) return this.warn(`A lecture has at most ${this.rules.most.stops} stops.`);
    const page = this.rules.pages.find(({ title }) => title === view.page);
    const offered = onPage(Object.keys(page.targets));
    const look = lookedAt(offered);
    const stop = { id: freeId(tour.stops), title: this.titleOf(page, look), ...view, look, offered, text: "", question: "", answer: "" };
    try {
      checked({ ...tour, stops: [...tour.stops, stop] }, this.rules);
    } catch (error) {
      return this.warn(error.message);
    }
    this.change(({ stops }) => stops.push(stop));
    this.tell(`Added as stop ${tour.stops.length + 1}.`);
    this.field(stop.id, "text")?.focus();
    this.field(stop.id, "text")?.scrollIntoView({ block: "center" });
    // Only Python has texts that are too long for a link.
    if (this.missing) this.file.askFor((text) => this.keepView(stop.id, JSON.parse(text).params));
    return undefined;
  }

  keepView(id, params) {
    this.change(({ stops }) => {
      const stop = stops.find((one) => one.id === id);
      if (stop) stop.view = params;
    });
  }

  /** What is typed is kept at each sign. */
  write(field) {
    const name = field.dataset.field;
    this.change(({ stops }) => {
      const stop = stops.find((one) => one.id === idOf(field));
      if (!stop) return;
      const page = this.rules.pages.find(({ title }) => title === stop.page);
      if (name === "look" && stop.title === this.titleOf(page, stop.look)) stop.title = this.titleOf(page, field.value);
      stop[name] = field.value;
    });
  }

  /** What a stop is called until it is given a title. */
  titleOf(page, look) {
    return (look ? `${page.title}: ${page.targets[look]}` : page.title).slice(0, this.rules.most.title);
  }

  move(button, by) {
    const id = idOf(button);
    const from = this.at(button);
    this.change(({ stops }) => {
      if (from < 0 || !stops[from + by]) return;
      stops.splice(from + by, 0, ...stops.splice(from, 1));
    });
    this.tell(`Now stop ${this.index(id) + 1} of ${read(this.rules).stops.length}.`);
    const [same, other] = [by, -by].map((way) => this.item(id).querySelector(`[data-act=${way < 0 ? "up" : "down"}]`));
    (same.disabled ? other : same).focus();
    this.item(id).scrollIntoView({ block: "nearest" });
  }

  remove(button) {
    const at = this.at(button);
    const stop = read(this.rules).stops[at];
    if (!stop) return;
    this.taken.push(({ stops }) => {
      if (stops.length >= this.rules.most.stops) return;
      const id = stops.some((one) => one.id === stop.id) ? freeId(stops) : stop.id;
      stops.splice(Math.min(at, stops.length), 0, { ...stop, id });
    });
    this.change(({ stops }) => stops.splice(at, 1));
    this.tell(`“${stop.title || stop.page}” is removed.`);
    this.part("undo").focus();
  }

  /** Another tour in the place of this one, which comes back on request. */
  replace(tour, said) {
    const before = read(this.rules);
    if (before.stops.length) this.taken.push((now) => Object.assign(now, before));
    this.change((now) => Object.assign(now, tour));
    this.tell(said);
    (this.part("undo").hidden ? this.part("begin") : this.part("undo")).focus();
  }

  undo() {
    const back = this.taken.pop();
    if (back) this.change(back);
    this.tell("It is back.");
    (this.taken.length ? this.part("undo") : this.part("begin")).focus();
  }

  /** To a stop, within the visit: a step in the browser's history. */
  go(at, { present }) {
    const stop = read(this.rules).stops[at];
    if (!stop) return;
    this.dialog.close();
    openStop(stop, this.rules, { present: present || this.presenting.on });
  }

  saveTour() {
    const tour = read(this.rules);
    try {
      const { text, told } = asTour(tour, this.rules);
      saveFile(`${nameOf(tour, this.rules)}.md`, text, "text/markdown");
      this.tell("Saved.");
      this.changed(told);
    } catch (error) {
      this.warn(error.message);
    }
  }

  saveView() {
    const tour = read(this.rules);
    saveFile(`${nameOf(tour, this.rules)}.json`, asViewFile(tour), "application/json");
    this.tell("Saved.");
    this.changed([]);
  }

  /** Draws the slides, stop after stop, until the visitor ends it or closes the dialog. */
  async makeSlides() {
    const tour = read(this.rules);
    const making = {};
    this.making = making;
    this.showSlides({ making: true });
    const ends = () => this.making !== making;
    const onStop = (k) => {
      this.tellSlides(`Drawing stop ${k + 1} of ${tour.stops.length}: ${tour.stops[k].title || tour.stops[k].page} …`);
    };
    const made = await slidesOf(tour, this.rules, { place: this.part("slides-place"), onStop, ends });
    if (ends()) return;
    this.making = null;
    this.slides = { ...made, name: nameOf(tour, this.rules) };
    this.showSlides({ made: true });
    this.listSlides(made.problems);
    this.tellSlides(`${made.pages.length} ${made.pages.length === 1 ? "slide is" : "slides are"} ready.`);
    this.part("slides-print").focus();
  }

  stopSlides() {
    if (!this.making) return;
    this.making = null;
    this.part("slides-place").replaceChildren();
    this.showSlides({});
    this.tellSlides("Stopped. Nothing is made.");
    this.part("slides-begin").focus();
  }

  async printSlides() {
    try {
      await printed(this.slides.pages, this.slides.name);
      this.tellSlides("The print dialog saves them: choose “Save as PDF” there.");
    } catch (error) {
      this.tellSlides(`${error.message} The command below makes slides without a dialog.`);
    }
  }

  showSlides({ making = false, made = false }) {
    this.listSlides([]);
    this.part("slides-begin").disabled = making;
    this.part("slides-stop").hidden = !making;
    this.part("slides-place").hidden = !making;
    this.part("slides-print").hidden = !made;
  }

  tellSlides(text) {
    this.part("slides-told").textContent = text;
  }

  listSlides(problems) {
    list(this.part("slides-problems"), problems);
  }

  /** To the clipboard; where the browser allows none, the command is selected. */
  async copyCommand() {
    const command = this.part("lecture-command");
    try {
      await navigator.clipboard.writeText(command.textContent);
      this.part("lecture-copied").textContent = "Copied.";
    } catch {
      window.getSelection().selectAllChildren(command);
    }
  }

  /** What the file has otherwise than the list. */
  changed(told) {
    list(this.part("lecture-changes"), told);
  }

  async take(field) {
    const [file] = field.files;
    field.value = "";
    if (!file) return;
    const most = this.rules.most.file;
    if (file.size > most) return void this.warn(`A lecture must have at most ${most.toLocaleString("en")} bytes; got ${file.size.toLocaleString("en")}.`);
    const text = await file.text();
    if (!this.isTour(text)) this.file.follow(text);
  }

  /** Whether a file's text is a tour, or wants to be one: then it is here, or it is said what is wrong with it. */
  isTour(text) {
    try {
      const tour = tourIn(text, this.rules);
      if (!tour) return false;
      this.open();
      this.replace(tour, `Opened: ${tour.stops.length} ${tour.stops.length === 1 ? "stop" : "stops"}.`);
    } catch (error) {
      if (!/^\ufeff?---/.test(text) && !text.includes('"lecture"')) return false; // a view file, of which Python says more
      this.open();
      this.warn(error.message);
    }
    return true;
  }

  change(act) {
    this.unstored = change(this.rules, act);
    this.warn(this.unstored);
  }

  tell(text) {
    this.part("lecture-told").textContent = text;
    this.warn(this.unstored ?? "");
  }

  warn(text) {
    this.part("lecture-problem").textContent = text;
    this.part("lecture-problem").hidden = !text;
  }

  draw() {
    const tour = read(this.rules);
    const count = tour.stops.length;
    this.button.textContent = count ? `My lecture · ${count}` : "My lecture";
    if (!this.dialog.open) return;
    const held = fieldIn(this.part("stops"));
    const place = this.part("stops");
    const items = tour.stops.map((stop, k) => this.drawn(stop, k, count));
    if (items.some((item, k) => place.children[k] !== item) || place.children.length !== items.length) {
      place.replaceChildren(...items);
      if (held?.isConnected) held.focus({ preventScroll: true });
    }
    for (const field of this.dialog.querySelectorAll("[data-head]")) {
      field.maxLength = this.rules.most.title;
      if (field !== document.activeElement) field.value = tour[field.dataset.head];
    }
    this.part("lecture-empty").hidden = count > 0;
    this.part("lecture-all").hidden = !count;
    this.part("begin").disabled = !count;
    this.part("undo").hidden = !this.taken.length;
    const server = LOCAL.includes(window.location.hostname) ? "" : ` --server ${window.location.origin}${window.location.pathname.replace(/\/[^/]*$/, "")}`;
    this.part("lecture-command").textContent = `python -m rnnviz export ${nameOf(tour, this.rules)}.md --to slides${server}`;
  }

  /** The row of a stop: the one that is there, brought up to date, or a new one. */
  drawn(stop, k, count) {
    const item = this.item(stop.id) ?? this.rowOf(stop);
    item.querySelector(".bar-number").textContent = k + 1;
    const of = [stop.title.startsWith(stop.page) ? "" : `On the page “${stop.page}”`, stop.view ? "With a text that is too long for a link" : ""];
    item.querySelector(".bar-of").textContent = of.filter(Boolean).join(". ");
    for (const name of FIELDS) {
      const field = item.querySelector(`[data-field=${name}]`);
      if (field !== document.activeElement) field.value = stop[name];
    }
    this.offer(item.querySelector("[data-field=look]"), stop);
    item.querySelector("[data-act=up]").disabled = k === 0;
    item.querySelector("[data-act=down]").disabled = k === count - 1;
    for (const button of item.querySelectorAll("[data-act]")) button.setAttribute("aria-label", `${button.title}: ${k + 1}, ${stop.title || stop.page}`);
    return item;
  }

  rowOf(stop) {
    const item = document.createElement("li");
    item.dataset.stop = stop.id;
    item.innerHTML = ROW;
    for (const name of FIELDS.slice(0, 4)) item.querySelector(`[data-field=${name}]`).maxLength = this.rules.most[name];
    return item;
  }

  /**
   * What a stop can point at: of its view, if that is on show, what is on the page; else what was when it was added. Of a
   * stop from a file that is not on show this is not known: all of its page.
   */
  offer(select, stop) {
    const { targets } = this.rules.pages.find(({ title }) => title === stop.page);
    const known = isShown(stop, this.rules) ? onPage(Object.keys(targets)) : stop.offered;
    const keys = Object.keys(targets).filter((key) => !known?.length || known.includes(key) || key === stop.look);
    if (plain(keys) === select.dataset.keys) return;
    select.dataset.keys = plain(keys);
    select.replaceChildren(new Option("nothing", ""), ...keys.map((key) => new Option(targets[key], key)));
    select.value = stop.look;
  }

  item(id) {
    return this.part("stops").querySelector(`[data-stop="${id}"]`);
  }

  field(id, name) {
    return this.item(id)?.querySelector(`[data-field=${name}]`);
  }

  index(id) {
    return read(this.rules).stops.findIndex((one) => one.id === id);
  }

  at(node) {
    return this.index(idOf(node));
  }
}

const ROW = `
  <span class="bar-number"></span>
  <input type="text" data-field="title" aria-label="Title" spellcheck="false">
  <span class="bar-acts">
    <button type="button" data-act="up" title="Earlier">↑</button>
    <button type="button" data-act="down" title="Later">↓</button>
    <button type="button" data-act="show" title="Show this stop">Show</button>
    <button type="button" data-act="remove" title="Remove">✕</button>
  </span>
  <span class="bar-of"></span>
  <label class="bar-look">Points at <select data-field="look"></select></label>
  <textarea data-field="text" rows="1" aria-label="Words" placeholder="Words for this view; your audience sees them"></textarea>
  <details>
    <summary>Question</summary>
    <label>Question <textarea data-field="question" rows="1"></textarea></label>
    <label>Answer, shown on request <textarea data-field="answer" rows="1"></textarea></label>
  </details>`;

function list(place, lines) {
  place.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
}

function idOf(node) {
  return Number(node.closest("[data-stop]").dataset.stop);
}

function fieldIn(place) {
  return place.contains(document.activeElement) ? document.activeElement : null;
}

/** Whether a stop's view is the one on show. */
function isShown(stop, rules) {
  const view = viewOf(window.location, rules);
  const sorted = ({ params }) => plain(Object.entries(params).sort());
  return view?.page === stop.page && sorted(view) === sorted(stop);
}

const plain = (data) => JSON.stringify(data);

function boxOf(key) {
  return document.querySelector(`.st-key-${CSS.escape(key.replace(/[^A-Za-z0-9_-]/g, "-"))}`)?.getBoundingClientRect();
}

/** Of what a stop can point at, what is on the page now. */
function onPage(keys) {
  return keys.filter((key) => boxOf(key)?.height);
}

/** Of what a stop can point at, what the visitor looks at: what takes most of the window, near its top; empty if nothing is there. */
function lookedAt(keys) {
  const seen = (key) => {
    const box = boxOf(key);
    if (!box?.height) return 0;
    const { innerHeight: high } = window;
    const shown = Math.min(box.bottom, high) - Math.max(box.top, 0);
    return Math.max(0, shown) * (1 - Math.max(0, box.top) / high);
  };
  const best = keys.reduce((one, other) => (seen(other) > seen(one) ? other : one), keys[0] ?? "");
  return best && seen(best) > 0 ? best : "";
}
