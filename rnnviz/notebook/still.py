"""A picture of ``rnnviz.pictures``, as a notebook shows it: it is stepped through, and asks for nothing."""

from rnnviz.widgets.alone import PLAIN
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.packing import message


class Still:
    """A widget that has got all that it shows."""

    t: int = 0
    units: tuple[int, ...] = ()

    def __init__(self, drawn: Drawn) -> None:
        self._drawn, self.widget, self.title = drawn, drawn.widget, drawn.title
        self.heading = "" if drawn.is_titled else drawn.title

    def message(self) -> bytes | dict[str, object]:
        """What the widget gets."""
        data = self.whole()
        return data if self.widget in PLAIN else message(data)

    def whole(self) -> dict[str, object]:
        """The same: it asks for nothing."""
        return dict(self._drawn.data)

    def hear(self, _name: str, _value: object) -> bool:
        """It answers nothing."""
        return False
