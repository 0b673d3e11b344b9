// The bar of a guided tour: where one is, the way on and back, and a frame around what is spoken of.

import { show } from "../shared/mounting.js";
import { advance, isForPage, isPresenting, listenAdvance, onAdvance } from "../shared/advance.js";
import { onChange, openStop } from "../shared/own_tour.js";
import { pageScale } from "../shared/room.js";
import { mayAct } from "../shared/single_keys.js";
import { isRunning } from "../shared/taken.js";
import { drawOwn, toldOf } from "./own.js";

/** How long after a stop has come its figure is held in its place, while nobody scrolls. */
const PATIENCE_MS = 60_000;
/** How long a stop that was asked for is gone after, if it does not come. */
const PURSUED_MS = 20_000;
/** How long after the last press more of them count from the stop that was asked for, though another may be drawn meanwhile. */
const QUICK_MS = 1_000;
/** How long an answer may take before the same is asked for again. */
const AGAIN_MS = 1_500;
const LATE_MS = 3_000;
const ROOM = 16;
/** How often it is looked where a stop is, and how many looks in a row must find it unmoved until it is no more held. */
const LOOK_MS = 100;
const STILL_LOOKS = 20;
/** What a visitor scrolls by, who is not to be scrolled back. */
const HANDS = ["wheel", "pointerdown", "touchstart", "keydown"];
/** Pixels that "Look here" takes above what is pointed at, before it is enlarged. */
const LABEL = 26;
/** A widget whose picture has no room under the words is made smaller down to this share, at which its type is still read. */
const LEAST = 0.75;
const WIDGET = "[data-testid=stBidiComponentIsolated]";
const page = () => document.documentElement;
/**
 * Kept from page to page: the stop that was asked for, `{ number, at }`, and when; when the server was asked for any; the page
 * that is being left by a link to a stop, and where that leads; and which button had the keyboard then.
 */
const underway = { goal: null, sent: -Infinity, leaving: null, address: null, held: null, last: 1 };
/** The bar that is on show, if one is. */
let shown = null;
/** What ends the listening to presses, which goes on while another page is on its way. */
let heard = null;

export default function tour(component) {
  return show(component, component.parentElement.querySelector(".tour-bar").parentElement, Tour);
}

function hear(event) {
  if (event.key.toLowerCase() !== "w" || !isForPage(event) || !mayAct(event.key) || !shown?.canFold()) return;
  event.preventDefault();
  shown.toggleWords();
}

/**
 * On the way from figure to figure the words of a stop are a step of their own. What is asked for while another page is on
 * its way counts from where that leads. Returns whether it was for the tour.
 */
function go({ by, to }) {
  if (to === "figure") return Boolean(shown?.stepWords(by));
  if (shown) shown.go(by);
  else if (underway.leaving) aimAt(underway.goal.number + by);
  return Boolean(shown || underway.leaving);
}

function hearNoMore() {
  window.removeEventListener("keydown", hear);
  heard?.forEach((end) => end());
  heard = null;
}

/** Another stop is the one to come to, if there is one of that number. */
function aimAt(number) {
  if (number < 1 || number > underway.last) return false;
  underway.goal = { number, at: performance.now() };
  return true;
}

