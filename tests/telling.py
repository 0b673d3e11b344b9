"""What a tour that ships says, for the tests that compute its numbers."""

from typing import Final

from rnnviz import tours
from rnnviz.tours import Stop
from rnnviz.ui.selection import Selection
from rnnviz.ui.selection.link import from_params


class Told:
    """The stops of a tour by their titles; called with a title and numbers, the stop, which has to speak of them."""

    def __init__(self, name: str) -> None:
        shelved = tours.find(name)
        assert shelved is not None
        assert shelved.tour is not None, shelved.problems
        self.stops: Final = {stop.title: stop for stop in shelved.tour.stops}

    def __call__(self, title: str, *numbers: str) -> Stop:
        stop = self.stops[title]
        said = " ".join((stop.text, stop.question, stop.answer)).replace("\n", " ")
        assert [number for number in numbers if number not in said] == []
        return stop


def selection_of(stop: Stop) -> Selection:
    """What a stop shows."""
    selection, problems = from_params(dict(stop.params))
    assert problems == []
    return selection


def percent(number: float) -> str:
    """A share as tours write it."""
    return f"{100 * number:.0f} %"
