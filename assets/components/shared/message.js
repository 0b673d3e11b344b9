// A message of bytes as Python packs it: a header of plain data, in which arrays have their places, and the arrays.

const TYPES = { f4: Float32Array, i2: Int16Array, i1: Int8Array, u2: Uint16Array };

/** The plain data of `bytes`, each array as {values, shape, off}; its numbers are at most `off` away from the true ones. */
export function unpack(bytes) {
  const { buffer } = bytes.slice();
  const length = new DataView(buffer).getUint32(0, true);
  const start = 8 + padded(length);
  const header = new TextDecoder().decode(new Uint8Array(buffer, 8, length));
  return JSON.parse(header, (_, value) => (value?.$ ? arrayAt(buffer, start, value) : value));
}

/** Whether two messages hold the same bytes. */
export function same(one, other) {
  if (one === other) return true;
  if (one?.length !== other.length) return false;
  for (let k = 0; k < one.length; k += 1) if (one[k] !== other[k]) return false;
  return true;
}

function arrayAt(buffer, start, { $: type, at, shape, levels }) {
  const codes = new TYPES[type](buffer, start + at, shape.reduce((size, axis) => size * axis, 1));
  if (levels === null) return { values: codes, shape, off: 0 };
  const middle = type === "i2" ? 0.5 : 0;
  return { values: decoded(codes, levels, middle), shape, off: 0.5 / levels };
}

/** Numbers of levels; the least code stands for NaN, the next for minus infinity, the greatest for infinity. */
function decoded(codes, levels, middle) {
  const greatest = 2 ** (8 * codes.BYTES_PER_ELEMENT - 1) - 1;
  const values = new Float32Array(codes.length);
  for (let k = 0; k < codes.length; k += 1) {
    const code = codes[k];
    values[k] = (code + middle) / levels;
    if (code <= -greatest) values[k] = code === -greatest ? -Infinity : NaN;
    else if (code === greatest) values[k] = Infinity;
  }
  return values;
}

function padded(length) {
  return Math.ceil(length / 8) * 8;
}