class Tour {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.act = (name) => root.querySelector(`[data-act=${name}]`);
    const acts = {
      back: () => advance(-1, "stop"),
      next: () => advance(1, "stop"),
      menu: () => {}, // the bar of the page hears these two
      question: () => {},
      words: () => this.toggleWords(),
      look: () => this.look(),
      again: () => this.ask(this.data.number),
      leave: () => {
        giveUp();
        this.send("asked", { leave: true });
      },
    };
    root.onclick = (event) => {
      const button = event.target.closest("[data-act]");
      if (!button) return;
      underway.held = button.matches(":focus-visible") ? button.dataset.act : null;
      acts[button.dataset.act]();
    };
    this.part("stops").onchange = (event) => this.ask(Number(event.target.value));
    this.fitted = 1;
    this.resized = new ResizeObserver(() => this.measure());
    this.leaveAlone = () => {
      clearTimeout(this.waiting);
      for (const name of HANDS) window.removeEventListener(name, this.leaveAlone, { capture: true });
    };
  }

  update(component) {
    const { data: sent, facts, setTriggerValue } = component;
    this.component = component;
    this.send = setTriggerValue;
    this.rules = facts.tours;
    this.forget ??= onChange(() => "own" in this.component.data && this.update(this.component));
    const page = this.data?.page ?? underway.leaving;
    const data = "own" in sent ? toldOf(sent, this.rules) : sent;
    this.data = data;
    const at = `${data.start.id} ${data.number} ${data.here}`;
    const hasArrived = this.at !== at;
    this.at = at;
    if (hasArrived) underway.sent = -Infinity;
    underway.last = data.titles.length;
    // A visitor who has gone to another page by himself wants to be there.
    if (page && page !== data.page && !underway.leaving) underway.goal = null;
    if (underway.leaving && underway.leaving !== data.page) {
      underway.leaving = null;
      if (underway.goal) underway.goal.at = performance.now();
    }
    shown = this;
    window.addEventListener("keydown", hear); // the same listener is added once
    window.addEventListener("popstate", giveUp);
    heard ??= [listenAdvance(), onAdvance(document, go)];
    this.watch();
    if (hasArrived) this.fold(false);
    this.draw();
    this.point();
    this.pursue();
    if (!hasArrived) return;
    const title = data.titles[data.number - 1];
    this.part("status").textContent = title === undefined ? "" : `Stop ${data.number} of ${data.titles.length}: ${title}`;
    if (!underway.leaving && this.isThere(underway.goal)) this.arrive();
  }

  unmount() {
    this.forget?.();
    this.forget = null;
    if (shown === this) shown = null;
    this.resized.disconnect();
    page().style.removeProperty("--strip");
    window.dispatchEvent(new CustomEvent("strip"));
    if (!underway.leaving) hearNoMore();
    this.leaveAlone();
    clearTimeout(this.pursuing);
    clearTimeout(this.checking);
  }

  draw() {
    const { data } = this;
    this.part("tour").textContent = data.tour;
    this.part("tour").lang = data.language;
    const stops = this.part("stops");
    stops.lang = data.language;
    stops.replaceChildren(...data.titles.map((title, k) => new Option(`${k + 1} of ${data.titles.length} · ${title}`, k + 1)));
    stops.value = data.number;
    drawOwn(this.part("own"), data.own);
    document.querySelector(".st-key-tour_text")?.setAttribute("lang", data.language);
    this.act("back").disabled = data.number <= 1;
    this.act("next").disabled = data.number === data.titles.length;
    this.act("words").hidden = !this.hasWords();
    this.act("look").hidden = !data.target;
    this.part("what").textContent = data.target ? `at ${data.target.what}` : "";
    this.act("again").hidden = data.here && !data.changed;
    if (data.own?.missing) this.act("again").hidden = true;
    this.part("again").textContent = data.here ? "↺ The stop’s view again" : `↺ To the stop, on “${data.pages[data.number - 1]}”`;
  }

  /** A frame and a label around what the stop speaks of, as a rule, so that what is drawn anew is framed again. */
  point() {
    if (!this.data.target) return this.part("look").replaceChildren();
    const fitted = this.fitted < 1 ? `${this.selector()} ${WIDGET} { --present-scale: ${pageScale() * this.fitted}; }` : "";
    // The page around knows nothing of the variables that a component has.
    const look = getComputedStyle(this.root.querySelector(".tour-bar"));
    const of = (name) => look.getPropertyValue(`--st-${name}`);
    const selector = this.selector();
    this.part("look").textContent = `
      ${selector} { position: relative; overflow: visible; margin-top: calc(${LABEL}px * var(--present-scale, 1)); outline: 3px solid ${of("primary-color")}; outline-offset: 5px; border-radius: 3px; }
      ${selector}::before { content: "Look here"; position: absolute; z-index: 5; bottom: calc(100% + 5px); left: -8px; padding: 0 10px; border-radius: 6px 6px 0 0; background: ${of("primary-color")}; color: ${of("background-color")}; font: 600 calc(14px * var(--present-scale, 1))/1.6 ${of("font")}; }
      ${fitted}`;
    return undefined;
  }

  selector() {
    return `.st-key-${CSS.escape(this.data.target.key.replace(/[^A-Za-z0-9_-]/g, "-"))}`;
  }

  target() {
    return this.data.target && document.querySelector(this.selector());
  }

  arrive() {
    const { held } = underway;
    underway.held = null;
    if (held) this.act(held).focus();
    this.check(performance.now());
    for (const name of HANDS) window.addEventListener(name, this.leaveAlone, { capture: true, passive: true });
    if (this.data.target) this.place({ begun: performance.now() });
  }

  /**
   * Shows what is pointed at, and again while the page is still being laid out, until the visitor scrolls by himself. Where the
   * server or the browser is busy, something may come long after all was still: then no scrolling is taken back any more, but
   * what is laid out anew is shown again.
   */
  place({ begun, still = 0, was = {} }) {
    clearTimeout(this.waiting);
    if ("menu" in page().dataset) return this.leaveAlone(); // it stands at the top of the page
    const target = this.target();
    const { top, height } = target?.getBoundingClientRect() ?? { top: 0, height: 0 };
    const isThere = height > 40;
    // A page that is being drawn anew may be too short for a moment: it cannot be scrolled far enough, or springs back.
    const laid = isThere ? [top + main().scrollTop, height, this.held(), main().scrollHeight].map(Math.round).join() : "";
    const is = { laid, top: Math.round(top) };
    const hasMoved = is.laid !== was.laid || (still < STILL_LOOKS && is.top !== was.top);
    if (isThere && hasMoved) {
      this.fit(target);
      this.show(target);
    }
    // Looks are counted, and no time: a browser that is busy for seconds has not laid out anything meanwhile.
    const next = !isThere || hasMoved || isRunning() ? 0 : still + 1;
    if (performance.now() - begun > PATIENCE_MS) return this.leaveAlone();
    this.waiting = setTimeout(() => this.place({ begun, still: next, was: is }), LOOK_MS);
    return undefined;
  }

  /** What the page before had to say of its own address may come when it has been left. */
  check(since) {
    clearTimeout(this.checking);
    const stop = (address) => new URL(address).searchParams.get("tour");
    const { address } = underway;
    if (!address || !stop(address)?.endsWith(`.${this.data.number}`) || performance.now() - since > LATE_MS) return;
    if ((stop(window.location.href) ?? stop(address)) !== stop(address)) window.history.replaceState(window.history.state, "", address);
    this.checking = setTimeout(() => this.check(since), 200);
  }

  /**
   * As much of what is pointed at into the window as leaves the words on show. While presenting they are always on show, so it
   * comes right under them, also where it could be seen before: what is below it has the room, and no second bar is above.
   */
  show(target) {
    const words = this.data.own ? this.part("own") : document.querySelector(".st-key-tour_text");
    if (!words) return;
    const above = isPresenting() || this.data.own ? this.below(target) : words.getBoundingClientRect().top - this.held() - ROOM;
    const below = isPresenting() ? above : target.getBoundingClientRect().bottom + ROOM - window.innerHeight;
    main().scrollBy({ top: Math.min(above, below), behavior: calm() });
  }

  look() {
    const target = this.target();
    if (target) main().scrollBy({ top: target.getBoundingClientRect().top - this.held() - LABEL - ROOM, behavior: calm() });
  }

  /** How far what is pointed at is below its place right under the words; of what is too tall, the picture in it. */
  below(target) {
    const { top, height } = target.getBoundingClientRect();
    const place = this.held() + LABEL * pageScale() + ROOM / 2;
    const picture = partOf(target, "[data-begin]");
    if (picture && height > window.innerHeight - place) return picture.getBoundingClientRect().top - this.held();
    return top - place;
  }

  /** Makes a widget smaller, whose picture and player are higher than their room. */
  fit(target = this.target()) {
    const picture = isPresenting() && target && partOf(target, "[data-end]");
    const fitted = picture ? Math.max(LEAST, Math.min(1, this.share(target, picture))) : 1;
    if (Math.abs(fitted - this.fitted) < 0.01) return;
    this.fitted = fitted;
    this.point();
  }

  /** What share of its size a widget may have, up to the end of its picture and the player under it. */
  share(target, picture) {
    const player = partOf(target, "[data-end] ~ .rail")?.getBoundingClientRect().height ?? 0; // it sticks to the window's foot
    const begin = partOf(target, "[data-begin]");
    const needed = picture.getBoundingClientRect().bottom - (begin ?? target).getBoundingClientRect().top + player;
    const room = window.innerHeight - this.held() - (begin ? ROOM / 2 : LABEL * pageScale()) - ROOM / 2;
    return (room * this.fitted) / needed;
  }

  /** What is held at the top of the window: the bar, and while presenting the words with it. */
  strip() {
    const bar = this.root.closest(".st-key-tour");
    return isPresenting() ? bar.closest("[data-testid=stLayoutWrapper]") : bar;
  }

  /** Pixels of the window's top that it takes. */
  held() {
    const strip = this.strip();
    return (parseFloat(getComputedStyle(strip).top) || 0) + strip.getBoundingClientRect().height;
  }

  /** What has a place under it is told of its height. */
  watch() {
    const bar = this.root.closest(".st-key-tour");
    for (const node of [bar, bar?.closest("[data-testid=stLayoutWrapper]")].filter(Boolean)) this.resized.observe(node);
    this.measure();
  }

  measure() {
    const strip = `${this.held()}px`;
    if (strip === page().style.getPropertyValue("--strip")) return;
    page().style.setProperty("--strip", strip);
    window.dispatchEvent(new CustomEvent("strip"));
    this.fit();
  }

  /** While the page's own question is up, the words of the stop are away. */
  canFold() {
    return isPresenting() && !("asking" in page().dataset) && this.hasWords();
  }

  hasWords() {
    return this.data.here && (this.data.own?.hasWords ?? true);
  }

  fold(folded) {
    page().toggleAttribute("data-tour-folded", folded);
    this.act("words").setAttribute("aria-expanded", !folded);
    this.measure();
  }

  /** What is under the words stays under them; at its beginning, as much of it as there is room for comes into the window. */
  toggleWords() {
    const target = this.target();
    const before = target ? this.below(target) : 0;
    this.fold(!isFolded());
    if (!target) return;
    if (before > -ROOM) this.show(target);
    else main().scrollBy({ top: this.below(target) - before, behavior: "instant" });
  }

  /** Whether a step to the next figure is one to the stop's own, which takes the room of the words; or from there back. */
  stepWords(by) {
    const target = this.canFold() && this.target();
    if (!target || (by > 0) === isFolded()) return false;
    const isAt = by > 0 ? target.getBoundingClientRect().bottom > this.held() : this.below(target) > -ROOM;
    if (!isAt) return false;
    this.fold(by > 0);
    this.show(target);
    return true;
  }

  /** One stop on or back from where the visitor is about to be, so that no press is lost while a page is coming. */
  go(by) {
    const { goal } = underway;
    const counts = goal && (!this.isThere(goal) || performance.now() - goal.at < QUICK_MS);
    this.ask((counts ? goal.number : this.data.number) + by);
  }

  ask(number) {
    if (!aimAt(number) || underway.leaving) return;
    if (number === this.data.number && this.data.here) this.request(number);
    this.pursue();
  }

  /** One request at a time: the address that a run has written must not come after the link that was followed meanwhile. */
  request(number) {
    if (performance.now() - underway.sent < AGAIN_MS) return;
    Object.assign(underway, { sent: performance.now(), address: null }); // from here on the address may be another
    if (this.data.own) this.openOwn(number);
    else this.send("asked", { to: number });
  }

  isThere(goal) {
    return !goal || (this.data.number === goal.number && this.data.here);
  }

  /** Until the stop that was asked for is on show: the link to it is drawn after the bar, and another may be drawn before. */
  pursue() {
    clearTimeout(this.pursuing);
    const { goal } = underway;
    if (!goal || underway.leaving || this.isThere(goal)) return;
    if (performance.now() - goal.at > PURSUED_MS) underway.goal = null;
    else if (!this.follow(goal.number)) {
      this.request(goal.number);
      this.pursuing = setTimeout(() => this.pursue(), 50);
    }
  }

  /** A stop that only this browser knows is a step in its history, as a link to it would be. */
  openOwn(number) {
    const { goal } = underway;
    const address = openStop(this.data.own.stops[number - 1], this.rules, { present: isPresenting() });
    const leaving = this.data.pages[number - 1] === this.data.page ? null : this.data.page;
    Object.assign(underway, { goal, leaving, address });
  }

  /** Whether there is a link to a stop on another page, which is then followed. */
  follow(number) {
    const link = document.querySelector(`.st-key-tour_link_${number} a`);
    if (!link || this.data.pages[number - 1] === this.data.page) return false;
    Object.assign(underway, { leaving: this.data.page, address: link.href });
    link.click();
    return true;
  }
}

/** Who goes back through the history wants to be there. */
function giveUp() {
  Object.assign(underway, { goal: null, leaving: null, address: null });
}

function partOf(target, selector) {
  return target.querySelector(WIDGET)?.shadowRoot?.querySelector(selector);
}

function isFolded() {
  return page().hasAttribute("data-tour-folded");
}

function main() {
  return document.querySelector("[data-testid=stMain]");
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
