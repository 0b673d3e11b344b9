// An explanation of a term goes by Escape, and stays away until the pointer or the keyboard comes to the term anew.

const TERM = ".rnnviz-term";

/** Hears Escape; returns what ends that. */
export function shutByEscape() {
  const key = (event) => {
    if (event.key !== "Escape") return;
    const open = [...document.querySelectorAll(`${TERM}:is(:hover, :focus-within)`)];
    for (const term of open) term.dataset.shut = "";
  };
  const left = ({ target }) => {
    const term = target.closest?.(TERM);
    if (term && !term.matches(":hover, :focus-within")) delete term.dataset.shut;
  };
  const later = (event) => requestAnimationFrame(() => left(event)); // by then the focus is where it goes
  const heard = { keydown: key, pointerout: later, focusout: later };
  for (const [kind, act] of Object.entries(heard)) document.addEventListener(kind, act);
  return () => {
    for (const [kind, act] of Object.entries(heard)) document.removeEventListener(kind, act);
  };
}
