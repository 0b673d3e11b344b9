"""Figures as Streamlit takes them, without what plotly would do again in each run for a figure that is kept."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rnnviz.caching import cached

if TYPE_CHECKING:
    from rnnviz.figures import Figure


@dataclass(frozen=True)
class Kept:
    """What every run asks of a figure, which is held too, so that no other has its identity as long as this is kept.

    Attributes:
        data: As ``Figure.to_dict`` gives it.
        title: As plain text.
        height: In pixels, where the usual one leaves the picture no room.
    """

    figure: "Figure"
    data: dict[str, Any]
    title: str
    height: int | None


@cached(200)
def _kept(
    identity: int,  # noqa: ARG001 - what is kept is kept by it
    _figure: "Figure",
) -> Kept:
    from rnnviz import figures

    return Kept(_figure, _figure.to_dict(), figures.titled(_figure), figures.roomy(_figure))


def kept(figure: "Figure") -> Kept:
    """What every run asks of a figure that nobody changes any more; plotly would work it out in each."""
    return _kept(id(figure), figure)


def for_streamlit(figure: "Figure") -> "Figure":
    """A stand-in for a figure that nobody changes any more: all it can do is give its data, made once for all runs.

    ``Figure.to_dict`` copies and encodes every array anew, which took a fifth of a run of the page Gradients.
    """
    data = kept(figure).data
    stand_in: Figure = object.__new__(type(figure))
    vars(stand_in)["to_dict"] = lambda: data
    return stand_in
