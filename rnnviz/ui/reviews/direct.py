"""The answer to a key in a review without a run of its page, for a server that is asked over HTTP.

A run of a part of a page takes the server more than twice as long as the prediction, and the browser as long again to
draw what has not changed. So a key is answered alone, and the page runs once nobody types. A network that is still
loading, one from a visitor's file, and ``streamlit run`` answer by the page.
"""

import json
from dataclasses import dataclass
from typing import Final

from rnnviz.ui.reviews.answers import NETWORKS, answer, box, curves
from rnnviz.ui.shell import modules, networks, one_by_one, warmup
from rnnviz.ui.widgets.typed import plain

ADDRESS: Final = "/answers/review"

LONGEST: Final = 10_000
"""Characters of a text that is answered so. A longer one takes a tenth of a second, and is one for the page."""

MOST_BYTES: Final = 6 * LONGEST + 1_000
"""Of a question: JSON takes up to six bytes for a character."""

_LONGEST_NAME: Final = 40


@dataclass(frozen=True)
class Question:
    """A text that somebody types.

    Attributes:
        box: The text box, by the name that the page gave it: what is known of its last text is not computed again.
        network: Of ``answers.NETWORKS``.
        in_words: Whether the curves over the words are asked for, too.
    """

    box: str
    network: str
    text: str
    in_words: bool


def offered(network: str, *, in_words: bool) -> dict[str, object] | None:
    """What the text box needs to ask for answers itself; None where the page has to answer.

    Args:
        network: The one that classifies.
        in_words: Whether the curves are on show.
    """
    if not modules.is_served() or warmup.is_loading():
        return None
    return {"address": ADDRESS, "longest": LONGEST, "box": box(), "network": network, "in_words": in_words}


def question(raw: bytes) -> Question:
    """What a browser asks.

    Raises:
        ValueError: If it is no question; says what was expected.
    """
    try:
        asked = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError("a question must be JSON") from None
    match asked:
        case {"box": str(box), "network": str(network), "text": str(text), "in_words": bool(in_words)}:
            if network not in NETWORKS.values():
                raise ValueError(f"network must be one of {', '.join(NETWORKS.values())}")
            if len(text) > LONGEST:
                raise ValueError(f"a text must have at most {LONGEST:,} characters; got {len(text):,}")
            return Question(box[:_LONGEST_NAME], network, plain(text), in_words)
    raise ValueError("a question must have the texts box, network and text, and in_words, which is true or false")


@one_by_one.runs
def answered(asked: Question) -> dict[str, object]:
    """``said``, the prediction as from ``answers.answer``, and ``words``, the curves.

    The curves are None where they are not asked for, and where they wait until nobody types.
    """
    model = networks.sentiment_model(asked.network)
    reading = model.read(asked.text)
    said = answer(model, asked.text, reading)
    words = curves(model, reading, said["probability"], asked.box, rests=False) if asked.in_words else None
    return {"said": said, "words": words}
