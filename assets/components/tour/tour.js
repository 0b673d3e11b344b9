// The bar of a guided tour: where one is, the way on and back, and a frame around what is spoken of.

import { mayAct } from "../shared/single_keys.js";
import { TYPING } from "../shared/stepper.js";

const CHOOSING = "[role=combobox], [role=listbox], [role=option], [role=menu], [role=menuitem], [role=dialog]";
const PATIENCE_MS = 20_000;
/** How long a stop that was asked for counts as the one that is on show, if no answer comes. */
const ANSWER_MS = 5_000;
const ROOM = 16;
const mounted = new WeakMap();
/** Which button had the keyboard when a page was left, and where to go on from the next: kept from page to page. */
const underway = { held: null, left: false, to: null };
/** The bar that is on show, if one is. */
let shown = null;

export default function tour(component) {
  const root = component.parentElement.querySelector(".tour-bar").parentElement;
  let view = mounted.get(root);
  if (!view) {
    view = new Tour(root);
    mounted.set(root, view);
  }
  view.update(component);
  return () => view.unmount();
}

/** What is pressed while another page is on its way counts from where that leads. */
function hear(event) {
  const by = stepOf(event);
  if (!by) return;
  event.preventDefault();
  if (shown) shown.go(by);
  else if (underway.left) underway.to += by;
}

/** 1 for the next stop, -1 for the one before, 0 for any other key or one that is meant for something else. */
function stepOf(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return 0;
  const node = event.composedPath()[0];
  if (document.querySelector("dialog[open]") || (node instanceof Element && node.closest(`${TYPING}, ${CHOOSING}`))) return 0;
  return mayAct(event.key) ? ({ "n": 1, "b": -1 }[event.key.toLowerCase()] ?? 0) : 0;
}

