"""The outputs of the network that a visitor selected, as widgets get them."""

from rnnviz.answers import noun_of
from rnnviz.ui.selection import Selection, checkpoint_of
from rnnviz.ui.shell import networks
from rnnviz.widgets.outputs import packed


def of_network(network: Selection, tag: str = "") -> dict[str, object] | None:
    """The outputs of the network of a selection from ``without_viewpoint``, under its name; None if it has none."""
    found, known = networks.outputs(network), checkpoint_of(network.model)
    return packed(found, tag, noun_of(known)) if found and known else None
