// Waits until the server has taken what was typed: a link that is followed before would lead to what was there before.

const APP = "[data-testid=stApp]";
const PATIENCE_MS = 3_000;
/** Within so many milliseconds a text that was typed is sent, and its run begins. */
const UNSENT_MS = 300;

/** Whether a run of the page goes on, or is asked for. */
export const isRunning = () => (document.querySelector(APP)?.dataset.testScriptState ?? "notRunning") !== "notRunning";

/** A press that opens a window, a tab or a menu of its own. */
export const isElsewhere = (event) => event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;

/** When the run that a typed text sets off has ended, or none has begun in time. */
export function whenTaken(act) {
  const app = document.querySelector(APP);
  const end = () => {
    watch.disconnect();
    clearTimeout(late);
    act();
  };
  let late = setTimeout(end, isRunning() ? PATIENCE_MS : UNSENT_MS);
  const watch = new MutationObserver(() => {
    clearTimeout(late);
    if (!isRunning()) return end();
    late = setTimeout(end, PATIENCE_MS);
    return undefined;
  });
  watch.observe(app, { attributeFilter: ["data-test-script-state"] });
}
