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

/** Gives a row of its own to what would reach over its neighbour in a grid once all of it is in view. */
export function apart(frame, scrollers) {
  for (const one of scrollers) {
    const reach = one.getBoundingClientRect().left + one.scrollWidth;
    for (let item = one; item !== frame; item = item.parentElement) {
      if (getComputedStyle(item.parentElement).display === "grid" && overlaps(item, reach)) item.style.gridColumn = "1 / -1";
    }
  }
}

function overlaps(item, reach) {
  const own = item.getBoundingClientRect();
  return [...item.parentElement.children].some((other) => {
    const { left, top, bottom } = other.getBoundingClientRect();
    return left >= own.right && left < reach && top < own.bottom && bottom > own.top;
  });
}
