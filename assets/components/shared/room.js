// How much of the window a widget has for its picture.

/**
 * How large the page is shown: more than 1 while presenting. A stop of a tour may show a widget smaller than its page. One that
 * took more room in return would never become what it was made smaller for.
 */
export function pageScale() {
  return parseFloat(document.documentElement.style.getPropertyValue("--present-scale")) || 1;
}

/** The window's height in the pixels of a widget that is shown as large as its page. */
export function windowHeight() {
  return window.innerHeight / pageScale();
}

/** Pixels of the window from the beginning of the page to a part of a widget, wherever the page is scrolled to. */
export function topOnPage(part) {
  const main = mainOf(part);
  return part.getBoundingClientRect().top + (main?.scrollTop ?? window.scrollY);
}

/** Calls `then` whenever what is above a part of a widget has got another height since now. Returns what ends that. */
export function onMoved(part, then) {
  let was = Math.round(topOnPage(part));
  const observer = new ResizeObserver(() => {
    const is = Math.round(topOnPage(part));
    if (is !== was) then();
    was = is;
  });
  observer.observe(mainOf(part)?.firstElementChild ?? document.body);
  return () => observer.disconnect();
}

function mainOf(part) {
  return part.getRootNode().host?.closest("[data-testid=stMain]");
}
