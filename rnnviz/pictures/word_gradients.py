"""Words coloured by the gradient of the output at a step."""

from collections.abc import Sequence

import numpy as np

from rnnviz import palette
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.packing import exact
from rnnviz.widgets.words import unknown_key


def word_gradients(
    tokens: Sequence[str],
    norms: np.ndarray,
    *,
    caption: str = "",
    first: int = 0,
    t: int | None = None,
    unknown: Sequence[int] = (),
) -> Drawn:
    """The words of a text by how much each of them affects an output; the output step is chosen in the picture.

    Args:
        norms: Of shape (output step, time). The norm of the gradient of each output by each input.
        caption: The network, and what its output is.
        first: The step of the first row.
        t: The selected output step; by default that of the last row.
        unknown: The steps whose token the network does not know.

    >>> import numpy as np
    >>> from rnnviz import pictures
    >>> pictures.word_gradients(["not", "good"], np.array([[0.5, 0.0], [0.2, 0.9]]))
    Drawn(How words affect the output)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(norms > 0, np.log10(norms), np.where(np.isnan(norms), np.nan, -1000.0))
    data = {
        "tokens": list(tokens),
        "logs": exact(logs),
        "first": first,
        "unknown": list(unknown),
        "caption": f"{caption}{unknown_key(unknown)}".strip(),
        "palette": palette.themes(),
        "start": {"id": "alone", "t": first + len(norms) - 1 if t is None else t, "steps": len(tokens)},
    }
    return Drawn("word_gradients", "How words affect the output", data)
