// A picture as a PDF: the browser's own printer writes it, of lines and letters, through the dialog in which one saves it.

const HIDDEN = `
.rnnviz-printed { display: none; }
@media print {
  @page { size: 960pt 540pt; margin: 0; }
  html, body { width: auto !important; height: auto !important; overflow: visible !important; margin: 0 !important; background: none !important; }
  body > :not(.rnnviz-printed) { display: none !important; }
  .rnnviz-printed { display: block !important; }
  .rnnviz-printed img { display: block; width: 960pt; height: 539.9pt; object-fit: contain; }
  .rnnviz-printed img + img { break-before: page; }
}`;

/** Opens the dialog for pictures that fill a slide each; `alt` says in words what they show, `name` is the file's. */
export async function printed(pictures, { alt, name }) {
  document.querySelector(".rnnviz-printed")?.remove();
  const page = document.createElement("div");
  page.className = "rnnviz-printed";
  const looks = document.createElement("style");
  looks.textContent = HIDDEN;
  const images = pictures.map(({ text }, k) => {
    const src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    return Object.assign(new Image(), { src, alt: k ? `Part ${k + 1} of ${pictures.length}.` : alt });
  });
  page.append(looks, ...images);
  document.body.append(page);
  await Promise.all(images.map((image) => image.decode()));
  const { title } = document;
  document.title = name; // browsers propose it as the name of the file
  let opened = false;
  window.addEventListener("beforeprint", () => { opened = true; }, { once: true });
  window.addEventListener("afterprint", () => page.remove(), { once: true });
  window.print();
  document.title = title;
  if (opened) return;
  page.remove();
  throw new Error("This browser opens no print dialog here, and only that writes a PDF. Save the picture as SVG.");
}
