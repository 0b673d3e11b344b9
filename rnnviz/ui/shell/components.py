"""The widgets that run in the browser: registered once, and mounted with plain data."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import streamlit as st

from rnnviz import places
from rnnviz.ui.shell.bundling import bundle, redrawable, slim
from rnnviz.ui.shell.packing import message

ASSETS: Final = places.ASSETS / "components"


def _register(name: str, *, sent: Callable[[Any], object] = message, apart: bool = True) -> Callable[..., None]:
    """A widget that is kept apart from the page, with the looks of all widgets, or one that is a part of the page.

    It is mounted with its data, which are ``sent`` as bytes or as they are, its key, and by the name of what the
    browser tells whoever hears it.
    """
    folder = ASSETS / name
    styles = (*([ASSETS / "shared" / "base.css"] if apart else []), folder / f"{name}.css")
    component = st.components.v2.component(
        f"rnnviz_{name}",
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        css="\n".join(path.read_text(encoding="utf-8") for path in styles),
        js=slim(redrawable(bundle(folder / f"{name}.js")) if apart else bundle(folder / f"{name}.js")),
        isolate_styles=apart,
    )

    def mount(
        data: object, key: str, width: Literal["stretch", "content"] = "stretch", **heard: Callable[[Any], None]
    ) -> None:
        acts: dict[str, Any] = {f"on_{told}_change": _heard(key, told, act) for told, act in heard.items()}
        component(key=key, data=sent(data), width=width, **acts)

    return mount


def _heard(key: str, name: str, act: Callable[[Any], None]) -> Callable[[], None]:
    """A callback that hands on what the browser has sent under a name."""

    def callback() -> None:
        value = getattr(st.session_state[key], name, None)
        if value is not None:
            act(value)

    return callback


def _kept(_: object) -> None:
    """For what the session keeps under the widget's key until the next run asks for it."""


_bar = _register("bar", sent=dict, apart=False)
_tour = _register("tour", sent=dict, apart=False)
_step_through = _register("step_through")
_panels = _register("panels")
_word_gradients = _register("word_gradients")
_cliff = _register("cliff")
_live_curves = _register("live_curves", sent=bytes)
_live_grid = _register("live_grid", sent=dict)
_review = _register("review", sent=dict)
_colored_text = _register("colored_text")
_phrase = _register("phrase")
_review_words = _register("review_words", sent=dict)
_sequence_kinds = _register("sequence_kinds", sent=dict)
_unrolled = _register("unrolled")
_text_numbers = _register("text_numbers", sent=dict)
_writing = _register("writing")
_word_weights = _register("word_weights")
_decoding = _register("decoding")
_save_figure = _register("save_figure", sent=dict)
_save_walk = _register("save_walk", sent=dict)


def bar(
    data: Mapping[str, object],
    *,
    on_present: Callable[[object], None],
    on_asked: Callable[[object], None],
    on_saved: Callable[[object], None],
    on_opened: Callable[[object], None],
) -> None:
    """Mount what stands at the top right of every page.

    Args:
        data: As ``ui.shell.bar`` makes it.
        on_present: Hears whether the pictures are to be shown alone, how large, and whether with the question: ``{"on":
            True, "scale": 1.5, "question": False}``.
        on_asked: Hears the address that a QR code is wanted of.
        on_saved: Hears that the view is wanted as a file.
        on_opened: Hears the text of a view file.
    """
    _bar(data, "bar", "content", present=on_present, asked=on_asked, saved=on_saved, opened=on_opened)


def tour(data: Mapping[str, object], *, key: str, on_asked: Callable[[object], None]) -> None:
    """Mount the bar of a guided tour.

    Args:
        data: As ``ui.shell.touring`` makes it.
        key: Of the mounted widget.
        on_asked: Hears where the visitor wants to go, ``{"to": 3}``, or that he leaves, ``{"leave": True}``.
    """
    _tour(data, key, asked=on_asked)


