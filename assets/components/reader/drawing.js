// The network unrolled over the tokens of the field: where everything stands, and the lines, boxes and outputs of it.

const FIELD = 38;
/** Pixels between the field and the boxes; words have a row of their own there. */
const WORDS = 24;
const ARROW = 18;
const BOX = 28;
const UNDER = 12;
const GAP = 12;
const OUTPUT = { cross: 12, depth: 29, bar: 36, target: 56, height: 62 };
const NO_GATE = 28;
/** Pixels across of a column, where a finger types, and how many there are at least: so the columns stay while one types. */
const COLUMN = { least: 13, touch: 20, narrow: 440, most: 40, count: 34 };
/** The same of words. */
const WORD = { least: 23, touch: 40, narrow: 440, most: 62, count: 20 };
/** Pixels across of a letter in a word, and of a column whose words and outputs are written smaller. */
const LETTER = 8;
const SMALL = 36;
/** Pixels of a unit's row. */
const ROW = { least: 2, most: 6 };

/** Where everything stands: `count` columns in `width` pixels and about `height`, `units` rows a strip, one strip or two. */
export function plan({ count, gate, units, isOfWords }, width, height) {
  const column = isOfWords ? WORD : COLUMN;
  const columns = Math.max(column.count, count);
  const least = width < column.narrow ? column.touch : column.least;
  const step = Math.max(least, Math.min(column.most, Math.floor((width - 2) / columns)));
  const labels = FIELD + (isOfWords ? WORDS : 0);
  const box = labels + ARROW;
  const strips = box + BOX + UNDER;
  const rows = (height - strips - OUTPUT.height - (gate ? GAP : NO_GATE)) / ((gate ? 2 : 1) * units);
  const high = units * Math.max(ROW.least, Math.min(ROW.most, Math.floor(rows)));
  const states = strips + (gate ? high + GAP : NO_GATE);
  const output = states + high;
  const letter = isOfWords ? FIELD + 17 : 25;
  const isSmall = isOfWords && step < SMALL;
  return { isSmall, top: gate ? strips : states, step, high, hasGate: Boolean(gate), width: columns * step, first: { gate: strips, states }, output, height: output + OUTPUT.height, letter, labels, boxTop: box, box: box + BOX / 2, field: FIELD };
}

/** The SVG's inside: all columns, the band of step `t`, and a veil over what is not read yet or not computed yet. */
export function drawing(model, at, look, { t, valid }) {
  const { answers, tokens: letters, unknown } = model;
  const columns = letters.map((letter, k) => column({ letter, isUnknown: unknown.includes(k) }, answers.at(k), k, at, look, k === t, letters.length));
  const none = model.gate ? "" : `<text class="none" x="0" y="${at.first.gate + 12}">A plain RNN has no gate.</text>`;
  return `${band(t, at, look)}${none}${columns.join("")}${frame(t, at, look)}${veil(letters.length, at, t, valid)}`;
}

/** The band of step `t`, above and below the strips. */
function band(t, at, { ground }) {
  const part = (top, bottom) => `<rect x="${t * at.step}" y="${top}" width="${at.step}" height="${bottom - top}" rx="4" fill="${ground.mark}"/>`;
  return part(at.field + 3, at.top - 4) + part(at.output + 4, at.height);
}

function column({ letter, isUnknown }, answer, k, at, look, isNow, count) {
  const x = (k + 0.5) * at.step;
  const narrow = letter.length * LETTER * (at.isSmall ? 0.8 : 1) > at.step - 4 ? ` textLength="${at.step - 4}" lengthAdjust="spacingAndGlyphs"` : "";
  return `<g data-step="${k}"><text class="letter${isUnknown ? " unknown" : ""}" x="${x}" y="${at.letter}"${letter.length > 1 ? narrow : ""}>${escaped(fitting(letter, at.step))}</text>${cell(k, x, at, look, isNow, count)}${output(answer, x, at, look)}</g>`;
}

