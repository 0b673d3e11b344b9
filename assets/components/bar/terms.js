// An explanation of a term goes by Escape, and stays away until the pointer or the keyboard comes to the term anew.

const TERM = ".rnnviz-term";

/** Hears Escape; returns what ends that. */
export function shutByEscape() {
  const key = (event) => {
    if (event.key !== "Escape") return;
    const open = [...document.querySelectorAll(`${TERM}:is(:hover, :focus-within)`)];
    for (const term of open) term.dataset.shut = "";
  };
  // Who leaves and is back within a frame has come anew too: what counts is where the pointer or the focus goes.
  const left = ({ type, target, relatedTarget }) => {
    const term = target.closest?.(TERM);
    if (!term || term.contains(relatedTarget)) return;
    if (!term.matches(type === "pointerout" ? ":focus-within" : ":hover")) delete term.dataset.shut;
  };
  const heard = { keydown: key, pointerout: left, focusout: left };
  for (const [kind, act] of Object.entries(heard)) document.addEventListener(kind, act);
  return () => {
    for (const [kind, act] of Object.entries(heard)) document.removeEventListener(kind, act);
  };
}
