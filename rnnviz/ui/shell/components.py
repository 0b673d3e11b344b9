"""The widgets that run in the browser: each is registered once and mounted with plain data."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import streamlit as st

from rnnviz.ui.shell import modules
from rnnviz.widgets.packing import message
from rnnviz.widgets.sources import PART_OF_PAGE


def _register(name: str, *, sent: Callable[[Any], object] = message) -> Callable[..., None]:
    """Register a widget.

    The function that comes back mounts it with its data, which pass through ``sent``, its key, and a callback for
    each name under which the browser reports.
    """
    component = st.components.v2.component(
        f"rnnviz_{name}", js=modules.of(name).sent, isolate_styles=name not in PART_OF_PAGE
    )

    def mount(
        data: object, key: str, width: Literal["stretch", "content"] = "stretch", **heard: Callable[[Any], None]
    ) -> None:
        acts: dict[str, Any] = {f"on_{told}_change": _heard(key, told, act) for told, act in heard.items()}
        component(key=key, data=sent(data), width=width, **acts)

    return mount


def _heard(key: str, name: str, act: Callable[[Any], None]) -> Callable[[], None]:
    """A callback that passes on what the browser has sent under a name."""

    def callback() -> None:
        value = getattr(st.session_state[key], name, None)
        if value is not None:
            act(value)

    return callback


def _kept(_: object) -> None:
    """Do nothing: the session keeps the value under the widget's key until the next run asks for it."""


_bar = _register("bar", sent=dict)
_tour = _register("tour", sent=dict)
_step_through = _register("step_through")
_panels = _register("panels")
_word_gradients = _register("word_gradients")
_cliff = _register("cliff")
_phase_plane = _register("phase_plane")
_live_curves = _register("live_curves", sent=bytes)
_live_grid = _register("live_grid", sent=dict)
_review = _register("review", sent=dict)
_kept_text = _register("kept_text", sent=dict)
_colored_text = _register("colored_text")
_phrase = _register("phrase")
_review_words = _register("review_words", sent=dict)
_sequence_kinds = _register("sequence_kinds", sent=dict)
_listing = _register("listing", sent=dict)
_unrolled = _register("unrolled")
_text_numbers = _register("text_numbers", sent=dict)
_writing = _register("writing")
_word_weights = _register("word_weights")
_decoding = _register("decoding")
_reader = _register("reader")
_save_figure = _register("save_figure", sent=dict)
_save_walk = _register("save_walk", sent=dict)


def bar(
    data: Mapping[str, object],
    *,
    on_present: Callable[[object], None],
    on_asked: Callable[[object], None],
    on_saved: Callable[[object], None],
    on_opened: Callable[[object], None],
    on_ready: Callable[[object], None],
    on_themed: Callable[[object], None],
) -> None:
    """Mount the bar at the top right of every page.

    Args:
        data: As ``ui.shell.bar`` makes it.
        on_present: Hears whether pictures are shown alone, their scale, whether the window is wide, and whether the
            question is up: ``{"on": True, "scale": 1.5, "wide": True, "question": False}``.
        on_asked: Hears the address whose QR code is wanted.
        on_saved: Hears that the view is wanted as a file.
        on_opened: Hears the text of a view file.
        on_ready: Hears what ``on_present`` hears, once the browser has shown the page, if the data's ``start`` is not
            ``ready``. Of two reports of one component that wait for the same run, the first is lost.
        on_themed: Hears that the visitor sees another theme than the page was drawn for.
    """
    _bar(
        data,
        "bar",
        "content",
        present=on_present,
        asked=on_asked,
        saved=on_saved,
        opened=on_opened,
        ready=on_ready,
        themed=on_themed,
    )


def tour(data: Mapping[str, object], *, key: str, on_asked: Callable[[object], None]) -> None:
    """Mount a tour's bar; ``on_asked`` hears that the visitor goes to a stop, ``{"to": 3}``, or ``{"leave": True}``."""
    _tour(data, key, asked=on_asked)


def step_through(
    data: Mapping[str, object],
    *,
    key: str,
    on_t: Callable[[int], None],
    on_picture: Callable[[object], None],
    on_unit: Callable[[object], None],
    on_change: Callable[[Mapping[str, Any]], None],
) -> None:
    """Mount the stepper. The session keeps the steps that it needs next as ``look`` under ``key``.

    Args:
        data: As ``ui.widgets.step_view.data`` makes it.
        on_t: Hears the selected step once it has settled.
        on_picture: Hears which picture is on show: "unrolled", "rolled", "cell" or "backward".
        on_unit: Hears which unit of the cell is shown alone, or None.
        on_change: Hears a change that needs a new run: ``{"kind": "edit" | "undo" | "reset" | "select", …}``.
    """
    _step_through(data, key, t=on_t, picture=on_picture, unit=on_unit, change=on_change, look=_kept)


