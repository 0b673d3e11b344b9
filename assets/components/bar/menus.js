// Streamlit puts an opened menu at the end of the document: the keyboard that has opened one goes on in it.

const BUTTON = "[data-testid=stPopoverButton]";
const BODY = "[data-testid=stPopoverBody]";
const STOPS = "button, a[href], input, select, textarea, [tabindex]";

/** Keeps an eye on the menus of the page; returns what ends it. */
export function enterMenus() {
  let opener = null;
  let entered = null; // until a key is pressed: what stands before it may be drawn after it
  const heard = (event) => {
    const button = event.target.closest?.(BUTTON);
    const byKeyboard = event.detail === 0;
    opener = button?.getAttribute("aria-expanded") === "false" && byKeyboard ? button : null;
  };
  const enter = () => {
    const from = entered ?? opener;
    if (!from) return;
    if (document.activeElement !== from) opener = entered = null;
    const stop = (entered ?? opener) && firstStop([...document.querySelectorAll(BODY)].at(-1));
    if (!stop || stop === entered) return;
    opener = null;
    entered = stop;
    stop.focus();
  };
  const goOn = () => { entered = null; };
  const observer = new MutationObserver(enter);
  observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
  document.addEventListener("click", heard, { capture: true });
  document.addEventListener("keydown", goOn, { capture: true });
  return () => {
    observer.disconnect();
    document.removeEventListener("click", heard, { capture: true });
    document.removeEventListener("keydown", goOn, { capture: true });
  };
}

function firstStop(menu) {
  const can = (node) => node.tabIndex >= 0 && !node.disabled && node.getClientRects().length > 0;
  return [...(menu?.querySelectorAll(STOPS) ?? [])].find(can);
}
