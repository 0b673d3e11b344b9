// Colour maps of the palette that Python sends; which theme is on is read off the page's own background.

/** "dark" or "light", by the luminance of the background that the component stands on. */
export function themeOf(host) {
  const background = getComputedStyle(host).getPropertyValue("--st-background-color").trim();
  return background && luminance(channels(toHex(background))) < 0.2 ? "dark" : "light";
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** A function from a value in [low, high] to [r, g, b], and as `pixel` to the four bytes of an image; NaN gets the palette's grey. */
export function colorMap(stops, low, high, nan) {
  const table = new Uint8Array(256 * 3);
  const rgb = stops.map(channels);
  for (let k = 0; k < 256; k += 1) {
    const place = (k / 255) * (rgb.length - 1);
    const left = Math.min(Math.floor(place), rgb.length - 2);
    for (let c = 0; c < 3; c += 1) {
      table[3 * k + c] = Math.round(rgb[left][c] + (place - left) * (rgb[left + 1][c] - rgb[left][c]));
    }
  }
  const grey = channels(nan);
  const pixels = Uint32Array.from({ length: 256 }, (_, k) => word(table.subarray(3 * k, 3 * k + 3)));
  const scale = 255 / (high - low);
  const place = (value) => Math.max(0, Math.min(255, Math.round((value - low) * scale)));
  const map = (value) => {
    if (Number.isNaN(value)) return grey;
    const k = place(value);
    return table.subarray(3 * k, 3 * k + 3);
  };
  const greyPixel = word(grey);
  map.pixel = (value) => (Number.isNaN(value) ? greyPixel : pixels[place(value)]);
  return map;
}

/** An opaque colour as it lies in the memory of an image. */
function word([r, g, b]) {
  return (LITTLE_ENDIAN ? (255 << 24) | (b << 16) | (g << 8) | r : (r << 24) | (g << 16) | (b << 8) | 255) >>> 0;
}

export function css(rgb) {
  return `rgb(${rgb[0]},${rgb[1]},${rgb[2]})`;
}

/** Black or white, whichever reads better on `rgb`. */
export function inkOn(rgb) {
  return luminance(rgb) > 0.179 ? "#000000" : "#ffffff";
}

function luminance(rgb) {
  const [r, g, b] = [...rgb].map((v) => (v / 255 <= 0.03928 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** [r, g, b] of #rrggbb. */
export function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function toHex(color) {
  const numbers = color.match(/^rgba?\(([^)]+)\)/);
  if (!numbers) return color.length === 4 ? `#${[...color.slice(1)].map((d) => d + d).join("")}` : color;
  return `#${numbers[1].split(",").slice(0, 3).map((v) => Math.round(Number(v)).toString(16).padStart(2, "0")).join("")}`;
}
