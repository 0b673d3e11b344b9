// Many numbers as one small picture, a column a step and a row a unit, to be drawn at any size.

/**
 * A canvas of `time` x `units` pixels. `values` holds a row a step, `stride` apart, the units from `start` on;
 * `order`, if given, says which unit stands in which row.
 */
export function heatmap({ values, time, units, stride = units, start = 0, order = null }, map) {
  const canvas = Object.assign(document.createElement("canvas"), { width: time, height: units });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(time, units);
  for (let t = 0; t < time; t += 1) {
    for (let at = 0; at < units; at += 1) {
      const rgb = map(values[t * stride + start + (order ? order[at] : at)]);
      image.data.set([rgb[0], rgb[1], rgb[2], 255], 4 * (at * time + t));
    }
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}
