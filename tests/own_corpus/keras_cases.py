"""Files that Keras 3 writes: whole models as ``.keras`` and ``.h5``, weights alone as ``.weights.h5``."""

import re
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from rnnviz import own
from tests.own_corpus.cases import After, Case, Happens, Made, Truth
from tests.serving import ROOT

Numbers = Mapping[str, np.ndarray]

_made: Final = dict[str, Path]()
"""Where the files of a model are that was written in this process."""
_folders: Final = list[TemporaryDirectory[str]]()


def make(names: Collection[str]) -> None:
    """Write the files of these models at once: most of the time goes into starting Keras."""
    missing = [name for name in names if name not in _made]
    if not missing:
        return
    _folders.append(TemporaryDirectory(prefix="keras"))
    folder = Path(_folders[-1].name)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.own_corpus.keras_made", folder, *missing],
        cwd=ROOT, check=False, capture_output=True, timeout=300, text=True,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    _made.update((name, folder) for name in missing)


def model_of(name: str) -> str:
    """Which model a case is of: ``keras3-deep``."""
    return name.split("-", 1)[1]


def is_written(case: Case) -> bool:
    """Whether the process that has Keras writes the file of a case."""
    return case.kind in KINDS.values()


def opened(
    name: str, ending: str, *, after: After = "", outputs: str = "", is_direct: bool = True
) -> Callable[[Path], Made]:
    """The file of a model; which module has the output layer, empty for none."""

    def write(_: Path) -> Made:
        make([name])
        folder = _made[name]
        path = folder / f"{name}.{ending}"
        with np.load(folder / f"{name}.npz") as found:
            numbers = dict(found)
        return Made(path, truths(path, numbers, after, outputs, is_direct=is_direct))

    return write


def truths(path: Path, numbers: Numbers, after: After, head: str, *, is_direct: bool) -> dict[str, Truth]:
    """What is right of each module of a file, which has the layers of Keras that its name is made of."""
    layers = {key.split("/")[1]: key.split("/")[1] for key in numbers if key.startswith("states/")}
    if path.name.endswith(".weights.h5"):
        layers = {str(numbers[f"path/{layer}"]): layer for layer in layers}
    try:
        parts = [part.name for part in own.parts(own.read(path.name, path.read_bytes()))]
    except ValueError:
        parts = []
    found = {}
    for part in parts:
        names = [layers.get(one) or layers.get(one.partition(".")[0], "") for one in part.split("+")]
        if not all(names):
            continue
        low, high = names[0], names[-1]
        states = [numbers[f"states/{one}/{_cell(part, number)}"] for number, one in enumerate(names)]
        reads = numbers["x"] if numbers[f"token/{low}"] else numbers[f"reads/{low}"]
        if _cell(part, 0):  # it reads the cell below
            reads = numbers[f"states/{low}/{_cell(part, 0) - 1}"]
        has = high == head
        output = numbers["output0"] if has else None
        is_whole = output is not None and output.ndim == 1
        found[part] = Truth(
            reads, tuple(states), None if is_whole else output, output if is_whole else None, after, is_direct
        )
    return found


def _cell(part: str, number: int) -> int:
    """Which cell of a layer with several a module is."""
    last = re.search(r"_cell_(\d+)$", part.split("+")[number])
    return int(last[1]) if last else 0


KINDS: Final = {
    "keras": "Keras 3: `.keras`", "h5": "Keras 3: whole `.h5`", "weights.h5": "Keras 3: `.weights.h5`",
}  # fmt: skip


def case(
    name: str, about: str, happens: Happens = "right", told: str = "", *, after: After = "", head: str = "rnn",
    is_direct: bool = True, ending: str = "keras", chosen: Mapping[str, Any] | None = None,
) -> Case:  # fmt: skip
    """A model in one of its files."""
    prefix = {"keras": "keras3", "h5": "keras3h5", "weights.h5": "keras3w"}[ending]
    return Case(
        f"{prefix}-{name}", KINDS[ending], about,
        opened(name, ending, after=after, outputs=head, is_direct=is_direct), happens, told, dict(chosen or {}),
    )  # fmt: skip


