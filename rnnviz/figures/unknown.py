"""Words that a network does not know, marked in a figure as in the widgets: a dotted line, and [UNK] in words."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import style

MARK: Final = "[UNK]"
_LINE: Final = '<span style="text-decoration:underline dotted">{}</span>'
_NAMED: Final = 5
"""Words that the caption names; of more it says how many."""

_PARTS: Final = re.compile(r"((?:<b>)?(?:start |end )?(?:t = )?(?:\d+:? )?)(.+?)((?: …)?(?:</b>)?)", re.DOTALL)
"""What labels have before a word, its step, the word, and what is behind it."""

_CUT: Final = 6
"""Characters of the shortest label that is a word cut off."""


def unknown_marked(figure: go.Figure, words: Sequence[str], mark: str = MARK) -> go.Figure:
    """The figure with a dotted line under some words, and with a sentence that names them; itself without any.

    Args:
        words: Those that are not in the network's vocabulary, as they stand in the figure.
        mark: What the network gets in their place.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.RNN(1, 2, batch_first=True), torch.ones(1, 2, 1), tokens=[["a", "flurb"]])
    >>> figure = figures.unknown_marked(figures.signal_heatmap(trace), ["flurb"])
    >>> figure.layout.xaxis.ticktext[1]
    '<span style="text-decoration:underline dotted">flurb</span>'
    """
    if not words:
        return figure
    labels, marked = {style.label(word, len(word) + 1) for word in words}, go.Figure(figure)
    marked.for_each_xaxis(lambda axis: _on_axis(axis, labels))
    marked.for_each_yaxis(lambda axis: _on_axis(axis, labels))
    for axis in marked.select_xaxes({"type": "category"}):
        names = {name for trace in marked.data for name in trace.x if _parts(str(name), labels)}
        axis.labelalias = {name: _underlined(name, labels) for name in names}
    for trace in marked.data:
        _on_trace(trace, labels, mark)
    style.add_sentence(marked, _said(words, mark))
    meta = dict(marked.layout.meta or {})
    strange = set(words)
    read = {t: f"{token} {mark}" if token in strange else token for t, token in meta.get("read", {}).items()}
    return marked.update_layout(meta={**meta, **({"read": read} if read else {})})


def _on_axis(axis: Any, labels: Iterable[str]) -> None:
    if axis.ticktext is not None and style.is_word_axis(axis):
        axis.ticktext = [_underlined(text, labels) for text in axis.ticktext]


def _on_trace(trace: Any, labels: Iterable[str], mark: str) -> None:
    """What is written gets the line, what is shown when pointed at and stands in the table gets the mark."""
    table = trace.meta.get("table", {}) if isinstance(trace.meta, dict) else {}
    for name in ("text", "customdata", "hovertext"):
        values = getattr(trace, name, None)
        if values is None or isinstance(values, str) or not all(isinstance(value, str) for value in values):
            continue
        is_written = name == "text" and name not in table and "text" in (trace.mode or "")
        each = [_underlined(value, labels) if is_written else _with_mark(value, labels, mark) for value in values]
        trace[name] = np.array(each, object) if isinstance(values, np.ndarray) else each


def _parts(text: str, labels: Iterable[str]) -> tuple[str, str, str] | None:
    """A label of one of the words, or of its beginning, in its parts; None of another."""
    found = _PARTS.fullmatch(text)
    if found is None:
        return None
    before, word, behind = found.groups()
    is_cut = word.endswith("…") and len(word) >= _CUT
    is_one = word in labels or (is_cut and any(label.startswith(word[:-1]) for label in labels))
    return (before, word, behind) if is_one else None


def _underlined(text: str, labels: Iterable[str]) -> str:
    parts = _parts(text, labels)
    return text if parts is None else f"{parts[0]}{_LINE.format(parts[1])}{parts[2]}"


def _with_mark(text: str, labels: Iterable[str], mark: str) -> str:
    return text if _parts(text, labels) is None else f"{text} {escape(mark, quote=False)}"


def _said(words: Sequence[str], mark: str) -> str:
    distinct = list(dict.fromkeys(words))
    named = ", ".join(f"“{style.label(word, 24)}”" for word in distinct[:_NAMED])
    more = f" and {len(distinct) - _NAMED} more" if len(distinct) > _NAMED else ""
    return f"A dotted underline marks what is not in the vocabulary ({escape(mark, quote=False)}): {named}{more}."
