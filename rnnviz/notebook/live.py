"""A widget beside a kernel: what is clicked and typed comes back to Python, and the network is run again."""

from functools import cache
from typing import Any, Final

import anywidget
import traitlets

from rnnviz import palette, places
from rnnviz.notebook.pages import Picture, Saved
from rnnviz.palette import Theme
from rnnviz.widgets import bundling, sources
from rnnviz.widgets.alone import variables

_SCRIPT: Final = places.ASSETS / "notebook" / "live.js"


class Live(Saved, anywidget.AnyWidget):
    """A widget that a kernel answers.

    Attributes:
        t: The selected step, once it has settled; a trait, so that ``observe`` hears of it. It cannot be set.
        units: The chosen units, likewise.
        problem: What was wrong with the last change, if anything was.
    """

    message: Any = traitlets.Any().tag(sync=True)
    themes = traitlets.Dict().tag(sync=True)
    heading = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    t = traitlets.Int(0, read_only=True)
    units: Any = traitlets.Tuple(read_only=True)

    def __init__(self, picture: Picture, theme: Theme) -> None:
        self._picture, self._theme = picture, theme
        super().__init__(
            message=picture.message(),
            heading=picture.heading,
            themes={name: variables(name) for name in palette.GROUNDS},
        )
        self.on_msg(self._take)

    def __repr__(self) -> str:
        """What is on show."""
        return f"Live({self._picture.title})"

    def _take(self, _widget: object, content: Any, _buffers: object) -> None:
        """Hear what the browser says: anything, but of somebody who may run code here anyway."""
        if not isinstance(content, dict):
            return
        try:
            is_new = self._picture.hear(str(content.get("name")), content.get("value"))
        except (TypeError, ValueError) as error:
            self.problem = str(error)
            return
        with self.hold_sync():
            self.problem = ""
            self.set_trait("t", self._picture.t)
            self.set_trait("units", self._picture.units)
            if is_new:
                self.message = self._picture.message()


@cache
def kind(widget: str) -> type[Live]:
    """The class for a widget, which holds its script."""
    script = bundling.module(_SCRIPT, "notebook")
    module = sources.source(widget, ending=f"{script}\nexport default {{ render: notebook.render }};")
    return type(f"Live_{widget}", (Live,), {"_esm": module, "__doc__": Live.__doc__})
