// The buttons that save what stands above them as a picture: a figure, or a widget as it is on screen.

import { show } from "../shared/mounting.js";
import { described, download, drawn, hostOf, painted } from "../shared/saving.js";
import { pdfOf } from "./pdf.js";
import { paintedFigure, saveFigure } from "./plotly.js";

const PIXELS = 3840;
const SLIDE = 16 / 9;

const MADE = { html: "text/html", csv: "text/csv", json: "application/json", slide: "application/json" };
const PATIENCE = 60000;

export default function saveButtons(component) {
  return show(component, component.parentElement.querySelector(".save-figure"), SaveButtons);
}

class SaveButtons {
  constructor(root) {
    this.root = root;
    this.status = root.querySelector("p");
    this.buttons = [...root.querySelectorAll("button")];
    for (const button of this.buttons) button.onclick = () => this.save(button);
  }

  update({ data, setTriggerValue }) {
    this.data = data;
    this.send = setTriggerValue;
    this.root.dataset.ground = data.ground;
    this.root.dataset.title = data.title ?? "";
    for (const button of this.buttons) {
      const { format } = button.dataset;
      button.hidden = format in MADE && !data.made.includes(format) && !(format === "slide" && data.widget);
    }
    if (this.wanted && data.file?.id === this.wanted.id) this.wanted.came(data.file);
  }

  async save(button) {
    for (const one of this.buttons) one.disabled = true;
    const { format } = button.dataset;
    try {
      this.status.textContent = `Saved as ${await (format === "slide" ? this.slide() : this.file(format))}`;
    } catch (error) {
      this.status.textContent = error.message;
    }
    for (const one of this.buttons) one.disabled = false;
    button.focus();
  }

  /** Saves as a format of files; what comes back is the name of the file. */
  async file(format) {
    const name = `${this.data.name}.${format}`;
    if (format in MADE) download(new Blob([await this.made(format)], { type: MADE[format] }), name);
    else if (format === "pdf") await this.pdf(name);
    else await this.drawn(format);
    return name;
  }

  async drawn(format) {
    this.status.textContent = "Drawing …";
    const { figure, name } = this.data;
    const ratio = Number(this.root.dataset.ratio); // of the slide for which a deck wants it
    if (figure) await saveFigure(ratio ? await this.made("slide") : figure, name, format, PIXELS);
    else await saveWidget({ ...this.data, ratio }, format);
  }

  /** The server lays a figure out anew, and the browser draws it; a widget it lays out itself. */
  async slide() {
    const name = `${this.data.name}-slide`;
    if (this.data.widget) await saveWidget({ ...this.data, name, ratio: SLIDE }, "png");
    else await saveFigure(await this.made("slide"), name, "png", PIXELS);
    return `${name}.png`;
  }

  /** A page with the picture for a slide, and in words what it shows. */
  async pdf(file) {
    const { widget, name, title, link, alt } = this.data;
    const png = widget
      ? await painted(await widgetOf({ ...this.data, ratio: SLIDE }), PIXELS)
      : await paintedFigure(await this.made("slide"), name, PIXELS);
    this.status.textContent = "Writing …";
    download(await pdfOf(png, { title, link, alt: alt ?? described(hostOf(widget), title) }), file);
  }

  /** What the server makes comes with the next update; it lets go of it once it hears that it has come. */
  async made(format) {
    this.status.textContent = "Making …";
    const id = String(Date.now());
    const file = await this.answer(id, format);
    this.wanted = null;
    this.send("wanted", { id, done: true });
    if (file.problem) throw new Error(file.problem);
    return file.text;
  }

  answer(id, format) {
    return new Promise((came, failed) => {
      const late = () => failed(new Error("The file did not come from the server in time. Try again."));
      const timer = setTimeout(late, PATIENCE);
      this.wanted = { id, came: (file) => { clearTimeout(timer); came(file); } };
      this.send("wanted", { id, format });
    });
  }
}

const widgetOf = ({ widget, ground, ...told }) => drawn(hostOf(widget), { ...told, transparent: ground === "transparent" });

async function saveWidget(data, format) {
  const picture = await widgetOf(data);
  const blob = format === "svg" ? new Blob([picture.text], { type: "image/svg+xml" }) : await painted(picture, PIXELS);
  download(blob, `${data.name}.${format}`);
}
