// Presenting: everything but the pictures away, and they larger; the address says so, and Python draws its figures anew.

const SCALE = { least: 1.2, most: 2.4, width: 1280, height: 720 };
const PICTURES = "[data-testid=stMain] [data-testid=stPlotlyChart], [data-testid=stMain] [data-testid=stBidiComponentIsolated]";
const SETTLE_MS = 300;
/** Pixels that a picture may be off the top of the window and still be the one that is looked at. */
const NEAR = 24;

export class Presenting {
  constructor({ onChange }) {
    this.onChange = onChange;
    this.page = document.documentElement;
    this.resized = () => {
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.on && this.fit(), SETTLE_MS);
    };
  }

  get on() {
    return "presenting" in this.page.dataset;
  }

  update({ start, screen }, send) {
    this.send = send;
    window.addEventListener("resize", this.resized); // the same listener is added once
    if (this.start !== start.id) {
      this.start = start.id;
      this.drawnFor = screen;
      this.set(start.present);
      if (start.present) this.fit();
    }
  }

  unmount() {
    clearTimeout(this.settling);
    window.removeEventListener("resize", this.resized);
  }

  toggle() {
    const looked = this.pictures().find((picture) => picture.getBoundingClientRect().bottom > NEAR);
    this.set(!this.on);
    const url = new URL(window.location.href);
    if (this.on) url.searchParams.set("present", "1");
    else url.searchParams.delete("present");
    window.history.replaceState(window.history.state, "", url);
    this.send("present", { on: this.on, screen: this.on ? this.screen() : null });
    if (looked?.getBoundingClientRect().top < 0) looked.scrollIntoView();
  }

  set(on) {
    if (on) this.page.dataset.presenting = "";
    else delete this.page.dataset.presenting;
    this.enlarge();
    this.onChange(on);
  }

  enlarge() {
    if (this.on) this.page.style.setProperty("--present-scale", this.screen().scale);
    else this.page.style.removeProperty("--present-scale");
  }

  /** Tells Python of another screen than the one that its figures are drawn for. */
  fit() {
    const now = this.screen();
    this.enlarge();
    if (this.drawnFor && Object.keys(now).every((name) => now[name] === this.drawnFor[name])) return;
    this.drawnFor = now;
    this.send("present", { on: true, screen: now });
  }

  screen() {
    const fitting = Math.min(window.innerWidth / SCALE.width, window.innerHeight / SCALE.height);
    const scale = Math.round(20 * Math.max(SCALE.least, Math.min(SCALE.most, fitting))) / 20;
    return { scale, height: window.innerHeight };
  }

  pictures() {
    return [...document.querySelectorAll(PICTURES)].filter((node) => node.getBoundingClientRect().height > 40);
  }

  /** The next picture or the one before, at the top of the window. */
  step(by) {
    const tops = this.pictures().map((node) => [node, node.getBoundingClientRect().top]);
    const [node] = (by > 0 ? tops.find(([, top]) => top > NEAR && !this.isFirstView(top)) : tops.findLast(([, top]) => top < -NEAR)) ?? [];
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const how = { behavior: calm ? "auto" : "smooth", block: "start" };
    if (node) node.scrollIntoView(how);
    else if (by < 0) document.querySelector("[data-testid=stMain]")?.scrollTo({ top: 0, behavior: how.behavior });
  }

  /** At the top of a page its first picture stands under the title, and is on show already. */
  isFirstView(top) {
    const main = document.querySelector("[data-testid=stMain]");
    return main.scrollTop < NEAR && top < 200 && this.pictures()[0].getBoundingClientRect().top === top && this.pictures().length > 1;
  }
}