/** A word, cut where it would have to be squeezed to less than half of its width. */
function fitting(word, step) {
  const most = Math.floor((2 * step) / LETTER);
  return word.length > most ? `${word.slice(0, most - 1)}…` : word;
}

/** The box of a step: its input from above, h of the step before from the left. */
function cell(k, x, at, { ground, signal }, isNow, count) {
  const half = at.step * (at.step < 18 ? 0.22 : 0.29);
  const box = `<rect x="${x - half}" y="${at.boxTop}" width="${2 * half}" height="${BOX}" rx="${Math.min(4, half / 2)}" fill="${ground.background}" stroke="${isNow ? ground.ink : signal.h}" stroke-width="${isNow ? 2.5 : 1.5}"/>`;
  const input = arrow(x, at.labels + 3, x, at.boxTop - 3, ground.soft);
  const next = k === count - 1 ? "" : arrow(x + half + 1, at.box, x + at.step - half - 3, at.box, signal.h);
  return box + input + next;
}

function arrow(x, y, toX, toY, color) {
  const across = toX !== x;
  const head = across ? `M${toX + 2} ${toY}l-4.5 -3v6z` : `M${toX} ${toY + 2}l-3.2 -4.5h6.4z`;
  return `<path d="M${x} ${y}L${toX} ${toY}" stroke="${color}" stroke-width="1.4"/><path d="${head}" fill="${color}"/>`;
}

function output(answer, x, at, { ground, signal }) {
  if (!answer) return "";
  const y = at.output;
  const wide = at.step - (at.step < 18 ? 2 : 6);
  const wrong = answer.correct === false;
  const mark = wrong ? `<text class="cross" x="${x}" y="${y + OUTPUT.cross}">✗</text><rect x="${x - wide / 2}" y="${y + 15}" width="${wide}" height="18" rx="3" fill="none" stroke="${ground.bad}" stroke-width="1.6"/>` : "";
  const bar = `<rect x="${x - wide / 2}" y="${y + OUTPUT.bar}" width="${wide}" height="4" fill="${ground.line}"/><rect x="${x - wide / 2}" y="${y + OUTPUT.bar}" width="${wide * answer.p}" height="4" fill="${ground.soft}"/>`;
  return `${mark}<text class="depth${wrong ? " wrong" : ""}" x="${x}" y="${y + OUTPUT.depth}">${answer.output}</text>${bar}<text class="target" x="${x}" y="${y + OUTPUT.target}">${answer.target ?? "–"}</text>`;
}

/** Around the strips of step `t`, seen on every colour. */
function frame(t, at, { ground }) {
  const line = (color, width) => `<rect x="${t * at.step + 0.5}" y="${at.top - 2}" width="${at.step - 1}" height="${at.output - at.top + 4}" rx="2" fill="none" stroke="${color}" stroke-width="${width}"/>`;
  return line(ground.background, 4) + line(ground.ink, 2);
}

function veil(count, at, t, valid) {
  const over = (from, opacity) => (from < count ? `<rect class="veil" x="${from * at.step}" y="${at.field + 2}" width="${(count - from) * at.step}" height="${at.height}" opacity="${opacity}"/>` : "");
  return valid < count ? over(Math.max(0, valid), 1) + over(Math.min(valid, t + 1), 0.72) : over(t + 1, 0.72);
}

/** The names at the left: what each part is, and the place of its middle. */
export function places(at) {
  return { text: at.field / 2, network: at.box, gate: at.hasGate ? at.first.gate + at.high / 2 : at.first.gate + 8, states: at.first.states + at.high / 2, output: at.output + OUTPUT.depth - 5, target: at.output + OUTPUT.target - 5 };
}

/** The column under a place, and the strip and unit if there is one: {t, part, unit}. */
export function under(at, count, units, gate, x, y) {
  const t = Math.floor(x / at.step);
  if (t < 0 || t >= count) return null;
  const part = ["gate", "states"].find((name) => (name === "states" || gate) && y >= at.first[name] && y < at.first[name] + at.high);
  return { t, part: part ?? null, unit: part ? Math.floor(((y - at.first[part]) / at.high) * units) : null };
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
