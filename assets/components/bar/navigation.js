// The links of the navigation carry the view. They are made again only when somebody is about to follow one.

const PLACE = ".st-key-navigation";
const LINKS = `${PLACE} a`;
const KEPT = "?kept=1";
const APP = "[data-testid=stApp]";
const PATIENCE_MS = 3_000;
/** Within so many milliseconds a text that was typed is sent, and its run begins. */
const UNSENT_MS = 300;

/** Has the links made again before one is followed; returns what ends it. */
export function keepLinksTrue(ask) {
  let asked = null;
  const near = ({ target }) => {
    if (!target.closest?.(PLACE) || !isOld() || asked === location.search) return;
    asked = location.search;
    ask();
  };
  // A link that is made again is another element: who has come to it by Tab stays there.
  const stay = ({ target }) => {
    const link = target.closest?.(LINKS);
    if (!link || !isOld()) return;
    whenMade(() => {
      if (!link.isConnected && document.activeElement === document.body) to(link.pathname)?.focus({ preventScroll: true });
    });
  };
  // Nor does a press come through that began on the one and ends on the other.
  let pressed = null;
  const press = ({ target }) => {
    pressed = target.closest?.(LINKS);
    typed = false;
  };
  // A press takes the focus from a text, which Streamlit sends only then: after the click, for the page that is left.
  let typed = false;
  let begun = "";
  const begin = ({ target }) => (begun = target.value);
  const leave = ({ target }) => (typed = target.value !== undefined && target.value !== begun);
  const release = (event) => {
    const link = event.target.closest?.(LINKS);
    if (link && !pressed?.isConnected && link.pathname === pressed?.pathname && !isElsewhere(event)) link.click();
  };
  const click = (event) => {
    const link = event.isTrusted && event.target.closest?.(LINKS);
    if (!link || isElsewhere(event) || !(typed || isOld())) return;
    event.preventDefault();
    event.stopPropagation();
    if (typed) whenTaken(() => follow(link.pathname));
    else follow(link.pathname);
    typed = false;
  };
  const follow = (page) => {
    if (!isOld()) return to(page)?.click();
    whenMade(() => to(page)?.click());
    return ask();
  };
  // Before Streamlit, which would follow the link as it is.
  const heard = [
    ["pointerover", near], ["focusin", stay], ["focusin", near], ["focusin", begin], ["focusout", leave],
    ["pointerdown", press], ["pointerup", release], ["click", click],
  ];
  for (const [kind, act] of heard) document.addEventListener(kind, act, { capture: true });
  return () => {
    for (const [kind, act] of heard) document.removeEventListener(kind, act, { capture: true });
  };
}

/** A press that opens a window, a tab or a menu of its own. */
const isElsewhere = (event) => event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;

const to = (page) => [...document.querySelectorAll(LINKS)].find((each) => each.pathname === page);

/** The parameters of the link to the page that is open, which are those of its address if the links are new. */
function own() {
  return to(location.pathname)?.search ?? "";
}

function isOld() {
  return plain(own()) !== plain(location.search);
}

/** Parameters in one order, without Streamlit's own on how the page stands in a frame. */
function plain(search) {
  const params = new URLSearchParams(search);
  params.delete("embed");
  params.delete("embed_options");
  params.sort();
  return params.toString();
}

/** A link to what the session keeps, of a view that is too long for one, is as new as the run that has made it. */
function whenMade(act) {
  const app = document.querySelector(APP);
  let ran = false;
  const end = () => {
    watch.disconnect();
    clearTimeout(late);
    act();
  };
  const watch = new MutationObserver(() => {
    const running = app.dataset.testScriptState === "running";
    ran ||= running;
    if (!isOld() || (ran && !running && own() === KEPT)) end();
  });
  const late = setTimeout(end, PATIENCE_MS);
  watch.observe(document.body, { subtree: true, childList: true, attributeFilter: ["href", "data-test-script-state"] });
}

/** When the run that a typed text sets off has ended, or none has begun. */
function whenTaken(act) {
  const app = document.querySelector(APP);
  const isRunning = () => app.dataset.testScriptState === "running";
  const end = () => {
    watch.disconnect();
    clearTimeout(late);
    act();
  };
  let late = setTimeout(end, UNSENT_MS);
  const watch = new MutationObserver(() => {
    clearTimeout(late);
    if (!isRunning()) return end();
    late = setTimeout(end, PATIENCE_MS);
    return undefined;
  });
  watch.observe(app, { attributeFilter: ["data-test-script-state"] });
}
