// Presenting: everything but the pictures away, and they larger; the address says so, and Python draws its figures anew.

const SCALE = { least: 1.2, most: 2.4, width: 1280, height: 720 };
const PICTURES = "[data-testid=stMain] [data-testid=stPlotlyChart], [data-testid=stMain] [data-testid=stBidiComponentIsolated]";
const SETTLE_MS = 300;
/** Pixels that a picture may be off its place at the top of the window and still be the one that is looked at. */
const NEAR = 24;
const GAP = 6;
/** Pixels of title and choice of views, at most, above the first picture of a page. */
const FIRST = 200;
const MENU = "[data-testid=stSidebarUserContent]";
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
    this.arranged = new ResizeObserver(() => this.on && this.makeRoom());
  }

  get on() {
    return "presenting" in this.page.dataset;
  }

  update({ start, scale }, send) {
    this.send = send;
    window.addEventListener("resize", this.resized); // the same listener is added once
    this.asking.listen();
    this.arranged.observe(document.querySelector(BLOCK)); // the same block is observed once
    this.forget ??= fadeWhileStill();
    this.colour();
    if (this.start !== start.id) {
      this.start = start.id;
      this.drawnFor = scale;
      this.asking.set(false);
      this.set(start.present);
      if (!start.ready) this.drawnFor = this.asked().scale; // told by the bar
      else if (start.present) this.fit();
    }
  }

  unmount() {
    clearTimeout(this.settling);
    this.forget?.();
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
    const looked = this.pictures().find((picture) => picture.getBoundingClientRect().bottom > NEAR);
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
    return { on: this.on, scale: this.on ? this.scale() : null, question: this.asking.up };
  }

  tell() {
    this.send("present", this.asked());
  }

  /** Pages, settings and texts to type. The keyboard comes to them by Tab: in a text box, keys would be typed. */
  putMenu(up) {
    const { dataset } = this.page;
    if (up) dataset.menu = "";
    else delete dataset.menu;
    this.bar.querySelector("[data-part=menu]").setAttribute("aria-pressed", up);
    const menu = document.querySelector(MENU);
    if (!up || !menu) return;
    menu.tabIndex = -1;
    menu.focus({ preventScroll: true });
  }

  get menu() {
    return "menu" in this.page.dataset;
  }

  set(on) {
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

  /** Tells Python of another scale than the one that its figures are drawn at. */
  fit() {
    const now = this.scale();
    this.enlarge();
    if (now === this.drawnFor) return;
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

  /** The next picture or the one before, at the top of the window; a tour may have another step in between. */
  step(by) {
    if (!document.dispatchEvent(new CustomEvent("figure-step", { detail: by, cancelable: true }))) return;
    const pictures = this.pictures();
    const node = by > 0
      ? pictures.find((picture) => this.below(picture) > NEAR && !this.isFirstView(picture))
      : pictures.findLast((picture) => this.below(picture) < -NEAR);
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    if (node) this.bring(node, behavior);
    else if (by < 0) main().scrollTo({ top: 0, behavior });
  }

  /** At the top of a page its first picture stands under the title, and is on show already. */
  isFirstView(picture) {
    const [first, ...others] = this.pictures();
    return main().scrollTop < NEAR && picture === first && others.length > 0 && this.below(picture) < FIRST;
  }
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
