// The bar of a guided tour: where one is, the way on and back, and a frame around what is spoken of.

import { viewOf } from "../shared/mounting.js";
import { mayAct } from "../shared/single_keys.js";
import { TYPING } from "../shared/stepper.js";

const CHOOSING = "[role=combobox], [role=listbox], [role=option], [role=menu], [role=menuitem], [role=dialog]";
const PATIENCE_MS = 20_000;
/** How long a stop that was asked for is gone after, if it does not come. */
const PURSUED_MS = 10_000;
/** How long after the last press more of them count from the stop that was asked for, though another may be drawn meanwhile. */
const QUICK_MS = 1_000;
/** How long an answer may take before the same is asked for again. */
const AGAIN_MS = 1_500;
const LATE_MS = 3_000;
const ROOM = 16;
/**
 * Kept from page to page: the stop that was asked for, `{ number, at }`, and when; when the server was asked for any; the page
 * that is being left by a link to a stop, and where that leads; and which button had the keyboard then.
 */
const underway = { goal: null, sent: -Infinity, leaving: null, address: null, held: null, last: 1 };
/** The bar that is on show, if one is. */
let shown = null;

export default function tour(component) {
  const view = viewOf(component.parentElement.querySelector(".tour-bar").parentElement, Tour);
  view.update(component);
  return () => view.unmount();
}

/** What is pressed while another page is on its way counts from where that leads. */
function hear(event) {
  const by = stepOf(event);
  if (!by) return;
  event.preventDefault();
  if (shown) shown.go(by);
  else if (underway.leaving) aimAt(underway.goal.number + by);
}

/** Another stop is the one to come to, if there is one of that number. */
function aimAt(number) {
  if (number < 1 || number > underway.last) return false;
  underway.goal = { number, at: performance.now() };
  return true;
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
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const page = this.data?.page ?? underway.leaving;
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
    this.draw();
    this.point();
    this.pursue();
    if (!hasArrived) return;
    this.part("status").textContent = `Stop ${data.number} of ${data.titles.length}: ${data.titles[data.number - 1]}`;
    if (!underway.leaving && this.isThere(underway.goal)) this.arrive();
  }

  unmount() {
    if (shown === this) shown = null;
    if (!underway.leaving) window.removeEventListener("keydown", hear);
    clearTimeout(this.waiting);
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
      ${selector} { position: relative; overflow: visible; margin-top: calc(26px * var(--present-scale, 1)); outline: 3px solid ${of("primary-color")}; outline-offset: 5px; border-radius: 3px; }
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
    const { held } = underway;
    underway.held = null;
    if (held) this.act(held).focus();
    this.check(performance.now());
    const begun = performance.now();
    const look = () => {
      const target = this.target();
      if (target?.getBoundingClientRect().height > 40) this.show(target);
      else if (performance.now() - begun < PATIENCE_MS) this.waiting = setTimeout(look, 100);
    };
    clearTimeout(this.waiting);
    if (this.data.target) look();
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
    this.send("asked", { to: number });
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

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
