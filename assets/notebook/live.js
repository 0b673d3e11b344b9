// Mounts a widget in a cell of a notebook, in the notebook's own light or dark, and carries what it says to the kernel.

const DARK = 0.4;
const SETTLED_MS = 150; // a notebook changes its theme in several steps
const LOOKS = ["class", "style", "data-theme", "data-jp-theme-light", "data-vscode-theme-kind"];

/** As anywidget calls it: draws into `el` what `model` holds, now and whenever that changes; returns the end. */
export function render({ model, el }) {
  const host = document.createElement("div");
  host.dataset.guest = "";
  host.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves the keys to the widget that has the focus
  host.tabIndex = 0;
  const parentElement = host.attachShadow({ mode: "open" });
  const heading = Object.assign(document.createElement("p"), { textContent: model.get("heading") });
  heading.hidden = !heading.textContent;
  heading.style.margin = "4px 0";
  const problem = Object.assign(document.createElement("p"), { className: "rnnviz-problem" });
  problem.setAttribute("role", "alert");
  el.replaceChildren(heading, host, problem);

  const send = (name, value) => model.send({ name, value });
  let end = null;
  const draw = () => {
    if (!host.isConnected) return requestAnimationFrame(draw); // only there it has a ground and a size
    dress(host, model.get("themes")[isDark(el) ? "dark" : "light"]);
    problem.textContent = model.get("problem");
    problem.hidden = !problem.textContent;
    end = mount({ data: dataOf(model.get("message")), parentElement, key: "notebook", name: "notebook", setStateValue: send, setTriggerValue: send });
    return undefined;
  };
  host.addEventListener("pointerup", () => {
    if (!host.contains(document.activeElement)) host.focus({ preventScroll: true });
  });
  parentElement.addEventListener("beforeinput", (event) => event.stopPropagation()); // JupyterLab forbids Enter in a cell
  let soon = 0;
  const drawSoon = () => { clearTimeout(soon); soon = setTimeout(draw, SETTLED_MS); };
  const themes = new MutationObserver(drawSoon);
  for (const node of [document.documentElement, document.body]) themes.observe(node, { attributes: true, attributeFilter: LOOKS });
  for (const name of ["message", "problem"]) model.on(`change:${name}`, draw);
  draw();
  return () => {
    themes.disconnect();
    clearTimeout(soon);
    for (const name of ["message", "problem"]) model.off(`change:${name}`, draw);
    host.remove();
    end?.();
  };
}

function dress(host, variables) {
  Object.assign(host.style, { display: "block", padding: "4px 12px 12px", outlineOffset: "-2px" });
  for (const [name, value] of Object.entries(variables)) host.style.setProperty(name, value);
  Object.assign(host.style, { background: "var(--st-background-color)", color: "var(--st-text-color)" });
}

/** Whether the notebook is dark where the cell is: the first ground under it that is not see-through. */
function isDark(node) {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  for (let at = node; at; at = at.parentElement ?? at.getRootNode().host) {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = getComputedStyle(at).backgroundColor; // in any way of writing colours
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    if (a > 127) return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255 < DARK;
  }
  return false;
}

/** Bytes as all widgets take them, however the notebook hands them over; plain data as it is. */
function dataOf(value) {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value;
}
