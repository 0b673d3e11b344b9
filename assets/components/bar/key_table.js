// All keys, as Python lists them, in one table.

/** `groups` are [{ where, rows: [{ keys: ["←", "→"], what }] }]. */
export function keyTable(groups) {
  const table = document.createElement("table");
  table.innerHTML = "<thead><tr><th scope=\"col\">Key</th><th scope=\"col\">What it does</th></tr></thead>";
  for (const { where, rows } of groups) {
    const body = document.createElement("tbody");
    const head = document.createElement("th");
    Object.assign(head, { colSpan: 2, scope: "rowgroup", textContent: where });
    const line = document.createElement("tr");
    line.append(head);
    body.append(line, ...rows.map(rowOf));
    table.append(body);
  }
  return table;
}

function rowOf({ keys, what }) {
  const row = document.createElement("tr");
  const cells = [document.createElement("th"), document.createElement("td")];
  cells[0].scope = "row";
  keys.forEach((key, k) => {
    const one = document.createElement("kbd");
    one.textContent = key;
    cells[0].append(...(k ? [" ", one] : [one]));
  });
  cells[1].textContent = what;
  row.append(...cells);
  return row;
}
