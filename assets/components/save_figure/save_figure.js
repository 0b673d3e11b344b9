// The buttons that save what stands above them as a picture: a figure, or a widget as it is on screen.

import { show } from "../shared/mounting.js";
import { download, drawn, hostOf, painted } from "../shared/saving.js";
import { saveFigure } from "./plotly.js";

const PIXELS = 3840;

const MADE = { html: "text/html", csv: "text/csv" };
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
      button.hidden = format in MADE && !data.made.includes(format);
    }
    if (this.wanted && data.file?.id === this.wanted.id) this.wanted.came(data.file);
  }

  async save(button) {
    for (const one of this.buttons) one.disabled = true;
    const { format } = button.dataset;
    const { name } = this.data;
    try {
      if (format in MADE) await this.made(format, name);
      else await this.drawn(format, name);
      this.status.textContent = `Saved as ${name}.${format}`;
    } catch (error) {
      this.status.textContent = error.message;
    }
    for (const one of this.buttons) one.disabled = false;
    button.focus();
  }

  async drawn(format, name) {
    this.status.textContent = "Drawing …";
    const { figure } = this.data;
    await (figure ? saveFigure(figure, name, format, PIXELS) : saveWidget(this.data, format));
  }

  /** What the server makes comes with the next update; it lets go of it once it hears that it has come. */
  async made(format, name) {
    this.status.textContent = "Making …";
    const id = String(Date.now());
    const file = await this.answer(id, format);
    this.wanted = null;
    this.send("wanted", { id, done: true });
    if (file.problem) throw new Error(file.problem);
    download(new Blob([file.text], { type: MADE[format] }), `${name}.${format}`);
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

async function saveWidget({ widget, name, ground, ...told }, format) {
  const picture = await drawn(hostOf(widget), { ...told, transparent: ground === "transparent" });
  const blob = format === "svg" ? new Blob([picture.text], { type: "image/svg+xml" }) : await painted(picture, PIXELS);
  download(blob, `${name}.${format}`);
}
