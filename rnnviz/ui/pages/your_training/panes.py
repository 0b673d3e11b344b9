"""The figures of a view: of one record two by two, of two records one beside the other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rnnviz.ui.pages.your_training import drawing, film
from rnnviz.ui.pages.your_training.choosing import Chosen
from rnnviz.ui.pages.your_training.drawing import Place, Request
from rnnviz.ui.selection import state
from rnnviz.ui.shell import components, frame


def show(shown: Sequence[Chosen], place: Place, functions: Sequence[str], rows: Mapping[str, int]) -> None:
    """Draw the figures for which there are numbers.

    Args:
        shown: One record or two.
        place: Of the first one.
        rows: The row that is shown, by the record's name; the last one if it is not there.
    """
    if len(shown) == 1:
        (of,) = shown
        names = drawing.available(functions, of.record, place)
        for two in (names[k : k + 2] for k in range(0, len(names), 2)):
            for column, name in zip(frame.pair(f"your_training_{two[0]}", (1, 1)), two, strict=False):
                with column:
                    _figure(Request(name, place, frame.theme(), rows.get(of.name)), of, None)
        return
    for name in functions:
        _both(name, shown, place, rows)


def _both(name: str, shown: Sequence[Chosen], place: Place, rows: Mapping[str, int]) -> None:
    """A figure of both records, with the same axes; of one that has no numbers for it, why not."""
    first, second = shown
    pairs = ((first, second, place), (second, first, drawing.same_place(second.record, place)))
    have = [one.name for one, _, its in pairs if drawing.available((name,), one.record, its)]
    if not have:
        return
    columns = frame.pair(f"your_training_{name}", (1, 1))
    for k, (column, (one, other, its)) in enumerate(zip(columns, pairs, strict=True)):
        with column:
            if one.name in have:
                request = Request(name, its, frame.theme(), rows.get(one.name))
                _figure(request, one, other if other.name in have else None, k)
            else:
                frame.note(f"{one.label} has no numbers for this figure.")


def _figure(request: Request, of: Chosen, beside: Chosen | None, k: int = 0) -> None:
    """One figure; while the film goes on, its curves as a widget, since a chart of plotly is made anew each time."""
    if film.is_playing():
        if request.function == "watched_steps":
            message = drawing.film_picture(request, of, beside, present=state.current().present)
            components.live_curves(message, key=f"your_training.film_{k}")
            return
        request = replace(request, row=None)
    figure = drawing.figure_of(request, of, beside)
    frame.show(
        figure, key=f"your_training.{request.function}_{k}", alt=figure.layout.meta["alt"],
        code=lambda: drawing.code_of(request, of, beside),
    )  # fmt: skip
