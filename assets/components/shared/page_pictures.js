// What whoever makes slides asks of a page: when it is at rest, what can be saved of it, and to save that.

const SETTLED = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]";
const PATIENCE = 45000;
const REST = 60;
const AGAIN = 2000;
const DESCRIBED = "[role=img][aria-label], [role=application][aria-label], canvas[aria-label], figure[aria-label]";
const SAID = "[role=status], [aria-live]:not([aria-live=off])";
const UNANSWERED = 3000; // not all that is asked is answered

/** The page in a window, asked from outside: by the command "export", or from the page around its frame. */
export function pagePictures(view) {
  const { document } = view;
  const spoken = { asked: -Infinity, answered: 0, open: false };
  listen(view.WebSocket.prototype, spoken);

  const keyed = (key, part) => document.querySelector(`.st-key-${CSS.escape(`${key}-${part}`)}`);
  const opener = (key) => keyed(key, "save")?.querySelector("[data-testid=stPopoverButton]");
  const isOpen = (key) => opener(key)?.getAttribute("aria-expanded") === "true";
  const menuOf = (key) => shadowed(keyed(key, "picture"))?.querySelector(".save-figure");

  function resting() {
    const now = performance.now();
    const quiet = spoken.open ? now - spoken.asked > UNANSWERED : now - spoken.answered > REST;
    return quiet && document.querySelector(SETTLED) && !document.querySelector("[data-testid=stSkeleton], .rnnviz-later");
  }

  async function settled() {
    await until(resting, "the page did not come to rest");
    await document.fonts.ready;
    await new Promise((resolve) => view.requestAnimationFrame(() => view.requestAnimationFrame(resolve)));
  }

  /** What can be saved of the page, from its top to its end. */
  function pictures() {
    return [...document.querySelectorAll("[class*='st-key-']")].flatMap((place) => {
      const name = [...place.classList].find((one) => /^st-key-.+-save$/.test(one));
      return name && place.querySelector("[data-testid=stPopoverButton]") ? [name.slice(7, -5)] : [];
    });
  }

  /**
   * The picture that a name means, in the spelling of the sources or of the page: its own, or for what is on the page and has
   * none, the next after it. Empty where the name is not on the page.
   */
  function meant(name) {
    const keys = pictures();
    const own = keys.find((key) => [key, key.slice(key.indexOf("-") + 1)].some((one) => alike(one) === alike(name)));
    const place = document.querySelector(`.st-key-${CSS.escape(name.replace(/[^A-Za-z0-9_-]/g, "-"))}`);
    if (own || !place) return own ?? "";
    return keys.find((key) => place.compareDocumentPosition(keyed(key, "save")) & Node.DOCUMENT_POSITION_FOLLOWING) ?? "";
  }

  const said = (selector) => [...document.querySelectorAll(selector)].map((one) => one.innerText.trim());

  /** What the page says was wrong with its link, and what it says that it cannot show. */
  const warnings = () => said("[data-testid=stAlert], [data-testid=stException]");

  /** Of that, for what the view is another than the link means. */
  const refusals = () => said("[data-testid=stAlert]:has([data-testid=stAlertContentWarning], [data-testid=stAlertContentError]), [data-testid=stException]");

  /** Title and caption as markup and description as text, of a picture whose menu is open. */
  function told(key) {
    const place = document.querySelector(`.st-key-${CSS.escape(key)}`);
    const layout = place?.querySelector(".js-plotly-plot")?.layout;
    if (layout) {
      return { title: layout.title?.text ?? "", caption: layout.title?.subtitle?.text ?? "", alt: layout.meta?.alt ?? "" };
    }
    const title = menuOf(key)?.dataset.title ?? "";
    const visible = (selector) => [...(shadowed(place)?.querySelectorAll(selector) ?? [])].filter((one) => one.checkVisibility());
    const described = visible(DESCRIBED).map((one) => one.getAttribute("aria-label"));
    if (!described.length) described.push(...visible(SAID).map((one) => one.innerText.replace(/\s+/g, " ").trim()));
    return { title, caption: "", alt: [...new Set([title, ...described])].filter(Boolean).map((said) => said.replace(/\.$/, "")).join(". ") };
  }

  /** Opens the menu of a picture, with the ground that is wanted of those that it has. */
  async function open(key, grounds) {
    if (!opener(key)) throw new Error(`there is no ${key} on this page`);
    let asked = -Infinity;
    await until(() => {
      // What a page says of its link goes with its next run, and a menu that was opened for that with it.
      if (!isOpen(key) && performance.now() - asked > AGAIN) {
        asked = performance.now();
        opener(key)?.click();
      }
      return menuOf(key)?.matches("[data-ground]:has(button:enabled)");
    }, "the menu did not open");
    await settled();
    const chosen = [...keyed(key, "ground").querySelectorAll("[role=radio]")].find((one) => grounds.includes(one.innerText.trim()));
    if (chosen && chosen.getAttribute("aria-checked") !== "true") {
      chosen.click();
      const ground = chosen.innerText.trim().toLowerCase();
      await until(() => menuOf(key)?.dataset.ground === ground, "the ground did not change");
      await settled();
    }
    return told(key);
  }

  async function close(key) {
    if (isOpen(key)) opener(key).click();
    await until(() => !document.querySelector("[data-testid=stPopoverBody]"), "the menu did not close");
  }

  const button = (key, format) => menuOf(key)?.querySelector(`button[data-format=${format}]:not([hidden])`);

  const has = (key, format) => Boolean(button(key, format));

  /**
   * Presses what saves a picture in a format; the file comes afterwards, unless the page says that it cannot be. With the
   * `ratio` of width to height of a slide it is laid out for that one: a widget exactly so, a figure for 16 to 9.
   */
  async function save(key, format, ratio = "") {
    const menu = menuOf(key);
    menu.dataset.ratio = ratio;
    button(key, format).click();
    const status = menu.querySelector("[role=status]");
    await until(() => status.textContent && !/^(Drawing|Making)/.test(status.textContent), "the file was not made");
    if (!status.textContent.startsWith("Saved")) throw new Error(status.textContent);
    status.textContent = "";
  }

  /** What the slide that was saved last has no room for; empty where it has all. */
  const left = (key) => menuOf(key)?.dataset.left ?? "";

  /** The SVG of a picture whose menu is open, laid out for a slide with a title beside it; its own, and what has no room there. */
  const drawn = (key, ratio) =>
    new Promise((resolve, reject) => {
      menuOf(key).dispatchEvent(new CustomEvent("draw", { detail: { ratio, resolve, reject } }));
    });

  /** The parameters of the link, as the page has made them good. */
  const query = () => view.location.search.slice(1);

  return { settled, query, pictures, meant, warnings, refusals, open, close, has, save, left, drawn };
}

/** Notes when a page asks its server for something, and when it is answered. */
function listen(prototype, spoken) {
  const { send } = prototype;
  const heard = new WeakSet();
  prototype.send = function (data) {
    if (!heard.has(this)) {
      heard.add(this);
      this.addEventListener("message", () => Object.assign(spoken, { answered: performance.now(), open: false }));
    }
    Object.assign(spoken, { asked: performance.now(), open: true });
    return send.call(this, data);
  };
}

const shadowed = (place) => place && [place, ...place.querySelectorAll("*")].find((one) => one.shadowRoot)?.shadowRoot;

const alike = (name) => name.toLowerCase().replace(/[^a-z0-9]/g, "-");

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What `holds` gives as soon as it gives something; an Error that says `what` if it never does. */
export async function until(holds, what) {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const found = holds();
    if (found) return found;
    if (performance.now() > end) throw new Error(`${what} within ${PATIENCE / 1000} s`);
    await pause(15);
  }
}
