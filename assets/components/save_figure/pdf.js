// A PDF of one page, which a picture fills: written by hand, since browsers write PDF only by way of the print dialog.

const ACROSS = 960; // points: the slide of 13.33 inches
const SIGNATURE = "%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n"; // letters beyond ASCII say that what follows is no text

/** A PNG as a PDF; `told` has its `title`, `alt` in words, and the `link` to its view. */
export async function pdfOf(png, told) {
  if (!globalThis.CompressionStream) throw new Error("This browser is too old to make a PDF. Save the picture as PNG.");
  const { width, height, data } = await pixelsOf(png);
  const { colors, alphas } = channels(data);
  const picture = { width, height, colors: await deflated(colors), alphas: alphas && (await deflated(alphas)) };
  return new Blob([written(picture, told)], { type: "application/pdf" });
}

/** The bytes of the file; the channels of the picture are compressed, `alphas` only where something is transparent. */
export function written({ width, height, colors, alphas }, { title, alt, link }) {
  const up = (ACROSS * height) / width;
  const page = `/Resources << /XObject << /Im 5 0 R >> >> /Contents 4 0 R /StructParents 0 /Tabs /S`;
  const content = bytesOf(`/Figure << /MCID 0 >> BDC\nq ${ACROSS} 0 0 ${up} 0 0 cm /Im Do Q\nEMC\n`);
  const image = `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /BitsPerComponent 8 /Filter /FlateDecode`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R /Lang (en) /MarkInfo << /Marked true >> /StructTreeRoot 6 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${ACROSS} ${up}] ${page} >>`,
    stream("", content),
    stream(`${image} /ColorSpace /DeviceRGB${alphas ? " /SMask 9 0 R" : ""}`, colors),
    "<< /Type /StructTreeRoot /K 7 0 R /ParentTree << /Nums [0 [7 0 R]] >> >>",
    `<< /Type /StructElem /S /Figure /P 6 0 R /Pg 3 0 R /K 0 /Alt ${text(alt)} >>`,
    `<< /Title ${text(title)} /Subject ${text(link)} /Creator ${text("rnnviz")} >>`,
    ...(alphas ? [stream(`${image} /ColorSpace /DeviceGray`, alphas)] : []),
  ];
  return file(objects);
}

/** Objects, numbered from 1, with the table of where each begins. */
function file(objects) {
  const parts = [bytesOf(SIGNATURE)];
  const starts = [];
  let size = parts[0].length;
  const add = (part) => {
    parts.push(part);
    size += part.length;
  };
  objects.forEach((object, k) => {
    starts.push(size);
    for (const part of [`${k + 1} 0 obj\n`, ...[object].flat(), "\nendobj\n"]) add(typeof part === "string" ? bytesOf(part) : part);
  });
  const table = starts.map((start) => `${String(start).padStart(10, "0")} 00000 n \n`).join("");
  const count = objects.length + 1;
  const trailer = `trailer\n<< /Size ${count} /Root 1 0 R /Info 8 0 R >>\nstartxref\n${size}\n%%EOF\n`;
  add(bytesOf(`xref\n0 ${count}\n0000000000 65535 f \n${table}${trailer}`));
  return joined(parts, size);
}

const stream = (entries, bytes) => [`<< ${entries} /Length ${bytes.length} >>\nstream\n`, bytes, "\nendstream"];

/** Words as UTF-16, which PDF takes in hexadecimal digits. */
function text(words) {
  const units = Array.from({ length: words.length }, (_, k) => words.charCodeAt(k).toString(16).padStart(4, "0"));
  return `<FEFF${units.join("").toUpperCase()}>`;
}

const bytesOf = (latin) => Uint8Array.from(latin, (letter) => letter.charCodeAt(0));

function joined(parts, size) {
  const whole = new Uint8Array(size);
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

async function pixelsOf(png) {
  const image = await createImageBitmap(png);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: image.width, height: image.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}

/** Colours and transparency apart, as PDF has them; no `alphas` where nothing is transparent. */
export function channels(data) {
  const count = data.length / 4;
  const colors = new Uint8Array(3 * count);
  const alphas = new Uint8Array(count);
  for (let k = 0; k < count; k += 1) {
    for (let part = 0; part < 3; part += 1) colors[3 * k + part] = data[4 * k + part];
    alphas[k] = data[4 * k + 3];
  }
  return { colors, alphas: alphas.every((alpha) => alpha === 255) ? undefined : alphas };
}

async function deflated(bytes) {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
