// Many numbers as one small picture, a column a step and a row a unit, to be drawn at any size.

/**
 * A canvas of `time` x `units` pixels. `values` holds a row a step, `stride` apart, the units from `start` on;
 * `order`, if given, says which unit stands in which row, and `baseline` what is taken off each unit first.
 */
export function heatmap({ values, time, units, stride = units, start = 0, order = null, baseline = null }, map, canvas = null) {
  const target = Object.assign(canvas ?? document.createElement("canvas"), { width: time, height: units });
  const pen = target.getContext("2d");
  const image = pen.createImageData(time, units);
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < units; at += 1) {
    const unit = order ? order[at] : at;
    const base = baseline ? baseline[unit] : 0;
    for (let t = 0, k = start + unit, pixel = at * time; t < time; t += 1, k += stride, pixel += 1) {
      pixels[pixel] = map.pixel(values[k] - base);
    }
  }
  pen.putImageData(image, 0, 0);
  return target;
}

/** The same numbers with at most `most` units: each has the value of largest magnitude of those in its place. */
export function thinned({ values, time, units, stride = units, start = 0 }, most) {
  const rows = Math.floor(most);
  if (units <= rows) return { values, time, units, stride, start };
  const shown = new Float32Array(time * rows);
  for (let t = 0; t < time; t += 1) {
    for (let unit = 0; unit < units; unit += 1) {
      const at = t * rows + Math.floor((unit * rows) / units);
      const value = values[t * stride + start + unit];
      if (Number.isNaN(value) || Math.abs(value) > Math.abs(shown[at])) shown[at] = value;
    }
  }
  return { values: shown, time, units: rows, stride: rows, start: 0 };
}
