// Slides as a PDF: the browser's own printer writes it, of lines and letters, through the dialog in which one saves it.

const LOOKS = `
.rnnviz-printed { display: none; }
@media print {
  @page { size: 960pt 540pt; margin: 0; }
  html, body { width: auto !important; height: auto !important; overflow: visible !important; margin: 0 !important; background: none !important; }
  body > :not(.rnnviz-printed) { display: none !important; }
  .rnnviz-printed { display: block !important; color: #111; font: 17pt/1.35 "Source Sans", Helvetica, Arial, sans-serif; print-color-adjust: exact; }
  .rnnviz-printed section { box-sizing: border-box; display: flex; flex-direction: column; gap: 8pt; width: 960pt; height: 539.9pt; overflow: hidden; }
  .rnnviz-printed section + section { break-before: page; }
  .rnnviz-printed section:has(h1) { padding: 20pt 36pt 18pt; }
  .rnnviz-printed section > img { flex: 1; min-height: 0; width: 100%; object-fit: contain; }
  .rnnviz-printed h1 { margin: 0; padding: 0; color: inherit; font-weight: 600; font-size: 27pt; line-height: 1.2; font-family: inherit; overflow-wrap: anywhere; }
  .rnnviz-printed p { margin: 0 0 6pt; padding: 0; color: inherit; font: inherit; overflow-wrap: anywhere; }
  .rnnviz-printed small { font-size: 12pt; color: #555; }
  .rnnviz-printed section:not(:has(img)) { justify-content: center; font-size: 22pt; }
}`;

/** Opens the dialog for pages, which fill a slide each; `name` is what it proposes for the file. */
export async function printed(pages, name) {
  document.querySelector(".rnnviz-printed")?.remove();
  const place = document.createElement("div");
  place.className = "rnnviz-printed";
  place.append(Object.assign(document.createElement("style"), { textContent: LOOKS }), ...pages);
  document.body.append(place);
  await Promise.all([...place.querySelectorAll("img")].map((image) => image.decode()));
  const { title } = document;
  document.title = name;
  let opened = false;
  window.addEventListener("beforeprint", () => { opened = true; }, { once: true });
  window.addEventListener("afterprint", () => place.remove(), { once: true });
  window.print();
  document.title = title;
  if (opened) return;
  place.remove();
  throw new Error("This browser opens no print dialog here, and only that writes a PDF.");
}

/** A page that holds what it is given. */
export function pageOf(...parts) {
  const page = document.createElement("section");
  page.append(...parts);
  return page;
}

/** The SVG of a picture as an image; `alt` says in words what it shows. */
export function imageOf({ text }, alt) {
  return Object.assign(new Image(), { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`, alt });
}
