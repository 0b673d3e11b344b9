"""The words of a review by how much each counts: by attention, by the gradient, and when it is left out."""

from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz import palette
from rnnviz.widgets import packing
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.words import unknown_key

if TYPE_CHECKING:
    from rnnviz.sentiment.faithfulness import Sizes

UNITS: Final = ("", "logit", "logit")
"""Those of attention, gradient and leaving out."""


def word_weights(found: "Sizes", *, network: str, longest: int | None = None) -> Drawn:
    """The words coloured by their weights, with a bar for each way of measuring.

    Args:
        network: Its name.
        longest: The most tokens that were read.

    >>> from rnnviz import pictures, sentiment
    >>> from rnnviz.sentiment import faithfulness
    >>> found = faithfulness.sizes(sentiment.load("bilstm"), "It was not good.", 400)
    >>> pictures.word_weights(found, network="BiLSTM with attention")
    Drawn(The words of a review by their attention weights)
    """
    from rnnviz.sentiment.faithfulness import WAYS

    heavy = [found.tokens[t] for t in np.argsort(-found.values, 1, kind="stable")[:, 0].tolist()]
    most = f"Most attention: “{heavy[0]}”; largest gradient: “{heavy[1]}”; largest change when left out: “{heavy[2]}”."
    is_cut = len(found.tokens) == longest
    rest = f" Only the first {longest} tokens are used, as if the review ended there." if is_cut else ""
    rest += unknown_key(found.unknown)
    data = {
        "title": "Attention weights and importance of the words",
        "foot": f"{network}. {most} Each bar is relative to the longest bar of its kind.{rest}",
        "tokens": list(found.tokens),
        "unknown": list(found.unknown),
        "ways": [{"name": way, "unit": unit} for way, unit in zip(WAYS, UNITS, strict=True)],
        "values": packing.exact(found.values),
        "palette": palette.themes(),
    }
    return Drawn("word_weights", "The words of a review by their attention weights", data)