def step_through(
    data: Mapping[str, object],
    *,
    key: str,
    on_t: Callable[[int], None],
    on_fold: Callable[[bool], None],
    on_change: Callable[[Mapping[str, Any]], None],
) -> None:
    """Mount the stepper.

    Args:
        data: As ``ui.widgets.step_view.data`` makes it.
        key: Of the mounted widget. What steps it is to be given next is kept in the session under it, as ``look``, and
            read by ``ui.widgets.step_view.data``.
        on_t: Hears the selected step once it has settled.
        on_fold: Hears whether the picture is folded.
        on_change: Hears a change that needs the network to run again: ``{"kind": "edit" | "undo" | "reset" | "select",
            …}``.
    """
    _step_through(data, key, t=on_t, fold=on_fold, change=on_change, look=_kept)


def panels(
    data: Mapping[str, object],
    *,
    key: str,
    on_t: Callable[[int], None],
    on_chosen: Callable[[Mapping[str, Any]], None],
) -> None:
    """Mount linked heatmaps, unit by time.

    Args:
        data: As ``ui.widgets.panel_view.data`` makes it.
        key: Of the mounted widget.
        on_t: Hears the selected step once it has settled.
        on_chosen: Hears the chosen units, range of steps, threshold and order of units: ``{"units": [...], "range":
            [first, last] or None, "threshold": 0.37 or None, "order": "index"}``. What steps it is to show is kept in
            the session under the key, as ``look``, and read by ``ui.widgets.panel_view.data``.
    """
    _panels(data, key, t=on_t, chosen=on_chosen, look=_kept)


def word_gradients(data: Mapping[str, object], *, key: str, on_t: Callable[[int], None]) -> None:
    """Mount the words that are coloured by the gradient of an output step by each of them.

    Args:
        data: As ``ui.gradient_figures.word_payload`` makes it, with ``start``.
        key: Of the mounted widget.
        on_t: Hears the chosen output step once it has settled.
    """
    _word_gradients(data, key, t=on_t)


def cliff(
    data: Mapping[str, object], *, key: str, on_start: Callable[[object], None], on_t: Callable[[object], None]
) -> None:
    """Mount the map of an error surface with two descents on it.

    Args:
        data: As ``ui.pages.clipping.cliff.payload`` makes it, with ``start`` and ``turn``.
        key: Of the mounted widget.
        on_start: Hears where the descents shall start: ``{"place": [w, b], "turn": n}``.
        on_t: Hears the selected step of the descents once it has settled.
    """
    _cliff(data, key, start=on_start, t=on_t)


def live_curves(data: bytes, *, key: str) -> None:
    """Mount curves of something that goes on; a new picture takes the place of the one before.

    Args:
        data: As ``ui.widgets.live_view`` makes it.
        key: Of the mounted widget.
    """
    _live_curves(data, key)


def live_grid(data: Mapping[str, object], *, key: str, on_pick: Callable[[int], None]) -> None:
    """Mount a grid of trainings that fills in.

    Args:
        data: As ``ui.pages.memory.payload`` makes it.
        key: Of the mounted widget.
        on_pick: Hears which cell was clicked, counted row by row.
    """
    _live_grid(data, key, pick=lambda pick: on_pick(int(pick["cell"])))


def review(
    data: Mapping[str, object], *, key: str, on_typed: Callable[[object], None], on_settled: Callable[[object], None]
) -> None:
    """Mount the text box that is answered while one types.

    Args:
        data: As ``ui.reviews.view`` makes it.
        key: Of the mounted widget.
        on_typed: Hears every key: ``{"start": opening, "count": keys since then, "text": what stands in the box}``.
        on_settled: Hears ``start`` and ``count`` when typing rests.
    """
    _review(data, key, typed=on_typed, settled=on_settled)


def review_words(data: Mapping[str, object], *, key: str) -> None:
    """Mount the judgement word by word.

    Args:
        data: As ``ui.reviews.view.words`` makes it, with ``count`` and ``palette``.
        key: Of the mounted widget.
    """
    _review_words(data, key)


def word_weights(data: Mapping[str, object], *, key: str) -> None:
    """Mount the words that are coloured by their weight of attention.

    Args:
        data: As ``ui.pages.attention.review.payload`` makes it.
        key: Of the mounted widget.
    """
    _word_weights(data, key)


