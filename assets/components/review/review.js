// A text box that is answered while one types: every key is sent, and the answer to the last one is shown. Where the
// server answers keys itself it is asked for that alone; else each key is a run of the page, which is slower.

import { themeOf } from "../shared/colors.js";
import { show } from "../shared/mounting.js";
import { isElsewhere, isRunning } from "../shared/taken.js";

const PAGE = "[data-testid=stMain]";
/** Links that lead to another page with what stands in the box, or away from it. */
const LINKS = `${PAGE} a[href], .st-key-navigation a[href]`;
const isOfPage = (link) => link.closest(PAGE) !== null;

/** Without a key for so long nobody types, unless keys have just followed each other more slowly. */
const PATIENCE_MS = 120;
/** Keys this far apart do not follow each other. */
const PAUSE_MS = 300;
/** A question that is not answered by then is one for the page. */
const LATEST_MS = 3000;
/** A chosen review is settled as soon as it is sent. */
const CLICKED_MS = 60;
/** A link is followed by then, though no run has taken the text of the box. */
const FOLLOWED_MS = 8_000;
/** How often it is looked whether one has. */
const LOOK_MS = 30;

export default function review(component) {
  return show(component, component.parentElement.querySelector(".review"), Review);
}

class Review {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.box = this.part("text");
    this.pressed = new Map();
    this.count = 0;
    this.taken = 0;
    this.rests = 0;
    this.box.oninput = () => this.typed();
    // What is sent after a link was followed would stop the page that it leads to.
    this.leave = (event) => {
      const link = event.target.closest?.("a[href]");
      if (link && event.isTrusted && link.matches(LINKS) && this.isUntaken(isOfPage(link)) && !isElsewhere(event)) this.follow(event, link);
      else if (link || event.type === "popstate") this.settled();
    };
    // Keys of the page, such as those that rerun it, are letters here.
    this.box.onkeydown = (event) => event.stopPropagation();
  }

  update({ data, setStateValue }) {
    document.addEventListener("click", this.leave, true);
    window.addEventListener("popstate", this.leave);
    this.send = setStateValue;
    this.data = data;
    if (this.start !== data.start.id) this.begin(data);
    if (data.answer.start === this.start && data.answer.is_settled) this.taken = data.answer.count;
    this.samples(data.samples);
    this.asks(data.asked);
    if (data.answer.count >= this.count || data.answer.start !== this.start) this.show(data);
    else this.remind();
  }

  /** A server that has been away knows nothing of the last keys: what nobody waits for any more is told once again. */
  remind() {
    if (this.settling || this.asking || this.reminded === this.count) return;
    this.reminded = this.count;
    this.settling = setTimeout(() => this.rest(), PATIENCE_MS);
  }

  unmount() {
    this.settled();
    clearTimeout(this.following);
    document.removeEventListener("click", this.leave, true);
    window.removeEventListener("popstate", this.leave);
  }

  /** What stands in the box when the page is opened or drawn anew; what is typed later is never overwritten. */
  begin({ start, text, answer }) {
    this.start = start.id;
    this.count = answer.start === start.id ? answer.count : 0;
    this.box.value = text ?? start.text;
    this.told("");
  }

  /** What the box asks for. */
  asks({ aloud, placeholder }) {
    this.box.placeholder = placeholder;
    this.box.setAttribute("aria-label", aloud);
  }

  samples(samples) {
    const labels = samples.map(({ label }) => label).join("\n");
    if (labels === this.labels) return;
    this.labels = labels;
    this.part("samples").replaceChildren(...samples.map(({ label, text }) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: label, title: text });
      button.onclick = () => {
        this.box.value = text;
        this.typed(CLICKED_MS);
      };
      return button;
    }));
  }

  typed(patience) {
    const { limit, direct } = this.data;
    const given = this.box.value.length;
    if (given > limit) this.box.value = this.box.value.slice(0, limit);
    this.told(given > limit ? `Cut to its first ${limit.toLocaleString("en")} characters; there were ${given.toLocaleString("en")}.` : "");
    this.count += 1;
    const now = performance.now();
    this.pressed.set(this.count, now);
    if (direct) this.ask();
    else this.send("typed", this.now());
    this.settled();
    this.settling = setTimeout(() => this.rest(), patience ?? this.patience(now));
  }

  now() {
    return { start: this.start, count: this.count, text: this.box.value };
  }

  /** Asks the server, one question at a time and always the last; where it does not answer, the page does. */
  async ask() {
    if (this.asking) return;
    this.asking = true;
    try {
      for (let asked; asked !== this.count;) {
        asked = this.count;
        this.take(this.now(), this.data.direct, await this.answer(this.data.direct));
      }
    } catch {
      this.send("typed", this.now());
    } finally {
      this.asking = false;
    }
  }

  async answer({ address, longest, ...about }) {
    const text = this.box.value;
    if (text.length > longest) throw new Error("too long for a question");
    const body = JSON.stringify({ text, ...about });
    const asked = { method: "POST", body, signal: AbortSignal.timeout(LATEST_MS) };
    const response = await fetch(new URL(address, location.origin), asked);
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return response.json();
  }

  /** Shows an answer, unless it is of another network or text by now. */
  take({ start, count }, { network }, { said, words }) {
    if (start !== this.start || network !== this.data.direct?.network) return;
    this.show({ ...this.data, answer: { ...said, start, count, is_settled: false } });
    if (words) document.dispatchEvent(new CustomEvent("rnnviz-review-words", { detail: { start, count, ...words } }));
  }

  /** Says that nobody types any more; a server hears only of what is not as it was told last, hence the number. */
  rest() {
    this.settled();
    this.rests += 1;
    this.send("settled", { ...this.now(), rests: this.rests });
  }

  settled() {
    clearTimeout(this.settling);
    this.settling = null;
  }

  /** Whether the text of the box is not taken yet, or a link of the page, which has it in it, may be as old as the last run. */
  isUntaken(ofPage) {
    return this.count > this.taken || (ofPage && this.count > 0 && isRunning());
  }

  /** A link is followed once the text that was typed last is taken: it may have it in it, or the page is come back to. */
  follow(event, link) {
    event.preventDefault();
    event.stopPropagation();
    if (this.settling) this.rest();
    const isSame = (one) => one.pathname === link.pathname && one.textContent === link.textContent;
    const ofPage = isOfPage(link); // the page may draw another in its place
    const begun = performance.now();
    // Not at the end of just any run: the one before, which knows nothing of the last key, may be going on still.
    const look = () => {
      clearTimeout(this.following);
      if (this.isUntaken(ofPage) && performance.now() - begun < FOLLOWED_MS) this.following = setTimeout(look, LOOK_MS);
      else ([...document.querySelectorAll(LINKS)].find(isSame) ?? link).click();
    };
    look();
  }

  /** Milliseconds until nobody types: longer than from key to key, where keys follow each other. */
  patience(now) {
    const gap = now - (this.last ?? -Infinity);
    this.last = now;
    return gap < PAUSE_MS ? Math.max(PATIENCE_MS, 1.5 * gap) : PATIENCE_MS;
  }

  told(text) {
    this.cut = text;
  }

  show({ answer, palette }) {
    const { probability, sign } = answer;
    const { ends, undecided } = this.data;
    const stops = palette[themeOf(this.root)].diverging;
    this.root.querySelector(".track").style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
    this.part("number").textContent = answer.said || "–";
    this.part("scale").hidden = !ends;
    if (ends) [this.part("low").textContent, this.part("high").textContent] = ends;
    Object.assign(this.part("undecided").style, { left: `${100 * undecided.from}%`, right: `${100 - 100 * undecided.to}%` });
    this.part("scale").title = undecided.rule;
    this.part("word").textContent = sign;
    this.part("word").title = sign.startsWith("undecided") ? undecided.rule : "";
    this.part("needle").hidden = probability === null;
    this.part("needle").style.left = `${100 * (probability ?? 0.5)}%`;
    for (const button of this.part("samples").children) button.setAttribute("aria-pressed", button.title === this.box.value);
    this.part("notice").textContent = [this.cut, ...answer.notices].filter(Boolean).join(" ");
    this.part("about").title = this.data.hint;
    for (const name of ["about", "took"]) this.part(name).textContent = answer[name];
    this.root.dataset.answered = answer.count;
    if (answer.is_settled) this.part("aloud").textContent = `${this.part("number").textContent} ${sign}`;
    this.measure(answer.count);
  }

  /** From the key to the painted answer, for those who ask; the first answer to a key counts. */
  measure(count) {
    const since = this.pressed.get(count);
    for (const older of [...this.pressed.keys()]) if (older <= count) this.pressed.delete(older);
    if (since === undefined) return;
    requestAnimationFrame(() => {
      this.root.dataset.took = (performance.now() - since).toFixed(1);
    });
  }
}