def everywhere(name: str, about: str, happens: Happens = "right", told: str = "", **options: Any) -> list[Case]:
    """In the two files that say what reads what."""
    return [case(name, about, happens, told, ending=ending, **options) for ending in ("keras", "h5")]


RECURRENT: Final = [
    *(
        one
        for kind in ("LSTM", "GRU", "SimpleRNN")
        for one in everywhere(
            f"plain-{kind.lower().replace('simplernn', 'simplernn')}", f"`{kind}` with an output at each step"
        )
    ),
    *(case(f"both-{kind.lower()}", f"`Bidirectional({kind})`") for kind in ("LSTM", "GRU", "SimpleRNN")),
    *(case(f"no-bias-{kind.lower()}", f"`{kind}` with `use_bias=False`") for kind in ("LSTM", "GRU", "SimpleRNN")),
    *(
        case(f"stacked-{kind.lower()}", f"three layers of `{kind}` with dropout between", head="high")
        for kind in ("LSTM", "GRU", "SimpleRNN")
    ),
    *everywhere("stacked-both", "two layers of `Bidirectional(LSTM)`", head="high"),
    case("stacked-5", "five layers of `GRU`", head="gru4"),
    *everywhere("stacked-widths", "`LSTM` of 4 units on one of 6", head="high"),
    case("stacked-kinds", "`GRU` on `LSTM`", head="high"),
    case("stacked-dense-between", "`Dense` between two layers of `LSTM`", head="high"),
    case("stacked-norm-between", "`LayerNormalization` between two layers of `LSTM`", head="high"),
    case("stacked-one-each", "`Bidirectional(LSTM)` on `LSTM`", head="high"),
    case("repeat", "`RepeatVector` between encoder and decoder", head="high"),
    *everywhere("reset-before", "`GRU` with `reset_after=False`"),
    case("reset-before-both", "`Bidirectional(GRU)` with `reset_after=False`"),
    case("reset-mixed", "one GRU of each kind of reset", head="high"),
    case("reset-before-no-bias", "`GRU` with `reset_after=False` and no bias"),
    case("backwards", "`go_backwards=True`", "refused", "go_backwards"),
    case("stateful", "`stateful=True`"),
    case("unrolled", "`unroll=True`"),
    case("dropout", "`dropout` and `recurrent_dropout`"),
    case("cells", "`RNN` of two `LSTMCell`", head=""),
    case("cell", "`RNN` of a `GRUCell`", head=""),
    case("cell-simple", "`RNN` of a `SimpleRNNCell`", head=""),
    *(case(f"merge-{mode}", f'`merge_mode="{mode}"`', head="") for mode in ("sum", "mul", "ave")),
    case("merge-none", "`merge_mode=None`, both directions added", head=""),
    case("two-ways-differ", "directions with other activations", "refused", "activation", head=""),
]

_SMOOTH: Final = ("relu", "linear", "elu", "selu", "softplus", "softsign", "sigmoid", "hard_sigmoid", "swish", "gelu",
                  "exponential", "leaky_relu", "relu6", "mish", "hard_tanh")  # fmt: skip


def activated(name: str, about: str, **options: Any) -> Case:
    """A layer with an activation that torch's module does not have."""
    return case(name, about, "refused", "activation of", **options)


ACTIVATED: Final = [
    *(activated(f"lstm-{name}", f'`LSTM` with `activation="{name}"`') for name in _SMOOTH),
    case("lstm-softmax", '`LSTM` with `activation="softmax"`', "refused", "activation"),
    *(
        activated(f"lstm-gates-{name}", f'`LSTM` with `recurrent_activation="{name}"`')
        for name in ("hard_sigmoid", "relu", "tanh", "linear")
    ),
    *(activated(f"gru-{name}", f'`GRU` with `activation="{name}"`') for name in ("relu", "linear", "elu")),
    *(
        activated(f"gru-gates-{name}", f'`GRU` with `recurrent_activation="{name}"`')
        for name in ("hard_sigmoid", "tanh")
    ),
    *(
        activated(f"simple-{name}", f'`SimpleRNN` with `activation="{name}"`')
        for name in ("sigmoid", "linear", "softsign")
    ),
    case("simple-relu", '`SimpleRNN` with `activation="relu"`'),
    activated("lstm-relu-both", "`Bidirectional(LSTM)` with ReLU"),
    activated("lstm-relu-stacked", "two layers of `LSTM` with ReLU", head="high"),
    activated("lstm-relu-end", '`LSTM(activation="relu")` on numbers, a forecast at the end'),
    case("lstm-cubed", "an activation of somebody's own", "refused", "activation"),
    activated("reset-before-hard", "`GRU` with `reset_after=False` and `hard_sigmoid`"),
]