def writing(data: Mapping[str, object], *, key: str, on_t: Callable[[object], None]) -> None:
    """Mount a text that a network writes or reads, step by step.

    Args:
        data: As ``ui.writing_payload.payload`` makes it, with ``token``, ``start`` and ``palette``.
        key: Of the mounted widget.
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
    """Mount a decoding that is stepped through.

    Args:
        data: As ``ui.pages.attention.view`` makes it.
        key: Of the mounted widget.
        on_typed: Hears what stands in its box: ``{"start": opening, "count": keys since then, "text": …}``.
        on_t, on_place: Hear the step and the place of the source once they have settled; a place below 0 is none.
        on_change: Hears a change that needs the network to run again: ``{"kind": "force" | "weight" | "undo" | "reset",
            …}``.
    """
    _decoding(data, key, typed=on_typed, t=on_t, place=on_place, change=on_change)


def sequence_kinds(data: Mapping[str, object], *, key: str, on_kind: Callable[[object], None]) -> None:
    """Mount the kinds of sequence problem, to choose one.

    Args:
        data: As ``ui.sequence_view`` makes it.
        key: Of the mounted widget.
        on_kind: Hears the name of the chosen one.
    """
    _sequence_kinds(data, key, kind=on_kind)


def unrolled(data: Mapping[str, object], *, key: str, on_t: Callable[[object], None]) -> None:
    """Mount a network unrolled over one sequence.

    Args:
        data: As ``ui.sequence_view.payload`` makes it.
        key: Of the mounted widget.
        on_t: Hears the selected step once it has settled: ``{"token": of what is shown, "t": step}``.
    """
    _unrolled(data, key, t=on_t)


def colored_text(data: Mapping[str, object], *, key: str, on_chosen: Callable[[object], None]) -> None:
    """Mount the text in the colours of one unit.

    Args:
        data: As ``ui.pages.characters.neuron_payload.payload`` makes it, with ``start``.
        key: Of the mounted widget.
        on_chosen: Hears what has settled: ``{"unit": 17, "t": 120, "what": the name of a property}``.
    """
    _colored_text(data, key, chosen=on_chosen)


def phrase(data: Mapping[str, object], *, key: str, on_chosen: Callable[[object], None]) -> None:
    """Mount the text in which a phrase is selected.

    Args:
        data: As ``ui.pages.characters.match_payload.payload`` makes it, with ``start``.
        key: Of the mounted widget.
        on_chosen: Hears what has settled: ``{"span": [first, after the last], "level": 1, "alone": False}``.
    """
    _phrase(data, key, chosen=on_chosen)


def text_numbers(data: Mapping[str, object], *, key: str) -> None:
    """Mount sentences as tokens, numbers and a padded array, linked place by place.

    Args:
        data: As ``ui.text_numbers_view.payload`` makes it, with ``palette``.
        key: Of the mounted widget.
    """
    _text_numbers(data, key)


def save_figure(data: Mapping[str, object], *, key: str, on_wanted: Callable[[object], None]) -> None:
    """Mount the buttons that save a figure or a widget.

    Args:
        data: The ``name`` of the file and its ``ground``; ``figure``, a figure of a fixed size as JSON, or ``widget``,
            the key of a mounted one, with ``title`` and ``link``; the formats that are ``made`` here, and the last
            ``file``.
        key: Of the mounted widget.
        on_wanted: Hears what is to be made, ``{"id": of the wish, "format": "csv"}``, and that it has come, ``{"id": …,
            "done": True}``.
    """
    _save_figure(data, key, wanted=on_wanted)


def save_walk(data: Mapping[str, object], *, key: str, on_frames: Callable[[object], None]) -> None:
    """Mount what saves a widget's walk through time as a file.

    Args:
        data: What ``save_figure`` is given of a widget, the ``most`` pictures there may be, and ``answer``, what is
            known of those that were sent.
        key: Of the mounted widget.
        on_frames: Hears of pictures, some at a time: ``{"id": of what, "first": 0, "frames": [PNG in base64, …], …}``.
    """
    _save_walk(data, key, frames=on_frames)
