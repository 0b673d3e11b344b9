"""Files of HDF5 as Keras 1 and 2 lay them out, written by hand; what is right is computed in numpy, in float64."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from tests.own_corpus.cases import Case, Made, Truth
from tests.own_corpus.torch_cases import TEXT, WORDS, rows

KIND: Final = "Keras 1 and 2: `.h5`"

Activation = Callable[[np.ndarray], np.ndarray]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


ACTIVATIONS: Final[Mapping[str, Activation]] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "linear": lambda x: x,
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),  # before Keras 3
    "softsign": lambda x: x / (1 + np.abs(x)),
}
GATES: Final = {"LSTM": "ifco", "GRU": "zrh", "SimpleRNN": "h"}


@dataclass(frozen=True)
class Recurrent:
    """A recurrent layer: its class in Keras 2, its settings, and its weights as Keras 2 orders them."""

    kind: str
    units: int = 4
    activation: str = "tanh"
    gates: str = "sigmoid"
    resets_after: bool = False
    both: bool = False
    steps: bool = True
    bias: bool = True
    cudnn: bool = False
    config: Mapping[str, Any] = field(default_factory=dict)

    def drawn(self, features: int, seed: int) -> tuple[np.ndarray, ...]:
        rng, columns = np.random.default_rng(seed), len(GATES[self.kind]) * self.units
        count = 2 if (self.kind == "GRU" and self.resets_after) or self.cudnn else 1
        bias = rng.normal(0, 0.5, (count, columns))
        weights = rng.normal(0, 0.6, (features, columns)), rng.normal(0, 0.6, (self.units, columns)), bias
        return tuple(one.astype(np.float32) for one in weights)

    def steps_of(self, x: np.ndarray, weights: Sequence[np.ndarray]) -> np.ndarray:
        """h at each step, of one direction (time, unit)."""
        kernel, recurrent, bias = (one.astype(np.float64) for one in weights)
        if not self.bias:
            bias = np.zeros_like(bias)
        reads, keeps = (bias[0], np.zeros_like(bias[0])) if len(bias) == 1 else bias
        f, g = ACTIVATIONS[self.gates], ACTIVATIONS[self.activation]
        h = c = np.zeros(self.units)
        found = []
        for row in x:
            a, b = row @ kernel + reads, h @ recurrent + keeps
            if self.kind == "SimpleRNN":
                h = g(a + b)
            elif self.kind == "LSTM":
                i, forget, new, o = np.split(a + b, 4)
                c = f(forget) * c + f(i) * g(new)
                h = f(o) * g(c)
            else:
                z, r = np.split(f((a + b)[: 2 * self.units]), 2)
                at = slice(2 * self.units, None)
                kept = r * b[at] if self.resets_after else (r * h) @ recurrent[:, at] + keeps[at]
                h = z * h + (1 - z) * g(a[at] + kept)
            found.append(h)
        return np.array(found)


@dataclass(frozen=True)
class Layout:
    """How a version of Keras names what it writes.

    Attributes:
        version: In the file as ``keras_version``; empty for none.
        is_flat: Whether the layers are the list ``config`` itself.
        has_cells: Whether the weights of a layer are one group deeper, in that of its cell.
        ending: Of the names of arrays.
    """

    version: str
    is_flat: bool = False
    has_cells: bool = False
    ending: str = ":0"

    @property
    def is_first(self) -> bool:
        """Whether it is Keras 1, with other names for everything."""
        return self.version.startswith("1")


KERAS_1: Final = Layout("1.2.2", is_flat=True)
KERAS_1_THEANO: Final = Layout("1.1.0", is_flat=True, ending="")
KERAS_20: Final = Layout("2.0.8", is_flat=True)
KERAS_22: Final = Layout("2.2.4")
KERAS_23: Final = Layout("2.3.1")
TF_1: Final = Layout("2.2.4-tf")
TF_2: Final = Layout("2.4.0", has_cells=True)


def file(
    layout: Layout, *recurrent: Recurrent, settings: bool = True, emb: bool = True, outputs: int = 3,
    activation: str = "softmax", between: Sequence[tuple[str, dict[str, Any]]] = (), ending: str = "h5",
    merged: bool = False,
) -> Callable[[Path], Made]:  # fmt: skip
    """A file of tokens or numbers, recurrent layers, an output layer, as a version of Keras writes it.

    Args:
        settings: Whether it is a whole model; else its weights alone.
        between: Classes and settings of layers without weights before the output layer.
        merged: Whether the weights of Keras 1 are in three arrays, as with ``consume_less="gpu"``.
    """

    def make(folder: Path) -> Made:
        rng = np.random.default_rng(11)
        arrays: dict[str, dict[str, np.ndarray]] = {}
        layers: list[dict[str, Any]] = []
        first = "" if layout.has_cells else "_1"
        given = TEXT if emb else rows(3)
        read = given.astype(np.float64)
        if emb:
            table = rng.normal(size=(WORDS, 5)).astype(np.float32)
            arrays[f"embedding{first}"] = {_name(layout, f"embedding{first}", "embeddings"): table}
            layers.append(_entry("Embedding", f"embedding{first}", {"input_dim": WORDS, "output_dim": 5}))
            read = table[TEXT].astype(np.float64)
        reads, states = [given], []
        for number, layer in enumerate(recurrent):
            ways = [layer.drawn(read.shape[1], 20 + 2 * number + way) for way in range(1 + layer.both)]
            called = _called(layer, number, layout)
            arrays[called] = _arrays(layout, layer, called, ways, merged=merged)
            layers.append(_settings(layout, layer, called))
            turns = [slice(None, None, step) for step in (1, -1)]
            found = [layer.steps_of(read[turn], one)[turn] for turn, one in zip(turns, ways, strict=False)]
            read = np.concatenate(found, axis=1)
            states.append(read)
            reads.append(read.astype(np.float32))
        layers += [_entry(kind, f"{kind.lower()}{first}", config) for kind, config in between]
        kernel = rng.normal(size=(read.shape[1], outputs)).astype(np.float32)
        bias = rng.normal(size=outputs).astype(np.float32)
        dense = f"dense{first}"
        arrays[dense] = {_name(layout, dense, "kernel"): kernel, _name(layout, dense, "bias"): bias}
        size = {"output_dim" if layout.is_first else "units": outputs}
        layers.append(_entry("Dense", dense, size | {"activation": activation, "use_bias": True}))
        top = recurrent[-1]
        ends = read if top.steps else np.concatenate([read[-1, : top.units], read[0, top.units :]])
        output = _after(ends @ kernel.astype(np.float64) + bias, activation if settings else "linear")
        path = folder / f"mine.{ending}"
        with h5py.File(path, "w") as made:
            _write(made, layout, arrays, layers if settings else None)
        names = [_called(layer, number, layout) for number, layer in enumerate(recurrent)]
        after: Any = activation if settings and activation != "linear" else ""
        answer = {"outputs" if top.steps else "whole": output, "after": after}
        if settings:  # layers of a kind and size are one module
            return Made(path, {"+".join(names): Truth(given, tuple(states), **answer)})
        alone = {name: Truth(x, (one,)) for name, x, one in zip(names, reads, states, strict=False)}
        return Made(path, alone | {names[-1]: Truth(reads[-2], (states[-1],), **answer)})

    return make


def _after(logits: np.ndarray, activation: str) -> np.ndarray:
    if activation == "linear":
        return logits
    if activation == "sigmoid":
        return sigmoid(logits)
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)


def _entry(kind: str, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, "trainable": True} | dict(config)}


def _called(layer: Recurrent, number: int, layout: Layout) -> str:
    kind = (
        "bidirectional"
        if layer.both
        else f"cu_dnn{layer.kind.lower()}"
        if layer.cudnn
        else {"SimpleRNN": "simple_rnn"}.get(layer.kind, layer.kind.lower())
    )
    if layout.has_cells:
        return kind if number == 0 else f"{kind}_{number}"
    return f"{kind.replace('_rnn', 'rnn') if layout.is_first else kind}_{number + 1}"


def _name(layout: Layout, layer: str, role: str) -> str:
    """Of an array, in the group of its layer."""
    if layout.is_first:
        return (
            f"{layer}_{ {'embeddings': 'W', 'kernel': 'W', 'recurrent_kernel': 'U', 'bias': 'b'}[role] }{layout.ending}"
        )
    return f"{layer}/{role}{layout.ending}"


def _arrays(
    layout: Layout, layer: Recurrent, called: str, ways: Sequence[Sequence[np.ndarray]], *, merged: bool
) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for way, weights in enumerate(ways):
        kernel, recurrent, bias = weights
        inner = f"{('forward', 'backward')[way]}_{layer.kind.lower()}{'' if layout.has_cells else '_1'}"
        if layout.is_first:
            prefix = inner if layer.both else called
            gates = GATES[layer.kind]
            if layer.kind == "SimpleRNN" or merged:
                named = {"W": kernel, "U": recurrent, "b": bias[0]}
            else:
                order = "icfo" if layer.kind == "LSTM" else gates
                at = {gate: slice(k * layer.units, (k + 1) * layer.units) for k, gate in enumerate(gates)}
                named = {}
                for gate in order:
                    named |= {
                        f"W_{gate}": kernel[:, at[gate]],
                        f"U_{gate}": recurrent[:, at[gate]],
                        f"b_{gate}": bias[0, at[gate]],
                    }
            found |= {f"{prefix}_{name}{layout.ending}": one for name, one in named.items()}
            continue
        path = f"{called}/{inner}" if layer.both else called
        if layout.has_cells:
            path += f"/{layer.kind.lower()}_cell{f'_{way + 1}' if layer.both else ''}"
        found |= {f"{path}/kernel{layout.ending}": kernel, f"{path}/recurrent_kernel{layout.ending}": recurrent}
        if layer.bias:
            flat = bias.reshape(-1) if layer.cudnn or len(bias) == 1 else bias
            found[f"{path}/bias{layout.ending}"] = flat
        if layer.cudnn:
            count = len(GATES[layer.kind])
            for role, turned in {"kernel": _for_cudnn, "recurrent_kernel": np.transpose}.items():
                name = f"{path}/{role}{layout.ending}"
                found[name] = np.hstack([turned(gate) for gate in np.hsplit(found[name], count)])
    return found


def _for_cudnn(gate: np.ndarray) -> np.ndarray:
    """A kernel (input, unit) with its numbers in the order of (unit, input), as Keras 2 keeps them for cuDNN."""
    return np.reshape(gate.T, gate.shape, order="C")


def _settings(layout: Layout, layer: Recurrent, called: str) -> dict[str, Any]:
    gated = layer.kind != "SimpleRNN"
    if layout.is_first:
        config: dict[str, Any] = {
            "output_dim": layer.units, "activation": layer.activation, "return_sequences": layer.steps,
            "go_backwards": False, "stateful": False, "unroll": False, "consume_less": "cpu", "init": "glorot_uniform",
            "inner_init": "orthogonal",
        } | ({"inner_activation": layer.gates} if gated else {})  # fmt: skip
    elif layer.cudnn:
        config = {
            "units": layer.units,
            "return_sequences": layer.steps,
            "return_state": False,
            "go_backwards": False,
            "stateful": False,
        }
    else:
        config = {
            "units": layer.units,
            "activation": layer.activation,
            "use_bias": layer.bias,
            "return_sequences": layer.steps,
            "return_state": False,
            "go_backwards": False,
            "stateful": False,
            "unroll": False,
        } | ({"recurrent_activation": layer.gates, "implementation": 1} if gated else {})
        if layer.kind == "GRU" and layout.version >= "2.1":
            config["reset_after"] = layer.resets_after
    kind = f"CuDNN{layer.kind}" if layer.cudnn else layer.kind
    inner = _entry(kind, called, config | dict(layer.config))
    if not layer.both:
        return inner
    return _entry("Bidirectional", called, {"merge_mode": "concat", "layer": inner})


def _write(
    made: h5py.File, layout: Layout, arrays: Mapping[str, Mapping[str, np.ndarray]], layers: list[dict[str, Any]] | None
) -> None:
    """The arrays of each layer in its group, with the notes that say their order."""
    root = made if layers is None else made.create_group("model_weights")
    for one in {id(made): made, id(root): root}.values():
        if layout.version:
            one.attrs["keras_version"] = np.bytes_(layout.version) if layout.is_first else layout.version
        one.attrs["backend"] = np.bytes_("tensorflow")
    root.attrs["layer_names"] = [np.bytes_(name) for name in arrays]
    for layer, found in arrays.items():
        group = root.create_group(layer)
        group.attrs["weight_names"] = [np.bytes_(name) for name in found]
        for name, one in found.items():
            group[name] = one
    if layers is not None:
        config: Any = layers if layout.is_flat else {"name": "sequential", "layers": layers}
        made.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        if not layout.is_first:
            made.attrs["training_config"] = json.dumps(
                {"loss": "mse", "optimizer_config": {"class_name": "Adam", "config": {}}}
            )


LSTM, GRU, RNN = (Recurrent(kind) for kind in GATES)


def changed(layer: Recurrent, **options: Any) -> Recurrent:
    return Recurrent(**{**layer.__dict__, **options})


HARD: Final = {"gates": "hard_sigmoid"}
END: Final = {"steps": False}
CASES: Final = [
    *(
        Case(
            f"keras1-{layer.kind.lower()}",
            KIND,
            f"Keras 1.2, `{layer.kind}` with `hard_sigmoid`",
            file(KERAS_1, changed(layer, **HARD)),
            "refused",
            "activation of",
        )
        for layer in (LSTM, GRU)
    ),
    Case("keras1-simplernn", KIND, "Keras 1.2, `SimpleRNN`", file(KERAS_1, RNN)),
    Case("keras1-lstm-sigmoid", KIND, 'Keras 1.2, `LSTM` with `inner_activation="sigmoid"`', file(KERAS_1, LSTM)),
    Case("keras1-gru-sigmoid", KIND, 'Keras 1.2, `GRU` with `inner_activation="sigmoid"`', file(KERAS_1, GRU)),
    Case(
        "keras1-merged",
        KIND,
        'Keras 1.2, `consume_less="gpu"`: three arrays',
        file(KERAS_1, changed(LSTM, **END), merged=True),
    ),
    Case("keras1-both", KIND, "Keras 1.2, `Bidirectional(LSTM)`", file(KERAS_1, changed(LSTM, both=True))),
    Case("keras1-theano", KIND, "Keras 1.1 on Theano: names without `:0`", file(KERAS_1_THEANO, LSTM)),
    Case(
        "keras1-weights",
        KIND,
        "Keras 1.2, weights alone",
        file(KERAS_1, changed(LSTM, **HARD), settings=False),
        "refused",
        "hard_sigmoid",
    ),
    *(
        Case(f"keras20-{layer.kind.lower()}", KIND, f"Keras 2.0.8, `{layer.kind}`", file(KERAS_20, layer))
        for layer in (LSTM, GRU, RNN)
    ),
    Case(
        "keras22-lstm-hard",
        KIND,
        "Keras 2.2.4, `LSTM` with its `hard_sigmoid`",
        file(KERAS_22, changed(LSTM, **HARD)),
        "refused",
        "activation of",
    ),
    Case(
        "keras22-gru-hard",
        KIND,
        "Keras 2.2.4, `GRU` with its `hard_sigmoid`",
        file(KERAS_22, changed(GRU, **HARD)),
        "refused",
        "activation of",
    ),
    Case(
        "keras22-gru-after",
        KIND,
        "Keras 2.2.4, `GRU` with `reset_after=True`",
        file(KERAS_22, changed(GRU, resets_after=True)),
    ),
    Case(
        "keras22-relu",
        KIND,
        "Keras 2.2.4, `LSTM` with ReLU, a forecast",
        file(KERAS_22, changed(LSTM, activation="relu", **HARD, **END), emb=False, outputs=1, activation="linear"),
        "refused",
        "activation of",
    ),
    Case(
        "keras22-stacked",
        KIND,
        "Keras 2.2.4, two layers with dropout between",
        file(KERAS_22, LSTM, changed(LSTM, **END)),
    ),
    Case(
        "keras22-end",
        KIND,
        "Keras 2.2.4, sentiment: `Dense(1, sigmoid)`",
        file(KERAS_22, changed(LSTM, **END), outputs=1, activation="sigmoid"),
    ),
    Case(
        "keras22-weights",
        KIND,
        "Keras 2.2.4, weights of an LSTM alone",
        file(KERAS_22, changed(LSTM, **HARD), settings=False),
        "refused",
        "hard_sigmoid",
    ),
    Case(
        "keras22-weights-simple",
        KIND,
        "Keras 2.2.4, weights of a SimpleRNN alone",
        file(KERAS_22, RNN, settings=False, activation="linear"),
    ),
    Case(
        "keras22-weights-hdf5",
        KIND,
        "the same of a GRU as `.hdf5`",
        file(KERAS_22, changed(GRU, **HARD), settings=False, ending="hdf5"),
        "refused",
        "hard_sigmoid",
    ),
    *(
        Case(
            f"keras22-cudnn-{layer.kind.lower()}",
            KIND,
            f"Keras 2.2.4, `CuDNN{layer.kind}`",
            file(KERAS_22, changed(layer, cudnn=True, resets_after=True)),
        )
        for layer in (LSTM, GRU)
    ),
    *(
        Case(
            f"keras22-cudnn-{layer.kind.lower()}-weights",
            KIND,
            f"Keras 2.2.4, `CuDNN{layer.kind}`, weights alone",
            file(KERAS_22, changed(layer, cudnn=True, resets_after=True), settings=False, activation="linear"),
        )
        for layer in (LSTM, GRU)
    ),
    Case(
        "keras22-cudnn-both",
        KIND,
        "Keras 2.2.4, `Bidirectional(CuDNNLSTM)`",
        file(KERAS_22, changed(LSTM, cudnn=True, both=True)),
    ),
    Case("keras23-lstm", KIND, "Keras 2.3.1, `LSTM`", file(KERAS_23, LSTM)),
    Case("keras23-gru", KIND, "Keras 2.3.1, `GRU`, which resets before", file(KERAS_23, GRU)),
    Case(
        "keras23-weights",
        KIND,
        "Keras 2.3.1, weights of an LSTM alone",
        file(KERAS_23, LSTM, settings=False, activation="linear"),
    ),
    Case("keras23-both", KIND, "Keras 2.3.1, `Bidirectional(LSTM)`", file(KERAS_23, changed(LSTM, both=True, **END))),
    Case(
        "tf1-weights",
        KIND,
        "tf.keras of TensorFlow 1.14 or 2.0 (`2.2.4-tf`), weights alone: nobody knows the sigmoid",
        file(TF_1, LSTM, settings=False),
        "refused",
        "hard_sigmoid",
    ),
    Case("tf1-whole", KIND, "tf.keras of TensorFlow 2.0 (`2.2.4-tf`), a whole model", file(TF_1, LSTM)),
    Case("tf2-lstm", KIND, "tf.keras 2.4, `LSTM`", file(TF_2, LSTM)),
    Case("tf2-gru", KIND, "tf.keras 2.4, `GRU` with `reset_after=True`", file(TF_2, changed(GRU, resets_after=True))),
    Case("tf2-both", KIND, "tf.keras 2.4, `Bidirectional(LSTM)`, the end", file(TF_2, changed(LSTM, both=True, **END))),
    Case(
        "tf2-stacked",
        KIND,
        "tf.keras 2.4, two layers of GRU",
        file(TF_2, changed(GRU, resets_after=True), changed(GRU, resets_after=True, **END)),
    ),
    Case(
        "tf2-dropout",
        KIND,
        "tf.keras 2.4, `Dropout` before the output layer",
        file(TF_2, changed(LSTM, **END), between=[("Dropout", {"rate": 0.5})]),
    ),
    Case(
        "tf2-lambda",
        KIND,
        "tf.keras 2.4, a `Lambda` before the output layer",
        lambda folder: without_outputs(
            file(TF_2, LSTM, between=[("Lambda", {"function": ["4wEAAAA=", None, None]})])(folder)
        ),
    ),
    Case(
        "tf2-softsign",
        KIND,
        "tf.keras 2.4, `LSTM` with softsign",
        file(TF_2, changed(LSTM, activation="softsign")),
        "refused",
        "activation of",
    ),
    Case(
        "tf2-weights",
        KIND,
        "tf.keras 2.4, weights of an LSTM alone",
        file(TF_2, LSTM, settings=False, activation="linear"),
    ),
    Case(
        "tf2-weights-stacked",
        KIND,
        "tf.keras 2.4, weights of two LSTMs alone",
        file(TF_2, LSTM, LSTM, settings=False, activation="linear"),
    ),
    Case(
        "keras-no-version",
        KIND,
        "weights of an LSTM without the version that wrote them",
        file(Layout(""), LSTM, settings=False, activation="linear"),
        "refused",
        "version",
    ),
]


def without_outputs(made: Made) -> Made:
    """The same where something nobody knows stands before the output layer."""
    return Made(made.path, {name: Truth(truth.x, truth.states) for name, truth in made.truths.items()})