HEADS: Final = [
    *everywhere("end", "`Dense(softmax)` on the last state", after="softmax"),
    case("end-sigmoid", "`Dense(1, sigmoid)` on the last state", after="sigmoid"),
    *everywhere("end-both", "`Dense(softmax)` on the ends of both directions", after="softmax"),
    case("end-dropout", "`Dropout` before the output layer", after="softmax"),
    *everywhere("deep", "TensorFlow's “Text classification with an RNN” in small", after="sigmoid", is_direct=False),
    case("deep-linear", "two `Dense` without activation between", after="softmax", is_direct=False),
    case("deep-dropout", "`Dense(relu)`, `Dropout`, `Dense`", after="softmax", is_direct=False),
    case("deep-steps", "two `Dense` at each step", is_direct=False),
    case("deep-distributed", "two `TimeDistributed(Dense)`", is_direct=False),
    case("distributed", "`TimeDistributed(Dense)`"),
    case("head-relu", "`Dense(relu)` as the last layer", head=""),
    case("head-activation", '`Activation("softmax")` after `Dense`', after="softmax"),
    case("after-mean", "the mean of probabilities", head=""),
    case("after-max", "the maximum of probabilities", head=""),
    case("after-reshape-mean", "`Reshape` between outputs and their mean", head=""),
    case("after-steps", "`Softmax` over the steps", head=""),
    case("after-flatten", "the outputs of all steps in a row, and softmax", head=""),
    case("after-groups", "`Softmax` of groups of outputs", head=""),
    case("after-axis", "`Softmax(axis=2)` after `Dense`", after="softmax"),
    case("own-class", "layers in a model of somebody's own class", "refused", "class of somebody's own"),
    case("mask-other", "a mask of another input", "refused", "mask"),
    case("head-relu-layer", "`ReLU` after `Dense`", head=""),
    case("head-leaky", "`LeakyReLU` before `Dense`", head=""),
    *everywhere("head-batchnorm", "`BatchNormalization` before `Dense`", after="softmax", is_direct=False),
    case("head-layernorm", "`LayerNormalization` before `Dense`", after="softmax", is_direct=False),
    case("head-batchnorm-after", "`BatchNormalization` after `Dense`", is_direct=False),
    *everywhere("head-mean", "`GlobalAveragePooling1D`", after="softmax"),
    case("head-max", "`GlobalMaxPooling1D`", after="softmax"),
    case("head-max-both", "`GlobalMaxPooling1D` over both directions", after="softmax"),
    case("head-mean-deep", "`GlobalAveragePooling1D` and two `Dense`", after="softmax", is_direct=False),
    case("head-flatten", "`Flatten` before `Dense`", head=""),
    case("head-conv", "`Conv1D` over the states", head=""),
    case("head-maxpool", "`MaxPooling1D` over the states", head=""),
    case("head-scale", "`Rescaling` before `Dense`", is_direct=False),
    case("head-custom", "a custom layer before `Dense`", head=""),
    case("head-attention", "`Attention` over the states", head=""),
    case("head-weighted", "learned weights of the states", head=""),
    case("head-none", "no `Dense` at all", head=""),
    case("head-last", "`[:, -1]` of the states"),
    case("head-first", "`[:, 0]` of the states", head=""),
    case("head-two", "two output layers on one LSTM"),
    case("head-twice", "an output that another `Dense` reads too", is_direct=False),
]

