// A figure as a picture, made by the plotly that Streamlit has loaded for the charts: no server, no second copy.

import { withFonts } from "../shared/fonts.js";
import { FOOT, footOf, isAddress, NOTE } from "../shared/foot.js";

const PATIENCE = 20000;
const NAME = "rnnviz-figure";
const SVG = "http://www.w3.org/2000/svg";

/** A figure as the text of an SVG and its size in pixels; with a `foot` that is `told` its title and link. */
export async function drawnFigure(figure, told) {
  const { layout } = JSON.parse(figure);
  const svg = new DOMParser().parseFromString(await (await exported(figure)).text(), "image/svg+xml").documentElement;
  const size = { width: layout.width, height: layout.height + (told ? FOOT : 0) };
  if (told) sign(svg, layout, told);
  const text = new XMLSerializer().serializeToString(svg);
  return { text: await withFonts(text, text.match(/<(text|tspan)\b[^>]*>/g) ?? []), ...size };
}

/** A line below the picture that says what it is. */
function sign(svg, { width, height, template, paper_bgcolor: paper }, told) {
  const { font } = template.layout;
  svg.setAttribute("height", height + FOOT);
  svg.setAttribute("viewBox", `0 0 ${width} ${height + FOOT}`);
  const ground = made("rect", { y: height, width, height: FOOT, fill: paper ?? template.layout.paper_bgcolor });
  const text = made("text", { x: 20, y: height + 10, "font-size": NOTE, "font-family": font.family, fill: font.color, opacity: 0.8 });
  text.textContent = footOf(told, width - 40, `${NOTE}px ${font.family}`);
  const line = isAddress(told.link) ? made("a", { href: told.link }) : made("g", {});
  line.append(text);
  svg.append(ground, line);
}

function made(name, looks) {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(looks)) one.setAttribute(key, value);
  return one;
}

/** The file that plotly would download. */
async function exported(figure) {
  const { createObjectURL } = URL;
  const files = new Map(); // plotly forgets the address of its file at once
  URL.createObjectURL = (file) => {
    const address = createObjectURL.call(URL, file);
    files.set(address, file);
    return address;
  };
  try {
    return files.get(await asked(figure));
  } finally {
    URL.createObjectURL = createObjectURL;
  }
}

/** Has plotly draw a file; resolves with the address that the click would download, which is held back. */
function asked(figure) {
  const { camera, context } = findCamera();
  if (!camera) return Promise.reject(new Error("There is no chart on this page to draw with. Reload the page."));
  const { data, layout } = JSON.parse(figure);
  const { width, height } = layout;
  const toImageButtonOptions = { format: "svg", filename: NAME, width, height, scale: 1 };
  return new Promise((resolve, reject) => {
    const heard = (event) => {
      if (event.target?.download !== `${NAME}.svg`) return;
      event.stopPropagation(); // plotly clicks a link of its own, which would close the menu
      event.preventDefault();
      done();
      resolve(event.target.href);
    };
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("click", heard, true);
    };
    const timer = setTimeout(() => {
      done();
      reject(new Error("The browser could not draw the picture. The HTML file holds it too."));
    }, PATIENCE);
    window.addEventListener("click", heard, true);
    const _context = { ...context, displayNotifier: false, toImageButtonOptions };
    camera.click({ data, layout, config: {}, _context });
  });
}

/** The camera in the toolbar of any chart on the page; it draws whatever figure it is handed. */
function findCamera() {
  for (const chart of document.querySelectorAll(".js-plotly-plot")) {
    const groups = chart._fullLayout?._modeBar?.buttons ?? [];
    const camera = groups.flat().find((button) => button.name === "toImage");
    if (camera) return { camera, context: chart._context };
  }
  return {};
}