def panels(
    data: Mapping[str, object],
    *,
    key: str,
    on_t: Callable[[int], None],
    on_chosen: Callable[[Mapping[str, Any]], None],
) -> None:
    """Mount linked heatmaps, unit by time. The session keeps the steps that they need next as ``look`` under ``key``.

    Args:
        data: As ``ui.widgets.panel_view.data`` makes it.
        on_t: Hears the selected step once it has settled.
        on_chosen: Hears ``{"units": [...], "range": [first, last] or None, "threshold": 0.37 or None,
            "order": "index"}``.
    """
    _panels(data, key, t=on_t, chosen=on_chosen, look=_kept)


def word_gradients(data: Mapping[str, object], *, key: str, on_t: Callable[[int], None]) -> None:
    """Mount words coloured by the gradient of an output step; ``on_t`` hears the chosen step once it has settled."""
    _word_gradients(data, key, t=on_t)


def cliff(
    data: Mapping[str, object], *, key: str, on_start: Callable[[object], None], on_t: Callable[[object], None]
) -> None:
    """Mount the map of an error surface with two descents on it.

    Args:
        data: As ``pictures.cliff`` makes it, with ``turn``.
        on_start: Hears where the descents shall start: ``{"place": [w, b], "turn": n}``.
        on_t: Hears the selected step of the descents once it has settled.
    """
    _cliff(data, key, start=on_start, t=on_t)


def phase_plane(
    data: Mapping[str, object], *, key: str, on_t: Callable[[int], None], on_point: Callable[[object], None]
) -> None:
    """Mount a plane of states with fixed points and the way of a sequence.

    Args:
        data: As ``pictures.phase_plane`` makes it.
        on_t: Hears the selected step once it has settled.
        on_point: Hears the number of a point that was clicked.
    """
    _phase_plane(data, key, t=on_t, point=on_point)


def live_curves(data: bytes, *, key: str) -> None:
    """Mount the curves of a training; each call replaces the picture before."""
    _live_curves(data, key)


def live_grid(data: Mapping[str, object], *, key: str, on_pick: Callable[[int], None]) -> None:
    """Mount a grid of trainings that fills in; ``on_pick`` hears the number of the clicked cell, counted row by row."""
    _live_grid(data, key, pick=lambda pick: on_pick(int(pick["cell"])))


def review(
    data: Mapping[str, object], *, key: str, on_typed: Callable[[object], None], on_settled: Callable[[object], None]
) -> None:
    """Mount the text box that is answered while the visitor types.

    Args:
        data: As ``ui.reviews.view`` makes it.
        on_typed: Hears every key: ``{"start": opening, "count": keys since then, "text": what stands in the box}``.
            Nothing where the box itself asks for answers (``ui.reviews.direct``).
        on_settled: Hears the same when typing rests.
    """
    _review(data, key, typed=on_typed, settled=on_settled)


def kept_text(data: Mapping[str, object], *, key: str, on_found: Callable[[object], None]) -> None:
    """Mount what keeps the text of a box of the page in the visitor's tab.

    Args:
        data: ``box``, the CSS name of the box's key; ``begun``, whether the session has its text; ``linked``, whether
            the link has something in place of the text, which then comes back after a reload alone.
        on_found: Hears the text, once, if the tab has one that the session has not.
    """
    _kept_text(data, key, found=on_found)


def review_words(data: Mapping[str, object], *, key: str) -> None:
    """Mount the prediction word by word; ``data`` is of ``ui.reviews.view.words``, with ``count`` and ``palette``."""
    _review_words(data, key)


def word_weights(data: Mapping[str, object], *, key: str) -> None:
    """Mount the words that are coloured by their weight of attention."""
    _word_weights(data, key)


def writing(data: Mapping[str, object], *, key: str, on_t: Callable[[object], None]) -> None:
    """Mount a text that a network writes or reads, step by step.

    Args:
        data: As ``ui.pages.characters.writing_payload.payload`` makes it, with ``token``, ``start`` and ``palette``.
        on_t: Hears the selected step once it has settled: ``{"token": of what, "t": step}``.
    """
    _writing(data, key, t=on_t)


