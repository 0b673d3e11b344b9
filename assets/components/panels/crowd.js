// The lines of all units at once, faint: how much of each pixel they cover, which is faster than to stroke each of them.

/**
 * Draws into `canvas` of `width` x `height` pixels, from `left` on. `heights(unit, column)` is where a line is, in
 * pixels from the top; a line is one pixel thick, and `alpha` is what one alone leaves of its colour.
 */
export function crowd(canvas, { left, width, height, units, columns, heights, rgb, alpha }) {
  Object.assign(canvas, { width, height });
  const cover = new Float32Array(width * height);
  const wide = (width - left) / columns;
  for (let unit = 0; unit < units; unit += 1) {
    let y = heights(unit, 0);
    for (let column = 1; column < columns; column += 1) {
      const next = heights(unit, column);
      segment(cover, width, height, left + (column - 0.5) * wide, y, left + (column + 0.5) * wide, next);
      y = next;
    }
  }
  paint(canvas, cover, rgb, alpha);
}

/** Adds what a straight piece of a line covers, pixel column by pixel column. */
function segment(cover, width, height, x0, y0, x1, y1) {
  const slope = (y1 - y0) / (x1 - x0);
  if (!Number.isFinite(slope)) return;
  for (let x = Math.floor(x0); x < x1; x += 1) {
    const begin = Math.max(x, x0);
    const end = Math.min(x + 1, x1);
    const a = y0 + slope * (begin - x0);
    const b = y0 + slope * (end - x0);
    const top = Math.max(0, Math.min(a, b) - 0.5);
    const bottom = Math.min(height, Math.max(a, b) + 0.5);
    for (let row = Math.floor(top); row < bottom; row += 1) {
      cover[row * width + x] += (end - begin) * (Math.min(row + 1, bottom) - Math.max(row, top));
    }
  }
}

function paint(canvas, cover, [red, green, blue], alpha) {
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(canvas.width, canvas.height);
  const through = Math.log(1 - alpha);
  for (let k = 0; k < cover.length; k += 1) {
    if (!cover[k]) continue;
    image.data[4 * k] = red;
    image.data[4 * k + 1] = green;
    image.data[4 * k + 2] = blue;
    image.data[4 * k + 3] = 255 * (1 - Math.exp(cover[k] * through));
  }
  pen.putImageData(image, 0, 0);
}
