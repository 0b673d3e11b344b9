// A surface from above: a picture of its height, and lines of equal height.

/** Segments [x0, y0, x1, y1] in grid places along which `values` (rows of `width`) are `level`. */
export function contour({ values, width, height }, level) {
  const segments = [];
  for (let y = 0; y + 1 < height; y += 1) {
    for (let x = 0; x + 1 < width; x += 1) {
      const at = y * width + x;
      const found = crossings(x, y, values[at], values[at + 1], values[at + width + 1], values[at + width], level);
      for (let k = 0; k + 1 < found.length; k += 2) segments.push([...found[k], ...found[k + 1]]);
    }
  }
  return segments;
}

/** Where a level crosses the sides of one cell, whose corners are a, b, c, d around it from the top left. */
function crossings(x, y, a, b, c, d, level) {
  const found = [];
  const side = (from, to, place) => {
    if (from < level !== to < level) found.push(place((level - from) / (to - from)));
  };
  side(a, b, (part) => [x + part, y]);
  side(b, c, (part) => [x + 1, y + part]);
  side(c, d, (part) => [x + 1 - part, y + 1]);
  side(d, a, (part) => [x, y + 1 - part]);
  return found;
}

/** A canvas of one pixel a place; the first row of `values` is the lowest of the picture. */
export function picture({ values, width, height }, map) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const rgb = map(values[y * width + x]);
      image.data.set([rgb[0], rgb[1], rgb[2], 255], 4 * ((height - 1 - y) * width + x));
    }
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}
