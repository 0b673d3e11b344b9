// Time in the browser: which step is selected, the transport that moves it, the keys, and when it has settled.

const SETTLE_MS = 300;
const PAGE = 10;
/** Steps that are caught up with are at most those of this part of a second. */
const MOST_AT_ONCE = 8;
const SPEEDS = [0.5, 1, 2, 4, 8];
/** Steps a second at most, until another speed is chosen, for those who have asked their system for little motion. */
const CALM = 4;
const ICONS = {
  first: "M5 4v12M16 4l-8 6 8 6z",
  previous: "M14 4l-8 6 8 6z",
  play: "M6 3.5l10 6.5-10 6.5z",
  pause: "M6 4h3v12H6zM11 4h3v12h-3z",
  next: "M6 4l8 6-8 6z",
  last: "M15 4v12M4 4l8 6-8 6z",
};

/**
 * The selected step of a sequence and its clock; `onStep(t)` is called at once, `onSettle(t)` when it has come to rest.
 * It plays at one of `speeds` steps a second, and from the step `first` on when it has come to the end.
 */
export class Stepper {
  constructor({ onStep, onSettle, onPlay, speeds = SPEEDS, speed = 2 }) {
    const calm = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
    const first = calm ? Math.max(...speeds.filter((one) => one <= Math.min(speed, CALM))) : speed;
    Object.assign(this, { onStep, onSettle, onPlay, speeds, speed: first, t: 0, first: 0, count: 1, playing: false });
  }

  setCount(count) {
    this.count = count;
    this.t = Math.min(this.t, count - 1);
  }

  go(t) {
    const target = Math.max(0, Math.min(this.count - 1, t));
    if (target === this.t) return;
    this.t = target;
    this.onStep(target);
    this.scheduleSettle();
  }

  scheduleSettle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => { this.settling = null; this.onSettle(this.t); }, SETTLE_MS);
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.t === this.count - 1) this.go(this.first);
    this.playing = true;
    this.run();
    this.onPlay(true);
  }

  run() {
    clearInterval(this.clock);
    this.ticked = performance.now();
    this.clock = setInterval(() => this.tick(), 1000 / this.speed);
  }

  /** The next step, or the one after it where the browser was busy: the speed is what it says, and a pause stays one. */
  tick() {
    if (this.t === this.count - 1) return this.pause();
    const due = Math.round(((performance.now() - this.ticked) * this.speed) / 1000);
    if (due < 1) return;
    this.ticked += (due * 1000) / this.speed;
    this.go(this.t + Math.min(due, Math.ceil(this.speed / MOST_AT_ONCE)));
  }

  pause() {
    clearInterval(this.clock);
    if (!this.playing) return;
    this.playing = false;
    this.onPlay(false);
  }

  setSpeed(speed) {
    this.speed = speed;
    if (this.playing) this.run();
  }

  stop() {
    this.pause();
    this.told();
  }

  /** What is sent now says the step, so that it need not be said again when it has come to rest. */
  told() {
    clearTimeout(this.settling);
    this.settling = null;
  }
}

const KEYS = {
  ArrowLeft: (stepper) => stepper.go(stepper.t - 1),
  ArrowRight: (stepper) => stepper.go(stepper.t + 1),
  Home: (stepper) => stepper.go(0),
  End: (stepper) => stepper.go(stepper.count - 1),
  PageUp: (stepper) => stepper.go(stepper.t - PAGE),
  PageDown: (stepper) => stepper.go(stepper.t + PAGE),
  " ": (stepper) => stepper.toggle(),
};
/** Whether the widget of `root` is in somebody else's page, as a notebook: its address and its keys are not ours. */
function isGuest(root) {
  return root.getRootNode().host?.dataset.guest !== undefined;
}

/** Puts a step that has come to rest into the address of our page, without an entry in the history, and tells Python. */
export function settle(send, t, root) {
  if (!isGuest(root) && window.location.protocol !== "about:") {
    const url = new URL(window.location.href);
    if (t) url.searchParams.set("t", t);
    else url.searchParams.delete("t");
    window.history.replaceState(window.history.state, "", url);
  }
  send.setStateValue("t", t);
}

