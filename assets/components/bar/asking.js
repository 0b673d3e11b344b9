// The question of the page, put up before an audience: large at the foot of the window, and away again.

const CARD = ".st-key-predict";
const AWAY = ".st-key-predict-away";
const PATIENCE_MS = 10_000;

export class Asking {
  constructor({ onChange }) {
    this.onChange = onChange;
    this.page = document.documentElement;
    // Its own button tells Python by itself.
    this.clicked = ({ target }) => target.closest?.(AWAY) && this.set(false);
  }

  listen() {
    document.addEventListener("click", this.clicked); // the same listener is added once
  }

  unmount() {
    document.removeEventListener("click", this.clicked);
  }

  get up() {
    return "asking" in this.page.dataset;
  }

  /** Whether it is not only wanted but there. */
  get seen() {
    return this.up && Boolean(document.querySelector(CARD)?.getClientRects().length);
  }

  set(up) {
    if (up === this.up) return;
    if (up) this.page.dataset.asking = "";
    else delete this.page.dataset.asking;
    this.onChange(up);
    if (up) {
      this.before = focused();
      this.await(performance.now());
    } else this.giveBack();
  }

  /** The keyboard to where it was, unless it has left the card since. */
  giveBack() {
    clearTimeout(this.waiting);
    if (!document.activeElement?.closest(CARD)) return;
    document.activeElement.blur();
    if (this.before.isConnected) this.before.focus({ preventScroll: true });
  }

  /** The keyboard goes to the card, which Python draws when it is asked for. */
  await(since, then = () => {}) {
    clearTimeout(this.waiting);
    if (this.take()) then();
    else if (performance.now() - since < PATIENCE_MS) this.waiting = setTimeout(() => this.await(since, then), 50);
  }

  /** To the question, with its options unfolded. */
  goTo() {
    const card = document.querySelector(CARD);
    const show = () => card?.scrollIntoView({ block: "center" });
    show();
    card?.querySelector("details:not([open]) > summary")?.click();
    this.await(performance.now(), show);
  }

  /** Whether the options are there, one of which has the keyboard then; once they are answered, a button. */
  take() {
    const card = document.querySelector(CARD);
    if (!card?.querySelector("input")) return false;
    const first = ["input:enabled:checked", "input:enabled", "button"].map((one) => card.querySelector(one)).find(Boolean);
    first?.focus({ preventScroll: true });
    return Boolean(first);
  }
}

function focused() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node;
}
