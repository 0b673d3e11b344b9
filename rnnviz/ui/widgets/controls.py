"""The controls of what a page shows: one function a kind of choice, each kept in the link."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeVar

import streamlit as st

from rnnviz.ui.selection import state
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import notations
from rnnviz.written import number as of_number

T = TypeVar("T")

_HELD: Final = "controls.held"
"""In the session: numbers outside of their limits, as they were typed, and why they are refused."""

_WRITTEN: Final[Mapping[str, Mapping[str, str]]] = {
    "characters.task": {"it-writes": "generate-text", "it-reads-your-text": "read-your-text"},
    "attention.view": {"sentiment": "on-a-review"},
    "clipping.view": {"in-code": "in-pytorch"},
    "gates.view": {"memory": "unit-memory"},
    "gates.memory_picture": {"which-word-wrote-it": "which-step-wrote-it"},
    "gradients.by": {f"by-{letter}": f"with-respect-to-{letter}" for letter in "hcx"},
    "gradients.of": {"read-out": "output-layer"},
    "training.axis": {"first-updates-spread": "first-updates-wider", "updates-evenly": "all-updates-equally-wide"},
    "memory.view": {"how-far": "by-distance", "the-task-drawn": "the-task"},
    "sentiment.view": {"what-it-read": "tokens", "training": "its-training"},
    "sequences.in_step": {
        "bits-and-their-parity-so-far": "bits-to-their-parity-so-far",
        "words-and-their-parts-of-speech": "words-to-their-parts-of-speech",
    },
    "sequences.network": {
        "ours-a-bilstm": "bilstm-with-attention",
        "the-lecture-s-bilstm": "baseline-bilstm",
        "the-lecture-s-lstm": "baseline-lstm",
    },
    "sequences.vocabulary": {
        "of-these-sentences": "from-these-sentences",
        "the-lecture-s-1-000-words": "baseline-1-000-words",
        "ours-30-000-words": "bilstm-with-attention-30-000-words",
    },
}
"""What older links write for a label that has another name now, by ``<page>.<choice>``."""


def choice(
    label: str,
    options: Mapping[str, T],
    *,
    key: str,
    default: str | None = None,
    ever: Collection[str] = (),
    listed: bool = False,
) -> T:
    """One of a few views of a page, kept in the link.

    Args:
        label: For those who do not see that these belong together.
        options: The labels, with what each stands for.
        key: ``<page>.<choice>``.
        default: The label of the default; the first if it is not given.
        ever: Labels that exist with another network or run: a link to one is not wrong, only not available here.
        listed: Whether they open as a list instead of standing side by side.
    """
    names = {slug(name): name for name in options}
    usual = next(iter(options)) if default is None else default
    kept = written(key) or slug(usual)
    if kept not in names and kept not in map(slug, ever):
        unreadable(key, f"one of {', '.join(names)}", slug(usual))
    now = names.get(kept, usual)
    widget = f"choice_{key}"
    st.session_state[widget] = now

    def chosen() -> None:
        state.choose(key, slug(st.session_state[widget] or usual), slug(usual))

    if listed:
        st.selectbox(
            label,
            list(options),
            key=widget,
            label_visibility="collapsed",
            on_change=chosen,
            format_func=notations.written,
        )
    else:
        st.segmented_control(
            label,
            list(options),
            required=True,
            key=widget,
            label_visibility="collapsed",
            wrap=True,
            on_change=chosen,
            format_func=notations.written,
        )
    return options[now]


def unreadable(key: str, wanted: str, usual: str) -> None:
    """Say that a link means something that does not exist, or no longer, and run the page anew with the default.

    Args:
        key: ``<page>.<choice>``.
        wanted: What it must be.
        usual: What is shown instead; empty for nothing that needs a name.
    """
    state.tell(f"{key} must be {wanted}; got {quoted(state.view(key))}: {usual or 'the default'} is shown")
    state.choose(key, usual, usual)
    state.begin_again()


def written(key: str) -> str | None:
    """The choice ``<page>.<choice>`` of the link, by the name that it has now; None if it is at its default."""
    kept = state.view(key)
    return kept if kept is None else _WRITTEN.get(key, {}).get(kept, kept)


def choices(
    label: str, options: Sequence[str], *, key: str, default: Sequence[str], hint: str, ever: Collection[str] = ()
) -> list[str]:
    """Any of several things to show, in the order of ``options``, kept in the link.

    Args:
        label: For those who do not see that these belong together.
        key: ``<page>.<choice>``.
        ever: As for ``choice``.
    """
    usual, kept = _joined(default), state.view(key)
    chosen = set((usual if kept is None else kept).split("+"))
    if not chosen <= {*map(slug, (*options, *ever)), "none"}:
        unreadable(key, f"of {', '.join(map(slug, options))}, with + between, or none", usual)
    widget = f"choice_{key}"
    st.session_state[widget] = [name for name in options if slug(name) in chosen]
    st.pills(
        label, options, selection_mode="multi", key=widget, label_visibility="collapsed",
        help=notations.written(hint), wrap=True, format_func=notations.written,
        on_change=lambda: state.choose(key, _joined(st.session_state[widget]), usual),
    )  # fmt: skip
    return [name for name in options if slug(name) in chosen]


def amount(
    label: str, low: float, high: float, step: float, *, key: str, default: float, forgets: Sequence[str] = ()
) -> float:
    """A number of a page on a slider, kept in the link under ``key``, ``<page>.<choice>``.

    Args:
        forgets: Choices of the page that mean nothing with another number: these get their defaults.
    """
    now = kept_number(key, low, high, default)
    widget = f"choice_{key}"
    st.session_state[widget] = now

    def keep() -> None:
        state.choose(key, f"{st.session_state[widget]:g}", f"{default:g}")
        for other in forgets:
            state.choose(other, "", "")

    st.slider(label, low, high, step=step, key=widget, format="%g", on_change=keep)
    return now


def number(
    label: str,
    low: float,
    high: float,
    *,
    key: str,
    default: float,
    hint: str | None = None,
    is_held: bool = False,
) -> float:
    """A typed number, kept in the link under ``<page>.<choice>``; an ``int`` if the limits and the default are.

    Args:
        is_held: Whether one outside the limits is held in the box, and ``refused`` says why: for a box beside a button
            that takes its number. Otherwise the browser alone knows of it, and goes on to mean the one before.
    """
    whole = _is_whole(low, high, default)
    kind: type[int] | type[float] = int if whole else float
    now = kind(kept_number(key, low, high, default))
    widget = f"choice_{key}"
    held = _held()
    st.session_state[widget] = kind(held[key][0]) if key in held else now

    def choose() -> None:
        typed = st.session_state[widget]
        held.pop(key, None)
        if not is_number(label, typed):
            return
        if low <= typed <= high:
            state.choose(key, f"{typed:.10g}", f"{default:.10g}")
        else:
            held[key] = typed, f"{label} must be from {of_number(low)} to {of_number(high)}. Got {of_number(typed)}."

    st.number_input(
        label, None if is_held else kind(low), None if is_held else kind(high), None, step=1 if whole else None,
        format="%d" if whole else "%g", key=widget, help=hint, on_change=choose,
    )  # fmt: skip
    return now


def refused(key: str) -> str:
    """Why the number that stands in a box is not taken; empty if it is."""
    return _held().get(key, (0.0, ""))[1]


def _held() -> dict[str, tuple[float, str]]:
    held: dict[str, tuple[float, str]] = st.session_state.setdefault(_HELD, {})
    return held


def is_number(label: str, typed: float | None) -> bool:
    """Whether a box of one number holds one; if not, it says so, and the next run shows the number of before again.

    Such a box needs ``value=None``: else Streamlit takes its smallest number for an empty box.
    """
    if typed is None:
        state.tell(f"{label}: there was no number in the box, so the one before stays")
    return typed is not None


def position(label: str, tokens: Sequence[str], *, key: str, default: int) -> int:
    """A position of a sentence, counted from 0, kept in the link: its words side by side, one of them chosen.

    Args:
        tokens: The words, as Markdown.
        key: ``<page>.<choice>``.
        default: A position of the sentence.
    """
    now = int(kept_number(key, 0, len(tokens) - 1, default))
    widget = f"choice_{key}"
    st.session_state[widget] = now
    st.radio(
        label, list(range(len(tokens))), format_func=lambda t: tokens[t], horizontal=True, key=widget,
        on_change=lambda: state.choose(key, str(st.session_state[widget]), str(default)),
    )  # fmt: skip
    return now


def kept_number(key: str, low: float, high: float, default: float) -> float:
    """The number of the link; one outside the limits is corrected, and the next run says so.

    Args:
        key: ``<page>.<choice>``.

    Returns:
        An ``int`` if the limits and the default are.
    """
    text = state.view(key)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    whole = _is_whole(low, high, default)
    kept = default if math.isnan(number) else min(high, max(low, number))
    kept = int(kept) if whole else kept
    if kept != number:
        kind = "a whole number" if whole else "a number"
        state.tell(f"{key} must be {kind} in {low:.10g}..{high:.10g}; got {quoted(text)}: {kept:.10g} is used")
        state.choose(key, f"{kept:.10g}", f"{default:.10g}")
        state.begin_again()
    return kept


def _is_whole(*numbers: float) -> bool:
    return all(isinstance(number, int) for number in numbers)


def slug(name: str) -> str:
    """The label of a choice, as a link writes it."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")


def _joined(names: Sequence[str]) -> str:
    return "+".join(map(slug, names)) or "none"