class Tour {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.act = (name) => root.querySelector(`[data-act=${name}]`);
    const acts = {
      back: () => this.go(-1),
      next: () => this.go(1),
      look: () => this.look(),
      again: () => this.ask(this.data.number),
      leave: () => this.send("asked", { leave: true }),
    };
    root.onclick = (event) => {
      const button = event.target.closest("[data-act]");
      if (!button) return;
      underway.held = button.matches(":focus-visible") ? button.dataset.act : null;
      acts[button.dataset.act]();
    };
    this.part("stops").onchange = (event) => this.ask(Number(event.target.value));
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    this.data = data;
    const at = `${data.start.id} ${data.number} ${data.here}`;
    const hasArrived = this.at !== at;
    this.at = at;
    // While a stop is on its way, what is drawn meanwhile is of the one before.
    if (hasArrived || !(underway.left || performance.now() < this.until)) this.wanted = data.number;
    if (data.going && !underway.left) this.followOnceThere(data.going);
    shown = this;
    window.addEventListener("keydown", hear); // the same listener is added once
    this.draw();
    this.point();
    if (!hasArrived) return;
    this.part("status").textContent = `Stop ${data.number} of ${data.titles.length}: ${data.titles[data.number - 1]}`;
    this.arrive();
  }

  unmount() {
    if (shown === this) shown = null;
    if (!underway.left) window.removeEventListener("keydown", hear);
    clearTimeout(this.waiting);
    clearTimeout(this.following);
  }

  draw() {
    const { data } = this;
    this.part("tour").textContent = data.tour;
    this.part("tour").lang = data.language;
    const stops = this.part("stops");
    stops.lang = data.language;
    stops.replaceChildren(...data.titles.map((title, k) => new Option(`${k + 1} of ${data.titles.length} · ${title}`, k + 1)));
    stops.value = data.number;
    document.querySelector(".st-key-tour_text")?.setAttribute("lang", data.language);
    this.act("back").disabled = data.number === 1;
    this.act("next").disabled = data.number === data.titles.length;
    this.act("look").hidden = !data.here;
    this.part("what").textContent = data.target ? `at ${data.target.what}` : "";
    this.act("again").hidden = data.here && !data.changed;
    this.part("again").textContent = data.here ? "↺ The stop’s view again" : `↺ To the stop, on “${data.pages[data.number - 1]}”`;
  }

  /** A frame and a label around what the stop speaks of, as a rule, so that what is drawn anew is framed again. */
  point() {
    if (!this.data.target) return this.part("look").replaceChildren();
    // The page around knows nothing of the variables that a component has.
    const look = getComputedStyle(this.root.querySelector(".tour-bar"));
    const of = (name) => look.getPropertyValue(`--st-${name}`);
    const selector = this.selector();
    this.part("look").textContent = `
      ${selector} { position: relative; overflow: visible; margin-top: 24px; outline: 3px solid ${of("primary-color")}; outline-offset: 5px; border-radius: 3px; }
      ${selector}::before { content: "Look here"; position: absolute; z-index: 5; bottom: calc(100% + 5px); left: -8px; padding: 0 10px; border-radius: 6px 6px 0 0; background: ${of("primary-color")}; color: ${of("background-color")}; font: 600 calc(14px * var(--present-scale, 1))/1.6 ${of("font")}; }`;
    return undefined;
  }

  selector() {
    return `.st-key-${CSS.escape(this.data.target.key.replace(/[^A-Za-z0-9_-]/g, "-"))}`;
  }

  target() {
    return this.data.target && document.querySelector(this.selector());
  }

  /** Once what is pointed at is there: as much of it into the window as leaves the words on show. */
  arrive() {
    const { held, to } = underway;
    Object.assign(underway, { held: null, left: false, to: null });
    const next = Math.max(1, Math.min(this.data.titles.length, to ?? this.data.number));
    if (next !== this.data.number) return this.ask(next);
    if (held) this.act(held).focus();
    const begun = performance.now();
    const look = () => {
      const target = this.target();
      if (target?.getBoundingClientRect().height > 40) this.show(target);
      else if (performance.now() - begun < PATIENCE_MS) this.waiting = setTimeout(look, 100);
    };
    clearTimeout(this.waiting);
    if (this.data.target) look();
    return undefined;
  }

  show(target) {
    const main = document.querySelector("[data-testid=stMain]");
    const words = document.querySelector(".st-key-tour_text");
    if (!words) return;
    const bar = this.root.querySelector(".tour-bar").getBoundingClientRect();
    const edge = parseFloat(getComputedStyle(this.root.closest(".st-key-tour")).top) || 0;
    const above = words.getBoundingClientRect().top + main.scrollTop - bar.height - edge - ROOM;
    const below = target.getBoundingClientRect().bottom + main.scrollTop + ROOM - window.innerHeight;
    main.scrollTo({ top: Math.max(0, Math.min(above, below)), behavior: calm() });
  }

  look() {
    const target = this.target();
    if (!target) return;
    const main = document.querySelector("[data-testid=stMain]");
    const bar = this.root.querySelector(".tour-bar").getBoundingClientRect();
    const edge = parseFloat(getComputedStyle(this.root.closest(".st-key-tour")).top) || 0;
    const top = target.getBoundingClientRect().top + main.scrollTop - edge - bar.height - 40;
    main.scrollTo({ top, behavior: calm() });
  }

  /** One stop on or back from where the visitor is about to be, so that no press is lost while a page is coming. */
  go(by) {
    this.ask(this.wanted + by);
  }

  ask(number) {
    if (number < 1 || number > this.data.titles.length) return;
    this.wanted = number;
    this.until = performance.now() + ANSWER_MS;
    if (underway.left) underway.to = number;
    else if (!this.follow(number)) this.send("asked", { to: number });
  }

  /** The link that was asked for is drawn after the bar. */
  followOnceThere(number) {
    const until = performance.now() + ANSWER_MS;
    const look = () => {
      if (!this.follow(number) && performance.now() < until) this.following = setTimeout(look, 50);
    };
    clearTimeout(this.following);
    look();
  }

  /** Whether there is a link to a stop on another page, which is then followed. */
  follow(number) {
    const link = document.querySelector(`.st-key-tour_link_${number} a`);
    if (!link) return false;
    Object.assign(underway, { left: true, to: number });
    link.click();
    return true;
  }
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
