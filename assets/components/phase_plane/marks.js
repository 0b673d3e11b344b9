// What moves or can be pointed at: the way of the sequence with the selected step, and the points in the shape of their kind.

const KINDS = { stable: "h", saddle: "r", unstable: "c", slow: "f" };
const LABELS = {
  stable: ["stable point", "stable points"],
  saddle: ["saddle", "saddles"],
  unstable: ["point that is unstable in every direction", "points that are unstable in every direction"],
  slow: ["slow point, not fixed", "slow points, not fixed"],
};
const SIZE = 7;
const RING = 5;
/** How opaque the path of later steps is. */
const LATER = 0.45;

export function drawMarks(pen, scale, { path, points, point }, t, look) {
  const places = Array.from({ length: path.shape[0] }, (_, k) => [scale.x(path.values[2 * k]), scale.y(path.values[2 * k + 1])]);
  drawPath(pen, places, look, LATER);
  drawPath(pen, places.slice(0, t + 1), look, 1);
  const taken = [];
  const marks = points.map(({ at }) => [scale.x(at[0]), scale.y(at[1])]);
  const sizes = sizesOf(marks);
  for (const [k, one] of [...points.entries()].reverse()) drawPoint(pen, marks[k], one, sizes[k], one.number === point, look);
  for (const one of points.filter(({ kind, said }) => kind === "stable" && said)) {
    drawWord(pen, scale, [scale.x(one.at[0]), scale.y(one.at[1])], one.said, taken, look);
  }
  drawStep(pen, places[t], look);
}

function drawPath(pen, places, { ground }, alpha) {
  const seen = places.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  pen.globalAlpha = alpha;
  pen.strokeStyle = pen.fillStyle = ground.ink;
  pen.lineWidth = 1.6;
  pen.lineJoin = "round";
  pen.beginPath();
  seen.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
  pen.beginPath();
  for (const [x, y] of seen) {
    pen.moveTo(x + 2.2, y);
    pen.arc(x, y, 2.2, 0, 2 * Math.PI);
  }
  pen.fill();
  pen.globalAlpha = 1;
}

/** The selected step: a ring with a dot, unlike any point. */
function drawStep(pen, [x, y], { ground }) {
  if (!Number.isFinite(x) || !Number.isFinite(y)) return;
  pen.lineWidth = 3;
  pen.strokeStyle = ground.background;
  pen.beginPath();
  pen.arc(x, y, 11.5, 0, 2 * Math.PI);
  pen.stroke();
  pen.strokeStyle = pen.fillStyle = ground.ink;
  pen.lineWidth = 2.4;
  pen.beginPath();
  pen.arc(x, y, 10, 0, 2 * Math.PI);
  pen.stroke();
  pen.beginPath();
  pen.arc(x, y, 3, 0, 2 * Math.PI);
  pen.fill();
}

/** How large each mark is: the first ones lie on top, and one that lies under others shows as a ring around them. */
export function sizesOf(marks) {
  const sizes = [];
  for (const [k, [x, y]] of marks.entries()) {
    const above = sizes.filter((_, other) => Math.hypot(marks[other][0] - x, marks[other][1] - y) < SIZE);
    sizes.push(above.length ? Math.max(...above) + RING : SIZE);
  }
  return sizes;
}

function drawPoint(pen, [x, y], { kind }, size, isChosen, look) {
  const outline = new Path2D(shapeOf(kind, size));
  pen.save();
  pen.translate(x, y);
  pen.lineJoin = "round";
  pen.strokeStyle = isChosen ? look.ground.ink : look.ground.background;
  pen.lineWidth = isChosen ? 6 : kind === "slow" ? 7 : 4;
  pen.stroke(outline);
  pen.strokeStyle = pen.fillStyle = look.signal[KINDS[kind]];
  pen.lineWidth = kind === "slow" ? 3.4 : 1;
  pen.stroke(outline);
  if (kind !== "slow") pen.fill(outline);
  pen.restore();
}

/** What the network outputs at a stable point: above it, or where it covers no other word. */
function drawWord(pen, { frame }, [x, y], said, taken, look) {
  pen.font = `600 13px ${look.font}`;
  const wide = pen.measureText(said).width;
  const places = [[0, -15], [0, 18], [wide / 2 + 14, 0], [-wide / 2 - 14, 0]].map(([dx, dy]) => {
    const middle = Math.max(frame.left + wide / 2 + 3, Math.min(frame.right - wide / 2 - 3, x + dx));
    return { middle, y: y + dy, left: middle - wide / 2, right: middle + wide / 2, top: y + dy - 8, bottom: y + dy + 8 };
  });
  const isFree = (one) => one.top > frame.top && one.bottom < frame.bottom
    && taken.every((box) => one.right < box.left || one.left > box.right || one.bottom < box.top || one.top > box.bottom);
  const place = places.find(isFree) ?? places[0];
  taken.push(place);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = look.ground.background;
  pen.strokeText(said, place.middle, place.y);
  pen.fillStyle = look.ground.ink;
  pen.fillText(said, place.middle, place.y);
}

/** The shape of a kind around the origin, as SVG and canvases take it. */
function shapeOf(kind, r = SIZE) {
  return {
    stable: `M${r} 0A${r} ${r} 0 1 1 ${-r} 0A${r} ${r} 0 1 1 ${r} 0Z`,
    saddle: `M0 ${-r - 1}L${r + 1} 0L0 ${r + 1}L${-r - 1} 0Z`,
    unstable: `M${-r + 1} ${-r + 1}H${r - 1}V${r - 1}H${-r + 1}Z`,
    slow: `M${-r + 1} ${-r + 1}L${r - 1} ${r - 1}M${r - 1} ${-r + 1}L${-r + 1} ${r - 1}`,
  }[kind];
}

/** The key of what is on the map, as markup; all of it is ours. */
export function keysOf(points, look) {
  const kinds = Object.keys(KINDS).filter((kind) => points.some((one) => one.kind === kind));
  const key = (inside, words) => `<span class="key"><svg viewBox="-11 -11 22 22" aria-hidden="true">${inside}</svg>${words}</span>`;
  const marks = kinds.map((kind) => {
    const color = look.signal[KINDS[kind]];
    const looks = kind === "slow" ? `stroke="${color}" stroke-width="3.4" fill="none"` : `fill="${color}"`;
    const count = points.filter((one) => one.kind === kind).length;
    return key(`<path d="${shapeOf(kind)}" ${looks}/>`, `${count} ${LABELS[kind][count === 1 ? 0 : 1]}`);
  });
  const { ink, soft } = look.ground;
  const ring = `<circle r="8" fill="none" stroke="${ink}" stroke-width="2.4"/><circle r="2.6" fill="${ink}"/>`;
  const arrow = `<path d="M-9 0H3" stroke="${soft}" stroke-width="1.6"/><path d="M9 0L0 -4V4Z" fill="${soft}"/>`;
  const way = (alpha) => `<path d="M-10 5L-2 -5L10 3" fill="none" stroke="${ink}" stroke-width="1.6" opacity="${alpha}"/>`;
  const paths = [key(way(1), "path to this step"), key(way(LATER), "later steps")];
  return [...marks, key(ring, "state at this step"), ...paths, key(arrow, "where the state goes")].join("");
}
