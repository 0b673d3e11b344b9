// Presenting: everything but the pictures away, and they larger; the address says so, and Python draws its figures anew.

import { onAdvance } from "../shared/advance.js";

/** Pixels of a window in which the lines of a caption may be long, at the least scale. */
const WIDE = 940;
const SCALE = { least: 1.2, most: 2.4, width: 1280, height: 720 };
const PICTURES = "[data-testid=stMain] [data-testid=stPlotlyChart], [data-testid=stMain] [data-testid=stBidiComponentIsolated]";
const SETTLE_MS = 300;
/** How long after a step to a figure another one counts from that figure, to which the page may still be scrolling. */
const QUICK_MS = 1_000;
/** Pixels that a picture may be off its place at the top of the window and still be the one that is looked at. */
const NEAR = 24;
const GAP = 6;
/** Pixels that stay on show from one part of a tall picture to the next. */
const KEPT = 80;
/** Pixels of title and choice of views, at most, above the first picture of a page. */
const FIRST = 200;
const MENU = "[data-testid=stSidebarUserContent]";
const MENU_BUTTONS = "[data-menu-button]";
const STILL_MS = 4_000;
const ELEMENT = "[data-testid=stElementContainer]";
const BLOCK = "[data-testid=stMainBlockContainer]";

export class Presenting {
  constructor({ bar, onChange, asking }) {
    Object.assign(this, { bar, onChange, asking });
    this.page = document.documentElement;
    this.resized = () => {
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.on && this.fit(), SETTLE_MS);
    };
    this.arranged = new ResizeObserver(() => {
      if (!this.on) return;
      this.makeRoom();
      this.comeBack();
    });
  }

  get on() {
    return "presenting" in this.page.dataset;
  }

  update({ start, scale, wide }, send) {
    this.send = send;
    window.addEventListener("resize", this.resized); // the same listener is added once
    this.asking.listen();
    const block = document.querySelector(BLOCK); // there is none while the application is still being drawn
    if (block) this.arranged.observe(block); // the same block is observed once
    this.forget ??= [
      fadeWhileStill(),
      onAdvance(window, ({ by, to }) => this.on && to !== "stop" && this.step(by, to === "next")), // a tour hears it before
      onTourButton(MENU_BUTTONS, () => this.putMenu(!this.menu)),
    ];
    this.colour();
    if (this.start !== start.id) {
      this.start = start.id;
      this.drawnFor = { scale, wide };
      this.asking.set(false);
      this.set(start.present);
      if (!start.ready) this.drawnFor = this.asked(); // told by the bar
      else if (start.present) this.fit();
    }
  }

  unmount() {
    clearTimeout(this.settling);
    this.forget?.forEach((end) => end());
    this.forget = null;
    window.removeEventListener("resize", this.resized);
    this.arranged.disconnect();
    this.asking.unmount();
  }

  /** The page around knows nothing of the variables that a component has. */
  colour() {
    const own = getComputedStyle(this.bar);
    const colours = ["background-color", "primary-color", "text-color"].map((name) => [name, own.getPropertyValue(`--st-${name}`)]);
    for (const [name, colour] of colours) this.page.style.setProperty(`--present-${name}`, colour);
  }

  toggle() {
    const looked = this.looked();
    this.asking.set(false);
    this.set(!this.on);
    const url = new URL(window.location.href);
    if (this.on) url.searchParams.set("present", "1");
    else url.searchParams.delete("present");
    window.history.replaceState(window.history.state, "", url);
    this.tell();
    if (looked && this.below(looked) < 0) this.bring(looked, "instant");
  }

  asked() {
    const look = this.on ? { scale: this.scale(), wide: window.innerWidth >= WIDE } : { scale: null, wide: false };
    return { on: this.on, ...look, question: this.asking.up };
  }

  tell() {
    this.send("present", this.asked());
  }

  /**
   * Pages, settings and texts to type. The keyboard comes to them by Tab: in a text box, keys would be typed. Some stand above
   * the pictures: the page goes to its top for them, and then back to where it was.
   */
  putMenu(up) {
    if (up === this.menu) return;
    const { dataset } = this.page;
    if (up) this.left = this.whereabouts();
    if (up) dataset.menu = "";
    else delete dataset.menu;
    document.querySelectorAll(MENU_BUTTONS).forEach((button) => button.setAttribute("aria-pressed", up));
    if (!up) return this.comeBack(this.left);
    this.back = null;
    main().scrollTo({ top: 0, behavior: "instant" });
    const menu = document.querySelector(MENU);
    if (!menu) return;
    menu.tabIndex = -1;
    menu.focus({ preventScroll: true });
  }

  looked() {
    return this.pictures().find((picture) => picture.getBoundingClientRect().bottom > NEAR);
  }

  /** What is looked at, where it is in the window, and how far the page is scrolled. */
  whereabouts() {
    const node = this.looked();
    return { node, top: node?.getBoundingClientRect().top, scrolled: main().scrollTop };
  }

  /** To where the page was before the menu, and again while its pictures take their old sizes. */
  comeBack(left) {
    if (left) this.back = { ...left, at: performance.now() };
    if (!this.back || performance.now() - this.back.at > QUICK_MS) return;
    const { node, top, scrolled } = this.back;
    const by = node?.isConnected ? node.getBoundingClientRect().top - top : scrolled - main().scrollTop;
    main().scrollBy({ top: by, behavior: "instant" });
  }

  get menu() {
    return "menu" in this.page.dataset;
  }

  set(on) {
    this.left = null; // what comes has a place of its own
    this.putMenu(false);
    if (on) this.page.dataset.presenting = "";
    else delete this.page.dataset.presenting;
    this.enlarge();
    this.onChange(on);
  }

  enlarge() {
    if (this.on) this.page.style.setProperty("--present-scale", this.scale());
    else this.page.style.removeProperty("--present-scale");
  }

  /** Says how much of the window stands above the first picture, for pictures that take all below it. */
  makeRoom() {
    const [first] = this.pictures();
    const above = first ? Math.ceil(first.getBoundingClientRect().top + main().scrollTop) : 0;
    if (above > 0 && above < FIRST) this.page.style.setProperty("--present-first", `${above}px`);
    else this.page.style.removeProperty("--present-first");
  }

  /** Tells Python of another scale or width than those that its figures are drawn for. */
  fit() {
    const now = this.asked();
    this.enlarge();
    if (now.scale === this.drawnFor.scale && now.wide === this.drawnFor.wide) return;
    this.drawnFor = now;
    this.tell();
  }

  scale() {
    const fitting = Math.min(window.innerWidth / SCALE.width, window.innerHeight / SCALE.height);
    return Math.round(20 * Math.max(SCALE.least, Math.min(SCALE.most, fitting))) / 20;
  }

  pictures() {
    return [...document.querySelectorAll(PICTURES)].filter((node) => node.getBoundingClientRect().height > 40);
  }

  /** How far a picture is below its place at the top of the window: under what is held there, and under its label. */
  below(node) {
    const held = parseFloat(this.page.style.getPropertyValue("--strip")) || 0;
    const label = parseFloat(getComputedStyle(node.closest(ELEMENT)).marginTop) || 0;
    return node.getBoundingClientRect().top - held - label - GAP;
  }

  bring(node, behavior) {
    main().scrollBy({ top: this.below(node), behavior });
  }

  /**
   * The next picture or the one before, at the top of the window; quick steps count from where the last one leads. A clicker
   * first goes through what is left of a picture that is taller than the window.
   */
  step(by, isClicker = false) {
    this.back = null;
    const from = this.underway();
    const pictures = this.pictures();
    const node = by > 0
      ? pictures.find((picture) => this.below(picture) - from > NEAR && !this.isFirstView(picture, from, isClicker))
      : pictures.findLast((picture) => this.below(picture) - from < -NEAR);
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    if (isClicker && this.turnPage(by, node ? Math.abs(this.below(node) - from) : Infinity, from, behavior)) return true;
    if (node) this.bring(node, behavior);
    else if (by < 0) main().scrollTo({ top: 0, behavior });
    if (node || by < 0) this.goal = { node, at: performance.now() };
    return true;
  }

  /** Goes on by a window if there is more than that before the next picture; whether it did. */
  turnPage(by, far, from, behavior) {
    const { clientHeight, scrollHeight, scrollTop } = main();
    const held = parseFloat(this.page.style.getPropertyValue("--strip")) || 0;
    const seen = clientHeight - held - this.heldInside();
    const begin = scrollTop + from;
    const top = Math.max(0, Math.min(scrollHeight - clientHeight, begin + by * (seen - KEPT)));
    if (far <= seen + NEAR || Math.abs(top - begin) <= NEAR) return false;
    main().scrollTo({ top, behavior });
    this.goal = { top, at: performance.now() };
    return true;
  }

  /** Pixels of the window that the player and the words of the widget take which is looked at, and which stay in place. */
  heldInside() {
    const looked = this.pictures().find((picture) => picture.getBoundingClientRect().bottom > NEAR + KEPT);
    const rail = looked?.shadowRoot?.querySelector(".rail");
    return rail && getComputedStyle(rail).position === "sticky" ? rail.getBoundingClientRect().height : 0;
  }

  /** Pixels from where the page is to where the last step leads. */
  underway() {
    const { node, top, at } = this.goal ?? {};
    if (!this.goal || performance.now() - at > QUICK_MS || (node && !node.isConnected)) return 0;
    if (top !== undefined) return top - main().scrollTop;
    return node ? this.below(node) : -main().scrollTop;
  }

  /** At the top of a page its first picture stands under the title, and is on show already. */
  isFirstView(picture, from, isClicker) {
    const [first, ...others] = this.pictures();
    return main().scrollTop + from < NEAR && picture === first && (isClicker || others.length > 0) && this.below(picture) < FIRST;
  }
}

/** A button of the bar that a tour has too; returns what ends it. */
export function onTourButton(selector, toggle) {
  const clicked = ({ target }) => target.closest?.(`.tour-bar ${selector}`) && toggle();
  document.addEventListener("click", clicked);
  return () => document.removeEventListener("click", clicked);
}

function main() {
  return document.querySelector("[data-testid=stMain]");
}

/** Notes whether anybody moves, so that the bar fades over a picture that is spoken about; returns what ends it. */
function fadeWhileStill() {
  const { dataset } = document.documentElement;
  let resting;
  const moved = () => {
    delete dataset.still;
    clearTimeout(resting);
    resting = setTimeout(() => { dataset.still = ""; }, STILL_MS);
  };
  for (const kind of ["pointermove", "pointerdown", "focusin"]) window.addEventListener(kind, moved);
  moved();
  return () => {
    for (const kind of ["pointermove", "pointerdown", "focusin"]) window.removeEventListener(kind, moved);
    clearTimeout(resting);
    delete dataset.still;
  };
}