def decoding(
    data: Mapping[str, object],
    *,
    key: str,
    on_typed: Callable[[object], None],
    on_t: Callable[[object], None],
    on_place: Callable[[object], None],
    on_change: Callable[[object], None],
) -> None:
    """Mount a decoding, to be stepped through.

    Args:
        data: As ``ui.pages.attention.view`` makes it.
        on_typed: Hears the text of its box: ``{"start": opening, "count": keys since then, "text": …}``.
        on_t, on_place: Hear the step and the place in the source once they have settled; a place below 0 is none.
        on_change: Hears a change that needs a new run: ``{"kind": "force" | "weight" | "undo" | "reset", …}``.
    """
    _decoding(data, key, typed=on_typed, t=on_t, place=on_place, change=on_change)


def sequence_kinds(data: Mapping[str, object], *, key: str, on_kind: Callable[[object], None]) -> None:
    """Mount the kinds of sequence problem; ``on_kind`` hears the name of the chosen one."""
    _sequence_kinds(data, key, kind=on_kind)


def listing(data: Mapping[str, object], *, key: str, on_block: Callable[[object], None]) -> None:
    """Mount a program in blocks; ``on_block`` hears the name of the chosen one."""
    _listing(data, key, block=on_block)


def unrolled(data: Mapping[str, object], *, key: str, on_t: Callable[[object], None]) -> None:
    """Mount a network unrolled over one sequence; ``on_t`` hears ``{"token": of what is shown, "t": step}``."""
    _unrolled(data, key, t=on_t)


def reader(
    data: Mapping[str, object], *, key: str, on_asked: Callable[[object], None], on_t: Callable[[object], None]
) -> None:
    """Mount the network of the home page, which reads what is typed.

    Args:
        data: As ``ui.pages.home.instrument.data`` makes it.
        on_asked: Hears every change: ``{"start": opening, "count": changes since then, "story": "brackets", "text": …,
            "cell": "lstm", "lowered": False}``.
        on_t: Hears the step that has come to rest, and of which text: ``{"text": …, "t": 3}``.
    """
    _reader(data, key, asked=on_asked, t=on_t)


def colored_text(data: Mapping[str, object], *, key: str, on_chosen: Callable[[object], None]) -> None:
    """Mount the text in the colours of one unit.

    Args:
        data: As ``ui.pages.characters.neuron_payload.payload`` makes it, with ``start``.
        on_chosen: Hears what has settled: ``{"unit": 17, "t": 120, "what": the name of a property}``.
    """
    _colored_text(data, key, chosen=on_chosen)


def phrase(data: Mapping[str, object], *, key: str, on_chosen: Callable[[object], None]) -> None:
    """Mount the text in which a phrase is selected.

    Args:
        data: As ``ui.pages.characters.match_payload.payload`` makes it, with ``start``.
        on_chosen: Hears what has settled: ``{"span": [first, after the last], "level": 1, "alone": False}``.
    """
    _phrase(data, key, chosen=on_chosen)


def text_numbers(data: Mapping[str, object], *, key: str) -> None:
    """Mount sentences as tokens, numbers and a padded array, linked place by place."""
    _text_numbers(data, key)


def save_figure(data: Mapping[str, object], *, key: str, on_wanted: Callable[[object], None]) -> None:
    """Mount the buttons that save a figure or a widget.

    Args:
        data: The ``name`` of the file and its ``ground``, with ``title`` and ``link``; ``figure``, a figure of a fixed
            size as JSON, with ``alt``, or ``widget``, the key of a mounted one; the formats that are ``made`` here, and
            the last ``file``.
        on_wanted: Hears what shall be made, ``{"id": of the wish, "format": "csv"}``, or has come, ``{"id": …, "done":
            True}``.
    """
    _save_figure(data, key, wanted=on_wanted)


def save_walk(data: Mapping[str, object], *, key: str, on_frames: Callable[[object], None]) -> None:
    """Mount the buttons that save a widget's walk through time as a file.

    Args:
        data: As ``save_figure`` gets it for a widget, with ``most``, the limit of pictures, and ``answer``, the state
            of those that have come.
        on_frames: Hears some pictures at a time: ``{"id": of what, "first": 0, "frames": [PNG in base64, …], …}``.
    """
    _save_walk(data, key, frames=on_frames)
