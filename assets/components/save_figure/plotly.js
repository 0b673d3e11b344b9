// A figure as a picture, made by the plotly that Streamlit has loaded for the charts: no server, no second copy.

const PATIENCE = 20000;

/** Draws and downloads; resolves once the browser has been given the file. */
export function saveFigure(figure, name, format, pixels) {
  const { camera, context } = findCamera();
  if (!camera) return Promise.reject(new Error("There is no chart on this page to draw with. Reload the page."));
  const { data, layout } = JSON.parse(figure);
  const { width, height } = layout;
  const scale = format === "png" ? pixels / width : 1;
  const toImageButtonOptions = { format, filename: name, width, height, scale };
  return new Promise((resolve, reject) => {
    const heard = (event) => {
      if (event.target?.download !== `${name}.${format}`) return;
      event.stopPropagation(); // plotly clicks a link of its own, which would close the menu
      done();
      resolve();
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
