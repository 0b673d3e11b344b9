// Which units go along with a property of the text, by the size of their correlation with it.

const COUNT = 10;

/** The picker of the property and the ranked units beside the text. */
export class Ranks {
  constructor(root, { onUnit, onWhat }) {
    Object.assign(this, { root, onUnit });
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.part("what").onchange = (event) => onWhat(event.target.value);
  }

  set({ properties, held, here, before, chance, measured, ablated }) {
    Object.assign(this, { properties, held, here, before, chance, measured, ablated });
    this.part("what").replaceChildren(...properties.map(({ name, label }) => new Option(label, name)));
  }

  /** The unit that goes along best with a property. */
  best(what) {
    return this.ranked(what)[0] ?? 0;
  }

  /** The units by how closely they go along with a property, on held-out text where that was measured. */
  ranked(what) {
    const by = rowOf(this.held ?? this.here, this.at(what));
    const known = Array.from(by, (_, unit) => unit).filter((unit) => !Number.isNaN(by[unit]));
    return known.sort((a, b) => Math.abs(by[b]) - Math.abs(by[a]));
  }

  at(what) {
    return this.properties.findIndex(({ name }) => name === what);
  }

  show(what, chosen, look) {
    this.part("what").value = what;
    const held = this.held ? rowOf(this.held, this.at(what)) : null;
    const here = rowOf(this.here, this.at(what));
    const listed = this.ranked(what).slice(0, COUNT);
    const rows = listed.includes(chosen) ? listed : [...listed, chosen];
    const effect = this.ablated?.[this.at(what)];
    this.part("effect").hidden = !effect;
    this.part("ranks").tBodies[0].replaceChildren(...rows.map((unit) => this.line(unit, chosen, held, here, look, effect)));
    this.part("caused").textContent = effect ? caused(chosen, effect) : "";
    this.part("chance").textContent = this.said(this.at(what));
  }

  /** How closely a unit goes along with a property, in words. */
  closeness(what, unit) {
    const r = rowOf(this.held ?? this.here, this.at(what))[unit];
    const { label } = this.properties[this.at(what)];
    return Number.isNaN(r) ? label : `r = ${number(r)} with “${label}”${this.held ? " on held-out text" : " on this text"}`;
  }

  line(unit, chosen, held, here, look, effect) {
    const row = document.createElement("tr");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: `unit ${unit}` });
    button.setAttribute("aria-pressed", unit === chosen);
    button.onclick = () => this.onUnit(unit);
    row.append(cell(button), cell(...(held ? [bar(held[unit], look), number(held[unit])] : ["–"])), cell(number(here[unit])));
    if (effect) row.append(cell(effect.change[unit] ? points(effect.change[unit][0]) : "–"));
    return row;
  }

  said(at) {
    const parts = [this.measured];
    if (this.chance) parts.push(`by chance alone no unit would be beyond ±${this.chance[at].toFixed(2)}`);
    if (this.before) parts.push(`before training the best unit reaches ±${this.before[at].toFixed(2)}`);
    return `${parts.join("; ")}.`;
  }
}

function rowOf({ values, shape }, at) {
  return values.subarray(at * shape[1], (at + 1) * shape[1]);
}

function bar(value, look) {
  const node = Object.assign(document.createElement("span"), { className: "bar" });
  const fill = document.createElement("i");
  const wide = 50 * Math.min(1, Math.abs(value) || 0);
  const [low, , , , high] = look.diverging;
  fill.style.cssText = `width:${wide}%;${value < 0 ? `right:50%;background:${low}` : `left:50%;background:${high}`}`;
  node.append(fill);
  return node;
}

function number(value) {
  if (Number.isNaN(value) || value === null) return "–";
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

/** A change of a probability in percentage points. */
function points(change) {
  const size = (100 * Math.abs(change)).toFixed(1);
  return size === "0.0" ? size : `${change < 0 ? "−" : "+"}${size}`;
}

/** What the ablation of a unit does to the prediction, in words. */
export function caused(unit, { what, base, places, passages, change }) {
  if (!change[unit]) return `Ablated: measured of the units that track it most closely, not of unit ${unit}.`;
  const [mean, low, high] = change[unit];
  const open = low > 0 || high < 0 ? "" : ", so it may be none";
  return `Unit ${unit} ablated, that is held at its mean: where ${what} comes next, its probability changes by ${points(mean)} points, from ${(100 * base).toFixed(1)} % (95 % interval ${points(low)} to ${points(high)}${open}; ${places} positions in ${passages} held-out passages).`;
}

function cell(...parts) {
  const node = document.createElement("td");
  node.append(...parts);
  return node;
}
