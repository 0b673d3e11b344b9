// The buttons that save what stands above them as a picture: a figure, or a widget as it is on screen.

import { download, drawn, hostOf, painted } from "../shared/saving.js";
import { saveFigure } from "./plotly.js";

const PIXELS = 3840;

export default function saveButtons({ data, parentElement }) {
  const box = parentElement.querySelector(".save-figure");
  box.dataset.ground = data.ground;
  box.dataset.title = data.title ?? "";
  const status = box.querySelector("p");
  for (const button of box.querySelectorAll("button")) {
    button.onclick = async () => {
      const buttons = [...box.querySelectorAll("button")];
      for (const one of buttons) one.disabled = true;
      status.textContent = "Drawing …";
      const { format } = button.dataset;
      try {
        await (data.figure ? saveFigure(data.figure, data.name, format, PIXELS) : saveWidget(data, format));
        status.textContent = `Saved as ${data.name}.${format}`;
      } catch (error) {
        status.textContent = error.message;
      }
      for (const one of buttons) one.disabled = false;
      button.focus();
    };
  }
}

async function saveWidget({ widget, name, ground, ...told }, format) {
  const picture = await drawn(hostOf(widget), { ...told, transparent: ground === "transparent" });
  const blob = format === "svg" ? new Blob([picture.text], { type: "image/svg+xml" }) : await painted(picture, PIXELS);
  download(blob, `${name}.${format}`);
}
