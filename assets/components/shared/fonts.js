// The page's fonts inside a saved file: a browser draws a picture without the fonts of the page around it.

const known = new Map(); // the address of a font, and the font as text

/** The text of an SVG or of a page with those of our fonts that its `looks` name: families and styles, as CSS writes them. */
export async function withFonts(text, looks) {
  const faces = await Promise.all(facesOf(document.styleSheets).filter(({ style }) => isNamed(style, looks)).map(face));
  return faces.length ? text.replace(/<svg\b[^>]*>|<head>/, (begin) => `${begin}<style>${faces.join("\n")}</style>`) : text;
}

/** The looks of all text in an element that is on the page. */
export function looksOf(root) {
  const said = [...root.querySelectorAll("*")].filter((one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE));
  const looks = said.map((one) => getComputedStyle(one)).map(({ fontFamily, fontStyle }) => `${fontFamily}; ${fontStyle}`);
  return [...new Set(looks)];
}

function facesOf(sheets) {
  return [...sheets].flatMap((sheet) => [...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule));
}

function isNamed(style, looks) {
  const name = style.getPropertyValue("font-family").replaceAll(/["']/g, "");
  const isItalic = style.getPropertyValue("font-style") === "italic";
  return looks.some((look) => new RegExp(`${name}(?=["',&;])`).test(look) && isItalic === /italic|<(i|em)>/.test(look));
}

/** The rule of a font that holds the font itself. */
async function face({ style, parentStyleSheet }) {
  const [whole, address] = /url\("?([^")]+)"?\)/.exec(style.getPropertyValue("src"));
  const url = new URL(address, parentStyleSheet.href ?? document.baseURI).href;
  if (!known.has(url)) known.set(url, held(url));
  return `@font-face { ${style.cssText.replace(whole, `url("${await known.get(url)}")`)} }`;
}

/** What is at an address, as an address that holds it. */
async function held(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error("The page's font did not come from the server. Try again.");
  const reader = new FileReader();
  return new Promise((resolve, reject) => {
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    answer.blob().then((blob) => reader.readAsDataURL(blob), reject);
  });
}