READS: Final = [
    *everywhere("reads-conv", "`Conv1D` between `Embedding` and `LSTM`"),
    case("reads-conv-pool", "`Conv1D` and `MaxPooling1D` before the `LSTM`", after="softmax"),
    *everywhere("reads-dense", "`Dense` between `Embedding` and `LSTM`"),
    case("reads-norm", "`LayerNormalization` between `Embedding` and `LSTM`"),
    case("reads-batchnorm", "`BatchNormalization` between `Embedding` and `LSTM`"),
    case("reads-spatial-dropout", "`SpatialDropout1D` between `Embedding` and `LSTM`"),
    case("reads-custom", "a custom layer between `Embedding` and `LSTM`"),
    case("reads-scaled", "the embedding times 2"),
    case("reads-turned", "the steps turned around"),
    case("reads-sum", "the sum of two embeddings", head=""),
    case("reads-rows", "numbers"),
    case("reads-rows-norm", "`LayerNormalization` of numbers"),
    case("reads-masking", "`Masking` of numbers"),
    case("reads-mask-zero", "`mask_zero=True`"),
    case("reads-noise", "`GaussianNoise` on numbers"),
    case("reads-dense-rows", "`Dense` below the `LSTM`"),
]

MODELS: Final = [
    *everywhere("branches", "two layers on one embedding, side by side into `Dense`", head=""),
    case("shared", "one layer that reads twice", "asked", head="", chosen={"embedding": "emb.weight"}),
    case("siamese", "one layer that reads two texts, its states for both side by side into `Dense`", head=""),
    case("started-dense", "an initial state by `Dense`", "refused", "begin"),
    case("started-encoder", "a decoder that begins with the state of an encoder", head=""),
    case("distributed-alone", "`TimeDistributed(Dense)` without a bias, as wide as h"),
    case("start-constant", "an initial state of ones", "refused", "begin"),
    case("mask-own", "a mask of the model's own", "refused", "mask"),
    case("both-cells", "`Bidirectional(RNN(GRUCell))`"),
    case("nested", "a model in a model", "asked", head="inner.gru", chosen={"head": "head.weight"}),
    case("skipping", "layers with skip connections", head=""),
    case("subclassed", "a model written as a class", head="gru"),
    case("own-lstm", "a class of somebody's own on `LSTM`", "refused", "LSTM2"),
    *everywhere("compiled", "compiled and trained: with the state of Adam"),
    case("compiled-end", "compiled and trained, one output a text", after="softmax"),
    case("convolution", "`ConvLSTM2D`", "refused", "LSTM"),
    case("around", "`TimeDistributed(LSTM)`", "refused", "part of another"),
    case("dense", "no recurrent layer", "refused", "LSTM, a GRU or a SimpleRNN"),
]

WEIGHTS: Final = [
    case("plain-lstm", "an LSTM, its weights alone", ending="weights.h5"),
    case("plain-gru", "a GRU, its weights alone", ending="weights.h5"),
    case("plain-simplernn", "a SimpleRNN, its weights alone", ending="weights.h5"),
    case("both-lstm", "`Bidirectional(LSTM)`, its weights alone", ending="weights.h5"),
    case(
        "stacked-lstm",
        "three layers of LSTM, their weights alone",
        "asked",
        chosen={"head": "dense.weight"},
        ending="weights.h5",
        head="high",
    ),
    case("reset-before", "`GRU` with `reset_after=False`, its weights alone", ending="weights.h5"),
    case("no-bias-gru", "a GRU without a bias, its weights alone", "refused", "must have a bias", ending="weights.h5"),
    case(
        "deep",
        "TensorFlow's text classification, its weights alone",
        ending="weights.h5",
        is_direct=False,
        after="sigmoid",
    ),
    case("head-batchnorm", "`BatchNormalization` before `Dense`, weights alone", ending="weights.h5", head=""),
    case("branches", "two layers side by side into `Dense`, weights alone", ending="weights.h5", head=""),
    case("reads-conv", "`Conv1D` below the `LSTM`, weights alone", ending="weights.h5"),
    case("reads-dense", "`Dense` below the `LSTM`, weights alone", ending="weights.h5"),
    case("cells", "`RNN` of two cells, weights alone", ending="weights.h5", head=""),
    case(
        "simple-relu",
        "a `SimpleRNN` with ReLU, weights alone",
        "asked",
        ending="weights.h5",
        chosen={"nonlinearity": "relu"},
    ),
    case("own-lstm", "a class of somebody's own, weights alone", "refused", "lstm2", ending="weights.h5"),
]

CASES: Final = [*RECURRENT, *ACTIVATED, *HEADS, *READS, *MODELS, *WEIGHTS]