export const TEXT = "input:not([type=range], [type=radio], [type=checkbox]), textarea, [contenteditable=true]";
export const TYPING = `${TEXT}, select`;
export const MOVING = `${TYPING}, [role=slider], [role=radio], [role=radiogroup], [role=tab], [role=listbox], [role=combobox],
  [role=menu], [role=menuitem], [role=option], [role=grid], [role=dialog], input[type=range], input[type=radio]`;
export const PRESSING = `${MOVING}, button, a[href], summary, [role=button], [role=checkbox], [role=switch], input[type=checkbox]`;

/**
 * Listens on the whole page for the stepping keys, leaving alone whatever a focused control wants; returns the undo. In
 * somebody else's page it hears those that are pressed on the widget of `root` alone.
 */
export function listenKeys(stepper, onEscape, root) {
  const listener = (event) => {
    if (isGuest(root) && !event.composedPath().includes(root.getRootNode().host)) return;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const target = event.composedPath()[0];
    if (event.key === "Escape") {
      if (!wants(target, TYPING)) onEscape();
      return;
    }
    const act = KEYS[event.key];
    if (!act || wants(target, event.key === " " ? PRESSING : MOVING)) return;
    if (event.key.startsWith("Page") && !target.closest("[data-stepper-keys]")) return;
    event.preventDefault();
    act(stepper);
  };
  document.addEventListener("keydown", listener);
  document.addEventListener("click", giveBack, true); // the controls of Streamlit end it
  return () => {
    document.removeEventListener("keydown", listener);
    document.removeEventListener("click", giveBack, true);
  };
}

/** Whoever clicks "LSTM" goes on with the arrow keys through time; whoever came there by keys goes on among the cells. */
function giveBack({ detail, target }) {
  const isPointed = detail > 0;
  if (isPointed) target.closest?.("[data-testid=stButtonGroup] button")?.blur();
}

/** What is not seen wants nothing: a dialog that was just closed has the focus for a frame more. */
export function wants(target, selector) {
  if (!(target instanceof Element) || !target.getClientRects().length) return false;
  return target.closest(selector) !== null && !target.closest("[data-stepper-keys]");
}

/** Buttons and speed of the transport, wired to `stepper`; `update(t)` keeps the read-out true. */
export function transport(stepper, root) {
  const bar = document.createElement("div");
  bar.className = "transport";
  bar.stepper = stepper; // what saves a walk finds it there
  const buttons = {
    first: ["First step (Home)", () => stepper.go(0)],
    previous: ["Previous step (←)", () => stepper.go(stepper.t - 1)],
    play: ["Play (Space)", () => stepper.toggle()],
    next: ["Next step (→)", () => stepper.go(stepper.t + 1)],
    last: ["Last step (End)", () => stepper.go(stepper.count - 1)],
  };
  const made = {};
  for (const [name, [label, act]] of Object.entries(buttons)) {
    made[name] = iconButton(name, label);
    made[name].onclick = act;
    bar.append(made[name]);
  }
  bar.append(speedPicker(stepper));
  root.append(bar);
  return {
    playing(on) {
      setIcon(made.play, on ? "pause" : "play", on ? "Pause (Space)" : "Play (Space)");
    },
    update(t) {
      made.first.disabled = made.previous.disabled = t === 0;
      made.next.disabled = made.last.disabled = t === stepper.count - 1;
    },
  };
}

function iconButton(name, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `icon ${name}`;
  setIcon(button, name, label);
  return button;
}

function setIcon(button, name, label) {
  button.title = label;
  button.setAttribute("aria-label", label);
  button.innerHTML = `<svg viewBox="0 0 20 20" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
}

function speedPicker(stepper) {
  const label = document.createElement("label");
  label.className = "speed";
  label.textContent = "Speed ";
  const select = document.createElement("select");
  for (const speed of stepper.speeds) select.add(new Option(`${speed} ${speed === 1 ? "step" : "steps"}/s`, speed, false, speed === stepper.speed));
  select.onchange = () => {
    stepper.setSpeed(Number(select.value));
    select.blur();
  };
  label.append(select);
  return label;
}
