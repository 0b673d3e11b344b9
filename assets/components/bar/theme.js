// Light or dark: Streamlit has a switch for it in its menu, which is not shown; it is pressed for the visitor.

const APP = "[data-testid=stApp]";
const MENU = "[data-testid=stMainMenuButton]";
const ITEM = (name) => `[data-testid=stMainMenuItem-theme-${name}]`;
const LINKS = ".st-key-navigation a";
const PATIENCE_MS = 2_000;

export function isDark() {
  return getComputedStyle(document.querySelector(APP)).colorScheme === "dark";
}

/** Switches to the other theme; resolves when the page has it, figures apart, which Python draws. */
export async function switchTheme() {
  const { dataset } = document.documentElement;
  const [name, focused] = [isDark() ? "Light" : "Dark", document.activeElement];
  const menu = document.querySelector(MENU);
  dataset.theming = "";
  menu?.click();
  const item = await there(ITEM(name));
  item?.click();
  if (document.querySelector(ITEM(name))) menu?.click();
  await new Promise((then) => { requestAnimationFrame(() => requestAnimationFrame(then)); });
  delete dataset.theming;
  focused?.focus();
  if (item) remember(name);
}

/** Hears that the system has gone from day to night, or back; returns what ends it. */
export function onSystemTheme(act) {
  const night = matchMedia("(prefers-color-scheme: dark)");
  const heard = () => requestAnimationFrame(act);
  night.addEventListener("change", heard);
  return () => night.removeEventListener("change", heard);
}

/** Streamlit keeps the choice for one address; a visitor means all pages. */
function remember(name) {
  const paths = [...document.querySelectorAll(LINKS)].map((link) => link.pathname);
  try {
    for (const path of [location.pathname, ...paths]) localStorage.setItem(`stActiveTheme-${path}-v2`, JSON.stringify(name));
  } catch {
    // A browser that keeps nothing has the theme for as long as the tab is open.
  }
}

function there(selector) {
  return new Promise((then) => {
    const found = () => document.querySelector(selector);
    const end = () => {
      watch.disconnect();
      clearTimeout(late);
      then(found());
    };
    const watch = new MutationObserver(() => found() && end());
    const late = setTimeout(end, PATIENCE_MS);
    watch.observe(document.body, { childList: true, subtree: true });
    if (found()) end();
  });
}
