"""Figures as Streamlit takes them, without what plotly would do again in each run for a figure that is kept."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rnnviz.caching import cached

if TYPE_CHECKING:
    from rnnviz.figures import Figure


@dataclass(frozen=True)
class _Plain:
    """The data of a figure, which is held too, so that no other has its identity as long as this is kept."""

    figure: "Figure"
    data: dict[str, Any]


@cached(200)
def _plain(
    identity: int,  # noqa: ARG001 - what the data are kept by
    _figure: "Figure",
) -> _Plain:
    return _Plain(_figure, _figure.to_dict())


def for_streamlit(figure: "Figure") -> "Figure":
    """A stand-in for a figure that nobody changes any more: all it can do is give its data, made once for all runs.

    ``Figure.to_dict`` copies and encodes every array anew, which took a fifth of a run of the page Gradients.
    """
    data = _plain(id(figure), figure).data
    stand_in: Figure = object.__new__(type(figure))
    vars(stand_in)["to_dict"] = lambda: data
    return stand_in
