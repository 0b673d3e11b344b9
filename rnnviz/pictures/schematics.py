"""Schematic pictures of the two programs: boxes and arrows, each with the parts of the program that it stands for."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

Drawn = dict[str, Any]

SENTIMENT_PARTS: Final = {
    "text": "The marked part is the text.",
    "ids": "The marked part is the numbers of the words.",
    "embedding": "The marked part is the embedding: a vector for each word.",
    "lstm": "The marked part is the LSTM: both directions and their last states.",
    "stacked": "The picture has one LSTM. In the two-layer network, a second one follows it and reads all its states.",
    "dense": "The marked part is the linear layer with ReLU.",
    "output": "The marked part is the output layer: one logit.",
    "loss": "The marked part is the loss.",
    "network": "The marked parts are the layers with parameters.",
}
MANUAL_PARTS: Final = {
    "x": "The marked part is the input of each step.",
    "W_ih": "The marked arrows go from each input to the state of the same step.",
    "W_hh": "The marked arrows go from each state to the next one.",
    "weights": "The marked arrows are the two matrices; each is the same at every step.",
    "h": "The marked part is the state of each step.",
    "output": "The marked part is the output of each step, and the last state.",
}

_HIGH: Final = 24
"""Of a box."""


def sentiment() -> Drawn:
    """The network of the sentiment program on four words, from below."""
    words = ("the", "film", "is", "superb")
    columns = [150 + 72 * k for k in range(len(words))]
    first, last = columns[0], columns[-1]
    names = ("loss", "output", "dense", "reverse", "forward", "embedding", "ids", "text")
    y = {name: 18 + 38 * k for k, name in enumerate(names)}
    top, foot = ({name: at + side * _HIGH / 2 for name, at in y.items()} for side in (-1, 1))
    middle, width = (first + last) / 2, last - first + 56

    def through(part: str, row: str, labels: Iterable[str], wide: int = 52) -> list[Drawn]:
        parts = (part, "network", *(("stacked",) if part == "lstm" else ()))
        return [_box(parts, x, y[row], wide, label) for x, label in zip(columns, labels, strict=True)]

    def up(part: str, low: str, high: str, beside: int = 0) -> list[Drawn]:
        return [_arrow((part,), [(x + beside, top[low]), (x + beside, foot[high])]) for x in columns]

    boxes = [
        _box(("loss",), middle, y["loss"], width, "BCEWithLogitsLoss"),
        _box(("output", "network"), middle, y["output"], width, "Linear: 1"),
        _box(("dense", "network"), middle, y["dense"], width, "Linear: 64, ReLU"),
        *through("lstm", "reverse", ["LSTM"] * 4),
        *through("lstm", "forward", ["LSTM"] * 4, 42),
        *through("embedding", "embedding", ["x"] * 4),
        *(_box(("ids",), x, y["ids"], 52, "number") for x in columns),
        *(_box(("text",), x, y["text"], 52, word) for x, word in zip(columns, words, strict=True)),
    ]
    pairs = list(pairwise(columns))
    arrows = [
        *up("ids", "text", "ids"),
        *up("embedding", "ids", "embedding"),
        *up("lstm", "embedding", "forward"),
        *up("lstm", "embedding", "reverse", 24),
        *(_arrow(("lstm",), [(a + 21, y["forward"]), (b - 21, y["forward"])]) for a, b in pairs),
        *(_arrow(("lstm",), [(b - 26, y["reverse"]), (a + 26, y["reverse"])]) for a, b in pairs),
        _arrow(("lstm",), [(first, top["reverse"]), (first, foot["dense"])]),
        _arrow(("lstm",), [(last + 21, y["forward"]), (last + 34, y["forward"]), (last + 34, y["dense"]),
                           (last + 28, y["dense"])]),
        _arrow(("output",), [(middle, top["dense"]), (middle, foot["output"])]),
        _arrow(("loss",), [(middle, top["output"]), (middle, foot["loss"])]),
    ]  # fmt: skip
    said = {
        "reverse": "reverse ←",
        "forward": "forward →",
        "embedding": "Embedding",
        "ids": "vocabulary",
        "text": "text",
    }
    part = {"reverse": "lstm", "forward": "lstm"}
    sides = [_side((part.get(row, row),), first - 36, y[row], label) for row, label in said.items()]
    title = "Schematic of the network on a text of four words."
    return _picture(title, (412, 304), SENTIMENT_PARTS, boxes=boxes, arrows=arrows, sides=sides)


def manual() -> Drawn:
    """The RNN unrolled over its three steps, from below."""
    columns = [120, 220, 320]
    y = {"output": 22, "h": 96, "x": 170}
    boxes = [
        *(_box(("output",), x, y["output"], 88, f"output[:, {t}]") for t, x in enumerate(columns)),
        *(_box(("h",), x, y["h"], 46, "tanh") for x in columns),
        *(_box(("x",), x, y["x"], 58, f"x[:, {t}]") for t, x in enumerate(columns)),
        _box(("weights",), 34, y["h"], 40, "0"),
        _box(("output",), 404, y["h"], 40, "h_n"),
    ]
    ways = [(54, 97), (143, 197), (243, 297)]
    arrows = [
        *(_arrow(("W_ih", "weights"), [(x, y["x"] - 12), (x, y["h"] + 12)], "W_ih") for x in columns),
        *(_arrow(("W_hh", "weights"), [(a, y["h"]), (b, y["h"])], "W_hh") for a, b in ways),
        *(_arrow(("output",), [(x, y["h"] - 12), (x, y["output"] + 12)]) for x in columns),
        _arrow(("output",), [(343, y["h"]), (384, y["h"])]),
    ]
    return _picture("Schematic of the RNN, unrolled.", (430, 192), MANUAL_PARTS, boxes=boxes, arrows=arrows, sides=[])


def _picture(title: str, size: tuple[int, int], parts: dict[str, str], **drawn: list[Drawn]) -> Drawn:
    """A picture of boxes, arrows and names at its side; ``parts`` say what is marked."""
    return {"title": title, "width": size[0], "height": size[1], "parts": parts, **drawn}


def _box(parts: tuple[str, ...], x: float, y: float, width: float, label: str) -> Drawn:
    """A box around a point."""
    place = {"x": x - width / 2, "y": y - _HIGH / 2, "width": width, "height": _HIGH}
    return {"parts": parts, "label": label, **place}


def _arrow(parts: tuple[str, ...], points: list[tuple[float, float]], label: str = "") -> Drawn:
    return {"parts": parts, "points": points, "label": label}


def _side(parts: tuple[str, ...], x: float, y: float, label: str) -> Drawn:
    return {"parts": parts, "label": label, "x": x, "y": y}
