"""Files that are shipped, since what writes them is not where the tests run."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnnviz import own
from rnnviz.own.tensors import read_file
from tests.own_corpus.cases import After, Case, Happens, Made, Truth
from tests.own_corpus.keras_cases import truths

SHIPPED: Final = Path(__file__).parent / "shipped"
KERAS_2: Final = "Keras 2 (tf_keras 2.21)"
DYNAMO: Final = "ONNX: torch's default exporter"


def of_keras(name: str, ending: str, after: After, head: str, *, is_direct: bool) -> Callable[[Path], Made]:
    """A file that ``tf_keras_made.py`` wrote."""

    def make(_: Path) -> Made:
        path = SHIPPED / f"{name}.{ending}"
        with np.load(SHIPPED / f"{name}.npz") as found:
            return Made(path, truths(path, dict(found), after, head, is_direct=is_direct))

    return make


def keras(
    name: str, about: str, endings: Sequence[str] = ("h5",), *, after: After = "", head: str = "rnn",
    is_direct: bool = True, happens: Happens = "right", told: str = "", chosen: Any = None,
) -> list[Case]:  # fmt: skip
    """A model in each of its files."""
    return [
        Case(
            f"tfkeras-{name}-{ending}", KERAS_2, f"{about}: `.{ending}`",
            of_keras(name, ending, after, head, is_direct=is_direct), happens, told, chosen or {},
        )
        for ending in endings
    ]  # fmt: skip


def of_dynamo(name: str, *, reads_rows: bool = False, is_direct: bool = True) -> Callable[[Path], Made]:
    """A file that ``dynamo_made.py`` wrote."""

    def make(_: Path) -> Made:
        with np.load(SHIPPED / f"{name}.npz") as found:
            numbers = dict(found)
        states = tuple(numbers[key] for key in sorted(numbers) if key.startswith("layer"))
        x = numbers["reads" if reads_rows else "x"]
        output = numbers["output"]
        path = SHIPPED / f"{name}.onnx"
        tensors, _ = read_file(path)
        names = sorted((part.name for part in own.parts(tensors)), key=lambda one: [*map(int, re.findall(r"\d+", one))])
        answer = {"outputs" if output.ndim == 2 else "whole": output}
        if len(names) == 1:
            return Made(path, {names[0]: Truth(x, states, **answer, is_direct=is_direct)})
        reads = (x, *states)
        alone = {one: Truth(reads[k], (states[k],)) for k, one in enumerate(names)}
        return Made(path, alone | {names[-1]: Truth(reads[-2], (states[-1],), **answer)})

    return make


def dynamo(name: str, about: str, **options: Any) -> Case:
    return Case(f"onnx-{name}", DYNAMO, about, of_dynamo(name, **options))


CASES: Final = [
    *keras("lstm", "`LSTM`", ("h5", "keras", "weights.h5")),
    *keras("gru", "`GRU`", ("h5", "keras")),
    *keras("simple", "`SimpleRNN` with ReLU", ("h5", "keras")),
    *keras("end", "`Dense(1, sigmoid)` on the last state", after="sigmoid"),
    *keras("both", "two layers of `Bidirectional(LSTM)`", ("h5", "keras"), head="high", after="softmax"),
    *keras("deep", "TensorFlow's “Text classification with an RNN” in small", is_direct=False),
    *keras("hard", '`LSTM` with `recurrent_activation="hard_sigmoid"`', happens="refused", told="activation of"),
    *keras("before", "`GRU` with `reset_after=False`"),
    *keras("text", "`TextVectorization` with its vocabulary", ("keras",), after="sigmoid"),
    *keras("text3", "`TextVectorization` of Keras 3", ("keras",), after="sigmoid"),
    dynamo("dynamo-lstm", "`nn.LSTM`"),
    dynamo("dynamo-lstm-external", "`nn.LSTM` with 2 layers, its numbers in a second file"),
    dynamo("dynamo-gru-both", "`nn.GRU` with 2 layers in both directions, its numbers in a second file"),
    Case(
        "onnx-dynamo-rnn",
        DYNAMO,
        "`nn.RNN`, which is written step by step",
        lambda _: Made(SHIPPED / "dynamo-rnn.onnx"),
        "refused",
        "must have a node LSTM, GRU or RNN; got Gather",
    ),
    dynamo("dynamo-ends", "the ends of both directions into the output layer"),
    dynamo("dynamo-mean", "the mean over the steps into the output layer"),
    dynamo("dynamo-relu", "ReLU before the output layer", is_direct=False),
    dynamo("dynamo-linear", "a Linear between embedding and LSTM", reads_rows=True),
]
