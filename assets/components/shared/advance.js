// On and back before an audience: one function for a clicker, for N and B, for ] and [, and for the buttons.

import { mayAct } from "./single_keys.js";
import { MOVING, PRESSING, TEXT, TYPING, wants } from "./stepper.js";

const ASKED = "advance";
const LISTS = "[role=combobox], [role=option], [role=menu], [role=menuitem], [role=dialog]";
/** What takes the keys of one character. */
const BUSY = `${TYPING}, ${LISTS}, [role=listbox]`;
/** What takes the keys of a clicker, which go to no list and no time axis that happens to have the focus. */
const BOX = `${TEXT}, ${LISTS}`;

const TURNS = {
  PageDown: { by: 1 },
  PageUp: { by: -1 },
  "n": { by: 1, to: "stop" },
  "b": { by: -1, to: "stop" },
  "]": { by: 1, to: "figure" },
  "[": { by: -1, to: "figure" },
};
const STEPS = { ArrowRight: 1, ArrowLeft: -1, " ": 1 };

/**
 * One on, `by` 1, or back, `by` -1: to a stop of the tour (`to` is "stop"), to a figure of the page ("figure"), or, as
 * a clicker asks, to a stop where there is a tour and to a figure where there is none. Returns whether anything has heard it.
 */
export function advance(by, to = "next") {
  return !document.dispatchEvent(new CustomEvent(ASKED, { detail: { by, to }, bubbles: true, cancelable: true }));
}

/** `go({ by, to })` hears where to; a true answer keeps it from those who hear it later: `document` is before `window`. */
export function onAdvance(where, go) {
  const heard = (event) => {
    if (!event.defaultPrevented && go(event.detail)) event.preventDefault();
  };
  where.addEventListener(ASKED, heard);
  return () => where.removeEventListener(ASKED, heard);
}

/**
 * Listens to the keys; returns what ends it. Bar and tour both do, of which one may be away while a page comes. Whoever hears
 * a press first takes it.
 */
export function listenAdvance() {
  window.addEventListener("keydown", turn, { capture: true });
  window.addEventListener("keydown", step);
  return () => {
    window.removeEventListener("keydown", turn, { capture: true });
    window.removeEventListener("keydown", step);
  };
}

/** Before the widgets. */
function turn(event) {
  const key = event.key.length > 1 ? event.key : event.key.toLowerCase();
  const asked = TURNS[key];
  if (!asked || !(isPresenting() || asked.to === "stop")) return;
  if (!isForPage(event, key.startsWith("Page") ? BOX : BUSY) || !mayAct(key)) return;
  if (!advance(asked.by, asked.to) && asked.to === "stop") return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** After the widgets, whose steps these keys are where one steps. */
function step(event) {
  const by = STEPS[event.key];
  const isBack = event.key === " " && event.shiftKey;
  if (!by || !isPresenting() || (event.shiftKey && !isBack)) return;
  const [target] = event.composedPath();
  if (!isForPage(event, `${event.key === " " ? PRESSING : MOVING}, ${BUSY}, [data-reachable]`) || isInWidget(target)) return;
  event.preventDefault();
  advance(isBack ? -by : by);
}

/** Whether a press is meant for the page: with no other key, in no dialog, and on nothing that is `busy` with it. */
export function isForPage(event, busy = BUSY) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  return !document.querySelector("dialog[open]") && !wants(event.composedPath()[0], busy);
}

/** Something in a widget that has keys of its own, though it may do nothing with one at its end. */
function isInWidget(target) {
  return target.getRootNode() !== document && !target.closest("button");
}

export function isPresenting() {
  return "presenting" in document.documentElement.dataset;
}
