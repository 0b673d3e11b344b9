// The buttons that save what stands above them as a picture: a figure, or a widget as it is on screen.

import { show } from "../shared/mounting.js";
import { looksOf, withFonts } from "../shared/fonts.js";
import { FOOT } from "../shared/foot.js";
import { described, download, drawn, hostOf, painted } from "../shared/saving.js";
import { imageOf, pageOf, printed } from "../shared/printing.js";
import { drawnFigure } from "./plotly.js";

const PIXELS = 3840;
const SLIDE = 16 / 9;
const PLAIN = ['"Source Sans", sans-serif; normal']; // what a figure is written in
const AROUND = 70; // pixels of a title and a foot
const TALL = 0.75;

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
    this.parts = root.querySelector("[data-part=parts]");
    root.addEventListener("draw", ({ detail }) => this.forDeck(detail.ratio).then(detail.resolve, detail.reject));
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
    if (data.figure !== this.measured || data.widget) this.tellSize();
    if (this.wanted && data.file?.id === this.wanted.id) this.wanted.came(data.file);
  }

  /** How many pixels a PNG has, before it is saved; of a widget nearly, since a picture leaves some of its parts out. */
  tellSize() {
    const { figure, widget } = this.data;
    this.measured = figure;
    const { width, height } = figure ? JSON.parse(figure).layout : hostOf(widget).getBoundingClientRect();
    const high = figure ? Math.round((PIXELS * (height + FOOT)) / width) : 100 * Math.round((PIXELS * (height + AROUND)) / width / 100);
    const size = `${figure ? "" : "about "}${PIXELS} × ${high} pixels${high > TALL * PIXELS ? ": taller than a slide" : ""}`;
    this.root.querySelector("[data-part=size]").textContent = size;
  }

  async save(button) {
    this.tellOf([]);
    for (const one of this.buttons) one.disabled = true;
    try {
      this.status.textContent = await this.done(button.dataset.format);
    } catch (error) {
      this.status.textContent = error.message;
    }
    for (const one of this.buttons) one.disabled = false;
    const gone = this.parts.hidden && this.parts.contains(button);
    (gone ? this.button("slide") : this.parts.hidden ? button : this.button("first")).focus();
  }

  button(format) {
    return this.buttons.find((one) => one.dataset.format === format);
  }

  /** Saves as a format; what comes back says what was done. */
  async done(format) {
    const { widget } = this.data;
    if (format === "pdf") return this.pdf();
    if (format === "first") return this.keep(this.first);
    if (format === "slides") return this.slides();
    if (format === "slide" && widget) return this.slide();
    const file = this.fileOf(format);
    const isMade = format in MADE && format !== "slide";
    download(isMade ? new Blob([await this.text(format)], { type: MADE[format] }) : await this.drawn(format), file);
    return `Saved as ${file}`;
  }

  fileOf(format, number = "") {
    const { name } = this.data;
    return format === "slide" ? `${name}-slide${number}.png` : `${name}.${format}`;
  }

  /** A widget as a slide. Where it has more parts than that has room for, this is said first, and the file waits for a click. */
  async slide() {
    const picture = await this.picture(SLIDE);
    this.tellOf(picture.left);
    if (!picture.left.length) return this.keep(picture);
    this.first = picture;
    return "";
  }

  async keep(picture) {
    const file = this.fileOf("slide");
    download(await painted(picture, PIXELS), file);
    return `Saved as ${file}`;
  }

  /** Every part of a widget, on as many slides as that takes. */
  async slides() {
    const files = [];
    for await (const picture of this.everyPart()) {
      files.push(this.fileOf("slide", `-${files.length + 1}`));
      download(await painted(picture, PIXELS), files.at(-1));
    }
    return files.length > 1 ? `Saved ${files.length} files, ${files[0]} to ${files.at(-1)}` : `Saved as ${files[0]}`;
  }

  async *everyPart() {
    for (let before = 0, left = [""]; left.length; before += 1) {
      const picture = await this.picture(SLIDE, { before, several: true });
      ({ left } = picture);
      yield picture;
    }
  }

  /** Says what a slide leaves out, and offers it as it is, or all parts; nothing where nothing is left out. */
  tellOf(left) {
    this.parts.hidden = !left.length;
    this.parts.querySelector("[data-part=left]").textContent = listed(left);
  }

  /** A file of text; a page has its letters with it. */
  async text(format) {
    const { widget } = this.data;
    const text = await this.made(format);
    return format === "html" ? withFonts(text, widget ? looksOf(hostOf(widget).shadowRoot) : PLAIN) : text;
  }

  async drawn(format) {
    const { ratio: ofDeck } = this.root.dataset;
    const picture = await (ofDeck ? this.forDeck(Number(ofDeck)) : this.picture(format === "slide" ? SLIDE : 0));
    return format === "svg" ? new Blob([picture.text], { type: "image/svg+xml" }) : painted(picture, PIXELS);
  }

  /** A deck has the title of a widget that shows none, which is with it, beside the picture. */
  async forDeck(ratio) {
    const { widget, title, titled } = this.data;
    const picture = await this.picture(ratio, { titled: true });
    this.root.dataset.left = (picture.left ?? []).join(", ");
    return { ...picture, title: widget && !titled ? title : "" };
  }

  /** The SVG of the picture: with a ratio, for a slide. The server lays a figure out anew for it, a widget does so itself. */
  async picture(ratio, told = {}) {
    const { figure, widget, ground } = this.data;
    const wanted = figure && ratio ? await this.made("slide") : figure;
    this.status.textContent = "Drawing …";
    if (figure) return drawnFigure(wanted, ratio ? undefined : this.data);
    return drawn(hostOf(widget), { ...this.data, ratio, ...told, transparent: ground === "transparent" });
  }

  /** A page for each slide, and in words what they show. */
  async pdf() {
    const { widget, name, title, alt } = this.data;
    const whole = await this.picture(SLIDE);
    const pictures = whole.left?.length ? [] : [whole];
    if (!pictures.length) for await (const picture of this.everyPart()) pictures.push(picture);
    const said = alt ?? described(hostOf(widget), title);
    const words = (k) => (k ? `Part ${k + 1} of ${pictures.length}.` : said);
    try {
      await printed(pictures.map((picture, k) => pageOf(imageOf(picture, words(k)))), name);
    } catch (error) {
      throw new Error(`${error.message} Save the picture as SVG.`);
    }
    const pages = pictures.length > 1 ? ` It has ${pictures.length} pages, one for each slide.` : "";
    return `The print dialog saves it: choose “Save as PDF” there.${pages}`;
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

/** Names of parts in a sentence, the many cut short. */
function listed(names) {
  const most = 6;
  const rest = names.length - most;
  return rest > 1 ? `${names.slice(0, most).join(", ")} and ${rest} more` : names.join(", ");
}
