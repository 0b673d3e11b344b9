// Keys of one character, which can be switched off: who dictates, or touches a key by chance, sets nothing off.

const STORED = "rnnviz.single-keys";

/** Whether a key may act on the whole page: arrows and others with names always, one of a character unless switched off. */
export function mayAct(key) {
  return key.length > 1 || key === " " || singleKeysOn();
}

export function singleKeysOn() {
  return (document.documentElement.dataset.singleKeys ?? stored()) !== "off";
}

/** Remembers it in this browser, or at least on this page where nothing may be stored. */
export function setSingleKeys(on) {
  const chosen = on ? "on" : "off";
  document.documentElement.dataset.singleKeys = chosen;
  try {
    window.localStorage.setItem(STORED, chosen);
  } catch {
    // as it is on this page
  }
}

function stored() {
  try {
    return window.localStorage.getItem(STORED);
  } catch {
    return null;
  }
}
