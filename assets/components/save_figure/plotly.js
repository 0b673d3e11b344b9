// A figure as a picture, made by the plotly that Streamlit has loaded for the charts: no server, no second copy.

const PATIENCE = 20000;

/** Draws and downloads; resolves once the browser has been given the file. */
export const saveFigure = (figure, name, format, pixels) => drawn(figure, name, format, pixels, () => {});

/** Draws; resolves with the PNG, which is not downloaded. */
export async function paintedFigure(figure, name, pixels) {
  const { createObjectURL } = URL;
  const files = new Map(); // plotly forgets the address of its file at once
  URL.createObjectURL = (file) => {
    const address = createObjectURL.call(URL, file);
    files.set(address, file);
    return address;
  };
  try {
    return await drawn(figure, name, "png", pixels, (event) => {
      event.preventDefault();
      return files.get(event.target.href);
    });
  } finally {
    URL.createObjectURL = createObjectURL;
  }
}

/** Draws a file; resolves with what `take` makes of the click that would download it. */
function drawn(figure, name, format, pixels, take) {
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
      resolve(take(event));
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
