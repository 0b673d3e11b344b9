// Links of ours that open another page in this tab: the visit goes on, as with Streamlit's own.

/** Those that would open another tab do so in a frame, which has no navigation. */
const LINKS = "a.rnnviz-within:not(.streamlit-embedded [target=_blank])";
const NAVIGATION = ".st-key-navigation";
const CLOSE = "[data-testid=stSidebarCollapseButton] button";
/** As for Streamlit: the sidebar lies over the page there. */
const NARROW = "(max-width: 768px)";

/** Follows such links without loading the application again; returns what ends it. */
export function stayWithin() {
  const click = (event) => {
    const link = event.target.closest?.(LINKS);
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const address = new URL(link.href);
    if (!link.closest(NAVIGATION)) address.search ||= own(link);
    else if (matchMedia(NARROW).matches) document.querySelector(CLOSE)?.click();
    history.pushState(null, "", address);
    // Streamlit asks for the page of the address after a step through the history.
    window.dispatchEvent(new PopStateEvent("popstate"));
  };
  document.addEventListener("click", click);
  return () => document.removeEventListener("click", click);
}

/** The parameters with which the navigation leads to the page of a link: to what that page shows by itself. */
function own({ pathname }) {
  return [...document.querySelectorAll(`${NAVIGATION} a`)].find((each) => each.pathname === pathname)?.search ?? "";
}
