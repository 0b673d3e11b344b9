// Which units go along with a property of the text, by the size of their correlation with it.

const COUNT = 10;

/** The picker of the property and the ranked units beside the text. */
export class Ranks {
  constructor(root, { onUnit, onWhat }) {
    Object.assign(this, { root, onUnit });
    this.part = (name) => root.querySelector(`[data-part=${name}]`);
    this.part("what").onchange = (event) => onWhat(event.target.value);
  }

  set({ properties, held, here, before, chance, measured }) {
    Object.assign(this, { properties, held, here, before, chance, measured });
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
    this.part("ranks").tBodies[0].replaceChildren(...rows.map((unit) => this.line(unit, chosen, held, here, look)));
    this.part("chance").textContent = this.said(this.at(what));
  }

  /** How closely a unit goes along with a property, in words. */
  closeness(what, unit) {
    const r = rowOf(this.held ?? this.here, this.at(what))[unit];
    const { label } = this.properties[this.at(what)];
    return Number.isNaN(r) ? label : `r = ${number(r)} with “${label}”${this.held ? " on held-out text" : " on this text"}`;
  }

  line(unit, chosen, held, here, look) {
    const row = document.createElement("tr");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: `unit ${unit}` });
    button.setAttribute("aria-pressed", unit === chosen);
    button.onclick = () => this.onUnit(unit);
    row.append(cell(button), cell(...(held ? [bar(held[unit], look), number(held[unit])] : ["–"])), cell(number(here[unit])));
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

function cell(...parts) {
  const node = document.createElement("td");
  node.append(...parts);
  return node;
}
