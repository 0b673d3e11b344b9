// What a picture leaves out of a widget: all that is there to be clicked, dragged, typed into or opened.

const LEFT_OUT = [
  "[hidden], .unseen, style, link, script",
  "[data-live], .transport, .speed, .scrub", // what the widgets mark, and what moves them through time
  ".idle", // a place for an answer that only says how to ask
  "form, details:not(.badge), input[type=range], .chip button, .levels button:not([aria-pressed=true])",
  "label:has(input[type=checkbox]:not([checked]))",
].join(", ");

/** Takes from the copy of a widget what only a living one has a use for; what was chosen or typed stays as text. */
export function still(copy) {
  for (const one of copy.querySelectorAll(LEFT_OUT)) one.remove();
  for (const field of copy.querySelectorAll("input, select")) field.replaceWith(said(field));
}

function said(field) {
  const text = document.createElement("b");
  if (field.type === "checkbox") return text;
  text.textContent = field.querySelector("option[selected]")?.textContent ?? field.getAttribute("value") ?? "";
  return text;
}

/** Sets the grids of a frame in fewer columns, and what is wider still in rows of its own: in view, it covers nothing. */
export function apart(frame, scrollers) {
  for (const one of scrollers) {
    for (let item = one; item !== frame; item = item.parentElement) {
      const grid = item.parentElement;
      if (getComputedStyle(grid).display !== "grid") continue;
      for (let columns = columnsOf(grid); columns > 2 && overlaps(item, one); columns -= 1) {
        grid.style.gridTemplateColumns = `repeat(${columns - 1}, minmax(0, 1fr))`;
      }
      if (overlaps(item, one)) item.style.gridColumn = "1 / -1";
    }
  }
}

const columnsOf = (grid) => getComputedStyle(grid).gridTemplateColumns.split(" ").length;

function overlaps(item, scroller) {
  const own = item.getBoundingClientRect();
  const reach = scroller.getBoundingClientRect().left + scroller.scrollWidth;
  return [...item.parentElement.children].some((other) => {
    const { left, top, bottom } = other.getBoundingClientRect();
    return left >= own.right && left < reach && top < own.bottom && bottom > own.top;
  });
}
