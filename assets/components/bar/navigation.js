// The links of the navigation: what was typed is taken first, and the page that is open is where its link leads.

import { isElsewhere, whenTaken } from "../shared/taken.js";

const LINKS = ".st-key-navigation a";

/** Has what was typed taken before a link is followed; returns what ends that. */
export function takeTypedFirst() {
  // A press takes the focus from a text, which Streamlit sends only then: after the click, for the page that is left.
  let typed = false;
  let begun = "";
  const begin = ({ target }) => (begun = target.value);
  const leave = ({ target }) => (typed = target.value !== undefined && target.value !== begun);
  const press = () => (typed = false);
  const click = (event) => {
    const link = event.isTrusted && event.target.closest?.(LINKS);
    if (!link || isElsewhere(event) || !typed) return;
    typed = false;
    event.preventDefault();
    event.stopPropagation();
    whenTaken(() => to(link.pathname)?.click());
  };
  // The address of the page that is open changes with each choice, and its link is drawn with the page alone.
  const near = ({ target }) => {
    const link = target.closest?.(LINKS);
    if (link?.pathname === location.pathname) link.search = location.search;
  };
  // Before Streamlit, which would follow the link as it is.
  const heard = [["focusin", begin], ["focusin", near], ["focusout", leave], ["pointerdown", press], ["pointerover", near], ["click", near], ["click", click]];
  for (const [kind, act] of heard) document.addEventListener(kind, act, { capture: true });
  return () => {
    for (const [kind, act] of heard) document.removeEventListener(kind, act, { capture: true });
  };
}

const to = (page) => [...document.querySelectorAll(LINKS)].find((each) => each.pathname === page);
