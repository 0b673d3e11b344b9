"""The saved numbers of a review's prediction word by word."""

import pandas as pd

from rnnviz.ui.reviews.answers import WORDS
from rnnviz.ui.shell import networks
from rnnviz.widgets.words import NAMES


def predicted(name: str, text: str) -> pd.DataFrame:
    """The probability of “positive” after each word of a review, and by each direction alone: a row a word."""
    from rnnviz.sentiment.streams import alone

    model = networks.sentiment_model(name)
    reading = model.read(text, WORDS)
    lines = {"running": model.running(text, WORDS)}
    halves = {str(direction): row for direction, row in alone(model, text, WORDS).items()} if reading.ids else {}
    if len(halves) > 1:
        lines |= halves
    known = [int(number != 0) for number in reading.ids]
    columns = {f"P(positive) {NAMES[key]}": row for key, row in lines.items()}
    return pd.DataFrame({"input": reading.tokens, "known": known, **columns}).rename_axis("t")
