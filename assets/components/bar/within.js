// Links in prose that open another page in this tab: the visit goes on, as with the links of the navigation.

const LINKS = "a.rnnviz-within";

/** Follows such links without loading the application again; returns what ends it. */
export function stayWithin() {
  const click = (event) => {
    const link = event.target.closest?.(LINKS);
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const address = new URL(link.href);
    address.search ||= location.search; // what the visitor looks at
    history.pushState(null, "", address);
    // Streamlit asks for the page of the address after a step through the history.
    window.dispatchEvent(new PopStateEvent("popstate"));
  };
  document.addEventListener("click", click);
  return () => document.removeEventListener("click", click);
}
