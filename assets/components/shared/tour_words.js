// The words of a stop as a page shows them: paragraphs, lists, *, **, `code` and simple formulas. Nothing else in them means anything.

import { canSet, math } from "./mathml.js";
import { parts } from "./tour_formulas.js";

const MARKED = /(\*\*(?=\S)[^*\n]*[^*\s]\*\*|\*(?=\S)[^*\n]*[^*\s]\*)/;

const ITEM = /^[ \t]*[-*+] +/;

/** Paragraphs and lists for a text; a line that ends ends there too. */
export function paragraphs(text) {
  return text.split(/\n[ \t]*\n+/).filter((one) => one.trim()).map((one) => {
    const lines = one.trim().split("\n");
    return lines.every((line) => ITEM.test(line)) ? list(lines) : holding("p", inline(one.trim()));
  });
}

function list(lines) {
  return holding("ul", lines.map((line) => holding("li", inline(line.replace(ITEM, "")))));
}

function holding(tag, nodes) {
  const node = document.createElement(tag);
  node.append(...nodes);
  return node;
}

function inline(text) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    nodes.push(...plain.split(MARKED).map((part, k) => (k % 2 ? marked(part) : part)));
    plain = "";
  };
  parts(text).forEach((part, k) => {
    if (k % 2 === 0) plain += part;
    else if (part.startsWith("\\")) {
      flush();
      nodes.push(/[!-/:-@[-`{-~]/.test(part[1]) ? part[1] : part);
    } else {
      flush();
      nodes.push(part.startsWith("$") ? formula(part.slice(1, -1)) : element("code", part.slice(1, -1)));
    }
  });
  flush();
  return nodes;
}

function marked(part) {
  return part.startsWith("**") ? element("strong", part.slice(2, -2)) : element("em", part.slice(1, -1));
}

/** A formula, or its LaTeX where that is more than pages set by themselves. */
function formula(latex) {
  return canSet(latex) ? math(latex) : element("code", latex);
}

function element(tag, content) {
  return Object.assign(document.createElement(tag), { textContent: content });
}
