"""The figures of the page, each kept for all who ask the same."""

from typing import TYPE_CHECKING

from rnnviz.caching import cached
from rnnviz.palette import Theme
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw
from rnnviz.ui.pages.dynamics.request import Request, in_words
from rnnviz.ui.pages.dynamics.search import Found
from rnnviz.ui.selection import described

if TYPE_CHECKING:
    from rnnviz.figures import Figure


def of_eigenvalues(request: Request) -> Drawing:
    """The call that draws the eigenvalues."""
    return Drawing("eigenvalues", Raw("points"), caption=_caption(request))


def of_modes(request: Request, found: Found) -> Drawing:
    """The call that draws the modes of a point."""
    names: dict[str, object] = {"names": list(found.outputs.names)} if found.outputs.weight is not None else {}
    return Drawing("leading_modes", Raw("modes"), request.network.model.cell, **names, caption=_caption(request))


@cached(16)
def eigenvalues(request: Request, _found: Found, theme: Theme) -> "Figure":
    """The figure of the eigenvalues; what was found follows from the request."""
    return of_eigenvalues(request).figure(_found.points, theme=theme)


@cached(16)
def modes(request: Request, _found: Found, point: int, theme: Theme) -> "Figure":
    """The figure of the modes of a point."""
    return of_modes(request, _found).figure(_found.modes[point], theme=theme)


def _caption(request: Request) -> list[str]:
    return [*described.sentences(request.network), f"Constant input: {in_words(request)}."]
