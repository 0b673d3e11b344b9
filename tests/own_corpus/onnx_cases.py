"""Files in ONNX: what torch's exporter writes of modules, and nodes with any attributes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from onnx import helper
from torch import Tensor, nn

from tests.own.onnx_models import GATES, Chain, Pooled, exported, model
from tests.own_corpus.cases import Case, Happens, Made, Truth
from tests.own_corpus.torch_cases import BOTH, TEXT, WORDS, Begun, Kind, drawn, rows, states_of

EXPORTED: Final = "ONNX: torch's exporter (TorchScript)"
NODES: Final = "ONNX: nodes of other programs"


class Net(nn.Module):
    """A recurrent module between what stands below and what stands above it."""

    def __init__(
        self, kind: Kind, *, below: nn.Module | None = None, above: nn.Module | None = None, emb: bool = True,
        head: bool = True, pick: Callable[[Tensor, Any], Tensor] | None = None, after: nn.Module | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        size = 5 if emb else 4
        if emb:
            self.emb = nn.Embedding(WORDS, size)
        self.below = below or nn.Identity()
        self.rnn = kind(size, 6, batch_first=True, **options)
        width = 6 * (1 + self.rnn.bidirectional)
        self.above = above or nn.Identity()
        if head:
            self.fc = nn.Linear(width, 3)
        self.pick, self.after = pick, after or nn.Identity()

    def read(self, x: Tensor) -> Tensor:
        """What the recurrent module reads."""
        return self.below(self.emb(x) if hasattr(self, "emb") else x)

    def forward(self, x: Tensor) -> Tensor:
        output, state = self.rnn(self.read(x))
        output = output if self.pick is None else self.pick(output, state)
        output = self.above(output)
        return self.after(self.fc(output) if hasattr(self, "fc") else output)


class Along(nn.Module):
    """A module that takes the features as its second axis."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x.transpose(1, 2)).transpose(1, 2)


class Function(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def net(
    build: Callable[[], Net], *, reads_rows: bool = False, outputs: bool = True, is_direct: bool = True
) -> Callable[[Path], Made]:
    """The file of a ``Net``.

    Args:
        reads_rows: Whether something between the embedding and the module makes its input rows.
        outputs: Whether the model has outputs of single states, or of the whole.
    """

    def make(folder: Path) -> Made:
        torch.manual_seed(0)
        module = drawn(build())
        x = torch.from_numpy(TEXT if hasattr(module, "emb") else rows(4))[None]
        with torch.inference_mode():
            read, output = module.read(x)[0], module(x)[0]
            states = states_of(module.rnn, read)
        given = read.numpy() if reads_rows else x[0].numpy()
        numbers = output.numpy() if outputs else None
        whole = numbers if numbers is not None and numbers.ndim == 1 else None
        truth = Truth(given, states, None if whole is not None else numbers, whole, is_direct=is_direct)
        return Made(written(folder, exported(module, x)), {"rnn": truth})

    return make


def written(folder: Path, content: bytes) -> Path:
    path = folder / "mine.onnx"
    path.write_bytes(content)
    return path


def modules(
    build: Callable[[], nn.Module], parts: Mapping[str, str], x: Callable[[], Tensor], stops: Happens = "right"
) -> Callable[[Path], Made]:
    """The file of any module, whose recurrent ones are shown by these names without outputs."""

    def make(folder: Path) -> Made:
        torch.manual_seed(0)
        module, given = drawn(build()), x()
        found: dict[str, Truth] = {}
        for name, path in parts.items():
            rnn = module.get_submodule(path)
            read = torch.from_numpy(rows(rnn.input_size))
            found[name] = Truth(read.numpy(), states_of(rnn, read))
        return Made(written(folder, exported(module, given)), found)

    return make


def begun(kind: Kind, **options: Any) -> Callable[[Path], Made]:
    """The file of a network with learned initial states."""

    def make(folder: Path) -> Made:
        module = drawn(Begun(kind, **options))
        return Made(written(folder, exported(module, torch.zeros(2, 7, 5))), {"rnn": module.truth()})

    return make


class ComputedStart(nn.Module):
    """It begins with a state that it computes of its input."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.rnn = nn.Linear(4, 6), nn.GRU(4, 6, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x, torch.tanh(self.start(x.mean(1)))[None])[0]


class Translates(nn.Module):
    """The decoder begins with the state of the encoder."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.LSTM(4, 6, batch_first=True), nn.LSTM(4, 6, batch_first=True)
        self.out = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.decoder(x, self.encoder(x)[1])[0])


class Random(nn.Module):
    """It begins with random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(4, 6, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x, torch.randn(1, x.shape[0], 6))[0]


class Cells(nn.Module):
    """A loop over a cell, unrolled by the exporter."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.out = nn.LSTMCell(4, 6), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        state, found = None, []
        for row in x.unbind(1):
            state = self.cell(row, state)
            found.append(self.out(state[0]))
        return torch.stack(found, 1)


class TwoHeads(nn.Module):
    """Two output layers on one module."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.fc, self.other = nn.GRU(4, 6, batch_first=True), nn.Linear(6, 3), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        output = self.rnn(x)[0]
        return self.fc(output), self.other(output)


class Attends(nn.Module):
    """Weights of the states before the output layer."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.score, self.fc = nn.GRU(4, 6, batch_first=True), nn.Linear(6, 1), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        output = self.rnn(x)[0]
        return self.fc((output * self.score(output).softmax(1)).sum(1))


class Both(nn.Module):
    """Two modules side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.GRU(4, 6, batch_first=True), nn.LSTM(4, 6, batch_first=True)
        self.fc = nn.Linear(12, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(torch.cat([self.a(x)[0], self.b(x)[0]], -1))


class Twice(nn.Module):
    """One module that reads twice."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(4, 4, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(self.rnn(x)[0])[0]


def pooled(pooling: Any, **options: Any) -> Callable[[Path], Made]:
    """The models of the other tests, with one output a text."""

    def make(folder: Path) -> Made:
        module = drawn(Pooled(pooling, batch_first=True, **options))
        tokens = torch.tensor([[3, 1, 4, 1, 5]])
        with torch.inference_mode():
            states, whole = states_of(module.rnn, module.emb(tokens)[0]), module(tokens)[0].numpy()
        return Made(written(folder, exported(module, tokens)), {"rnn": Truth(tokens[0].numpy(), states, None, whole)})

    return make


def chained(folder: Path) -> Made:
    """Two modules that are one stack."""
    module, x = drawn(Chain()), rows(4)
    with torch.inference_mode():
        low = states_of(module.low, torch.from_numpy(x))
        high = states_of(module.high, torch.from_numpy(low[0]))
    return Made(written(folder, exported(module, torch.from_numpy(x)[None])), {"low+high": Truth(x, low + high)})


def numbers() -> Tensor:
    return torch.from_numpy(rows(4))[None]


GRU, LSTM, RNN = nn.GRU, nn.LSTM, nn.RNN
EXPORTS: Final = [
    *(
        Case(
            f"onnx-{kind.__name__.lower()}-{name}",
            EXPORTED,
            f"`nn.{kind.__name__}`, {name.replace('-', ' ')}",
            net(lambda kind=kind, options=options: Net(kind, **options)),
        )
        for kind in (LSTM, GRU, RNN)
        for name, options in {
            "1-layer": {},
            "3-layers": {"num_layers": 3},
            "both-ways": BOTH,
            "both-ways-2-layers-no-bias": BOTH | {"num_layers": 2, "bias": False},
        }.items()
    ),
    Case("onnx-rnn-relu", EXPORTED, "`nn.RNN` with ReLU", net(lambda: Net(RNN, nonlinearity="relu"))),
    Case("onnx-rows", EXPORTED, "numbers into an LSTM", net(lambda: Net(LSTM, emb=False))),
    Case(
        "onnx-no-head", EXPORTED, "an LSTM without an output layer", net(lambda: Net(LSTM, head=False), outputs=False)
    ),
    *(
        Case(
            f"onnx-pooled-{pooling}{'-both' * bool(options)}",
            EXPORTED,
            f"output layer on: {pooling}{', both directions' * bool(options)}",
            pooled(pooling, **options),
        )
        for pooling in ("ends", "last", "mean", "max")
        for options in ({}, BOTH)
    ),
    Case(
        "onnx-deep-head",
        EXPORTED,
        "Linear, ReLU, Linear as the head",
        net(lambda: Net(GRU, above=nn.Sequential(nn.Linear(6, 6), nn.ReLU())), is_direct=False),
    ),
    Case(
        "onnx-deep-head-linear",
        EXPORTED,
        "two Linear without activation between",
        net(lambda: Net(GRU, above=nn.Linear(6, 6)), is_direct=False),
    ),
    Case(
        "onnx-norm-head",
        EXPORTED,
        "LayerNorm before the output layer",
        net(lambda: Net(GRU, above=nn.LayerNorm(6)), is_direct=False),
    ),
    Case(
        "onnx-batchnorm-head",
        EXPORTED,
        "BatchNorm1d before the output layer",
        net(lambda: Net(GRU, above=Along(nn.BatchNorm1d(6))), is_direct=False),
    ),
    Case(
        "onnx-tanh-head",
        EXPORTED,
        "tanh before the output layer",
        net(lambda: Net(GRU, above=nn.Tanh()), is_direct=False),
    ),
    Case(
        "onnx-scale-head",
        EXPORTED,
        "the states times 0.5 before the output layer",
        net(lambda: Net(GRU, above=Function(lambda x: x * 0.5)), is_direct=False),
    ),
    Case(
        "onnx-dropout-head", EXPORTED, "Dropout before the output layer", net(lambda: Net(GRU, above=nn.Dropout(0.5)))
    ),
    Case(
        "onnx-after-relu",
        EXPORTED,
        "ReLU after the output layer",
        net(lambda: Net(GRU, after=nn.ReLU()), is_direct=False),
    ),
    Case(
        "onnx-after-scale",
        EXPORTED,
        "the outputs times 2",
        net(lambda: Net(GRU, after=Function(lambda x: x * 2)), is_direct=False),
    ),
    Case(
        "onnx-after-add",
        EXPORTED,
        "a constant on the outputs",
        net(lambda: Net(GRU, after=Function(lambda x: x + 1.5)), is_direct=False),
    ),
    *(
        Case(
            f"onnx-after-{name}",
            EXPORTED,
            about,
            net(lambda after=after: Net(GRU, after=Function(after)), is_direct=False),
        )
        for name, about, after in (
            ("mean", "the mean of the outputs over the steps", lambda x: x.mean(1)),
            ("softmax-of-steps", "a softmax over the steps after the output layer", lambda x: x.softmax(1)),
            ("first", "the outputs of the first step", lambda x: x[:, 0]),
            ("without-last", "the outputs of all steps but the last", lambda x: x[:, :-1]),
        )
    ),
    Case(
        "onnx-first-step",
        EXPORTED,
        "the first step of the outputs",
        net(lambda: Net(GRU, pick=lambda y, _: y[:, 0]), outputs=False),
    ),
    Case(
        "onnx-second-last",
        EXPORTED,
        "the second last step of the outputs",
        net(lambda: Net(GRU, pick=lambda y, _: y[:, -2]), outputs=False),
    ),
    Case(
        "onnx-sum-steps",
        EXPORTED,
        "the sum over the steps",
        net(lambda: Net(GRU, pick=lambda y, _: y.sum(1)), outputs=False),
    ),
    Case(
        "onnx-cell-state",
        EXPORTED,
        "c in place of h into the output layer",
        net(lambda: Net(LSTM, pick=lambda _, state: state[1][-1]), outputs=False),
    ),
    Case(
        "onnx-first-layer",
        EXPORTED,
        "h of the lower of two layers into the output layer",
        net(lambda: Net(LSTM, num_layers=2, pick=lambda _, state: state[0][0]), outputs=False),
    ),
    Case(
        "onnx-directions-swapped",
        EXPORTED,
        "the reverse direction first into the output layer",
        net(lambda: Net(LSTM, **BOTH, pick=lambda _, state: torch.cat([state[0][1], state[0][0]], 1)), outputs=False),
    ),
    Case(
        "onnx-reads-linear",
        EXPORTED,
        "a Linear between embedding and LSTM",
        net(lambda: Net(LSTM, below=nn.Linear(5, 5)), reads_rows=True),
    ),
    Case(
        "onnx-reads-norm",
        EXPORTED,
        "LayerNorm between embedding and LSTM",
        net(lambda: Net(LSTM, below=nn.LayerNorm(5)), reads_rows=True),
    ),
    Case(
        "onnx-reads-conv",
        EXPORTED,
        "a convolution between embedding and LSTM",
        net(lambda: Net(LSTM, below=Along(nn.Conv1d(5, 5, 3, padding=1))), reads_rows=True),
    ),
    Case(
        "onnx-reads-scaled",
        EXPORTED,
        "the embedding times 2",
        net(lambda: Net(LSTM, below=Function(lambda x: x * 2)), reads_rows=True),
    ),
    Case(
        "onnx-reads-flipped",
        EXPORTED,
        "the steps turned around",
        net(lambda: Net(LSTM, below=Function(lambda x: x.flip(1))), reads_rows=True),
    ),
    Case(
        "onnx-reads-added",
        EXPORTED,
        "a constant added to the embedding",
        net(lambda: Net(LSTM, below=Function(lambda x: x + torch.arange(5) / 5)), reads_rows=True),
    ),
    Case(
        "onnx-reads-dropout",
        EXPORTED,
        "Dropout between embedding and LSTM",
        net(lambda: Net(LSTM, below=nn.Dropout(0.5))),
    ),
    Case(
        "onnx-computed-start",
        EXPORTED,
        "an initial state computed of the input",
        modules(ComputedStart, {}, numbers),
        "refused",
        "begins with a state that the model computes",
    ),
    *(
        Case(f"onnx-learned-start{name}", EXPORTED, f"a learned initial state{about}", begun(kind, **options))
        for name, about, kind, options in (
            ("", " of a GRU", nn.GRU, {}),
            ("-lstm", ", h and c of an LSTM", nn.LSTM, {}),
            ("-lstm-h", ", h of an LSTM alone", nn.LSTM, {"zero_c": True}),
            ("-lstm-2", " of two layers in both directions", nn.LSTM, BOTH | {"num_layers": 2}),
            ("-rnn", " of an RNN", nn.RNN, {}),
        )
    ),
    Case(
        "onnx-random-start",
        EXPORTED,
        "a random initial state",
        modules(Random, {}, numbers),
        "refused",
        "begins with a state that the model computes",
    ),
    Case(
        "onnx-translates",
        EXPORTED,
        "a decoder that begins with the state of the encoder",
        modules(Translates, {"encoder": "encoder"}, numbers),
    ),
    Case(
        "onnx-cells",
        EXPORTED,
        "a loop over LSTMCell, unrolled",
        modules(Cells, {}, numbers),
        "refused",
        "LSTM, GRU or RNN",
    ),
    Case("onnx-chain", EXPORTED, "two GRUs, one on the other, batch first", chained),
    Case(
        "onnx-residual",
        EXPORTED,
        "two GRUs with a residual connection",
        modules(lambda: Chain(is_residual=True), {"low": "low", "high": "high"}, numbers),
    ),
    Case("onnx-attention", EXPORTED, "attention over the states", modules(Attends, {"rnn": "rnn"}, numbers)),
    Case(
        "onnx-side-by-side",
        EXPORTED,
        "a GRU and an LSTM side by side into the output layer",
        modules(Both, {"a": "a", "b": "b"}, numbers),
    ),
]


# --- Single nodes, by the arithmetic of the standard in float64 ---

Activation = Callable[[np.ndarray], np.ndarray]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


ACTIVATIONS: Final[Mapping[str, Activation]] = {
    "Sigmoid": sigmoid,
    "Tanh": np.tanh,
    "Relu": lambda x: np.maximum(x, 0),
    "HardSigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "Softsign": lambda x: x / (1 + np.abs(x)),
    "Elu": lambda x: np.where(x >= 0, x, np.expm1(x)),
    "Softplus": lambda x: np.log1p(np.exp(x)),
    "LeakyRelu": lambda x: np.where(x >= 0, x, 0.01 * x),
    "Affine": lambda x: x,
}
USUAL: Final = {"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}


@dataclass(frozen=True)
class Node:
    """A recurrent node: its operator, its activations and its other attributes that count."""

    kind: str
    activations: Sequence[str]
    reset: int = 0
    clip: float = 0.0
    start: float = 0.0

    def steps_of(self, x: np.ndarray, weights: Sequence[np.ndarray]) -> np.ndarray:
        """h of one direction at each step, as the standard of ONNX has its operators."""
        return standard(self, x, *weights)


def standard(node: Node, x: np.ndarray, W: np.ndarray, R: np.ndarray, B: np.ndarray) -> np.ndarray:
    """The same of its three arrays, in float64."""
    W, R, B = (one.astype(np.float64) for one in (W, R, B))
    units = R.shape[1]
    Wb, Rb = np.split(B, 2)

    def bounded(a: np.ndarray) -> np.ndarray:
        return np.clip(a, -node.clip, node.clip) if node.clip else a

    f, *others = (ACTIVATIONS[name] for name in node.activations)
    h = np.full(units, node.start)
    c, found = np.zeros(units), []
    for row in x.astype(np.float64):
        reads, keeps = W @ row + Wb, R @ h + Rb
        if node.kind == "RNN":
            h = f(bounded(reads + keeps))
        elif node.kind == "LSTM":
            i, o, forget, new = (bounded(a) for a in np.split(reads + keeps, 4))
            c = f(forget) * c + f(i) * others[0](new)
            h = f(o) * others[1](c)
        else:
            z, r = (f(bounded(a)) for a in np.split((reads + keeps)[: 2 * units], 2))
            kept = keeps[2 * units :] * r if node.reset else R[2 * units :] @ (r * h) + Rb[2 * units :]
            new = others[0](bounded(reads[2 * units :] + kept))
            h = (1 - z) * new + z * h
        found.append(h)
    return np.array(found)


def single(
    kind: str, *, activations: Sequence[str] | None = None, reset: int = 0, clip: float = 0.0, count: int = 1,
    reverse: bool = False, stored: str = "plain", start: float = 0.0, lengths: bool = False, **attributes: Any,
) -> Callable[[Path], Made]:  # fmt: skip
    """A model of one node, and what the standard computes.

    Args:
        stored: How its weights come to it: ``plain``, or through ``slice`` or ``concat`` nodes, or inside an ``if``.
    """

    def make(folder: Path) -> Made:
        rng, units, features, gates = np.random.default_rng(5), 5, 3, GATES[kind]
        shapes = {
            "W": (count, gates * units, features),
            "R": (count, gates * units, units),
            "B": (count, 2 * gates * units),
        }
        arrays = {name: rng.normal(0, 0.6, shape).astype(np.float32) for name, shape in shapes.items()}
        named = tuple(activations or USUAL[kind])
        told = dict(attributes) | {"hidden_size": units}
        if activations:
            told["activations"] = list(activations) * count
        if kind == "GRU":
            told["linear_before_reset"] = reset
        if clip:
            told["clip"] = clip
        if count == 2 or reverse:
            told["direction"] = "bidirectional" if count == 2 else "reverse"
        x = rows(features)
        one = Node(kind, named, reset, clip, start)
        found = []
        for number in range(count):
            turn = slice(None, None, -1 if number or reverse else 1)
            found.append(one.steps_of(x[turn], [arrays[name][number] for name in "WRB"])[turn])
        inputs = ["x", "W", "R", "B"]
        if lengths:
            inputs.append("lengths")
        if start:
            inputs += [""] * (5 - len(inputs)) + ["h0"]
            arrays["h0"] = np.full((count, 1, units), start, np.float32)
        nodes = passed(stored, arrays, gates)
        nodes.append(helper.make_node(kind, inputs, ["y"], name="layer", **told))
        return Made(written(folder, model(nodes, arrays)), {"layer": Truth(x, (np.concatenate(found, 1),))})

    return make


def passed(stored: str, arrays: dict[str, np.ndarray], gates: int) -> list[onnx.NodeProto]:
    """The nodes through which weights come, and the arrays in the form that these read."""
    if stored == "slice":
        rows = arrays["W"].shape[1]
        arrays["wide"] = np.concatenate([arrays.pop("W")] * 2, axis=1)
        arrays |= {"from": np.array([0]), "to": np.array([rows]), "axes": np.array([1])}
        return [helper.make_node("Slice", ["wide", "from", "to", "axes"], ["W"])]
    if stored == "concat":
        parts = np.split(arrays.pop("R"), gates, axis=1)
        arrays |= {f"R{number}": part for number, part in enumerate(parts)}
        return [helper.make_node("Concat", [f"R{number}" for number in range(gates)], ["R"], axis=1)]
    if stored == "transpose":
        arrays["flat"] = np.ascontiguousarray(arrays.pop("W").transpose(0, 2, 1))
        return [helper.make_node("Transpose", ["flat"], ["W"], perm=[0, 2, 1])]
    if stored == "unsqueeze":
        arrays |= {"flat": arrays.pop("W")[0], "axis": np.array([0])}
        return [helper.make_node("Unsqueeze", ["flat", "axis"], ["W"])]
    return []


def inside_if(folder: Path) -> Made:
    """An LSTM in both branches of an If."""
    rng = np.random.default_rng(2)
    stored = {"W": rng.normal(size=(1, 20, 3)), "R": rng.normal(size=(1, 20, 5))}

    def branch(name: str) -> onnx.GraphProto:
        made = helper.make_node("LSTM", ["x", "W", "R"], [name], hidden_size=5)
        return helper.make_graph([made], name, [], [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)])

    node = helper.make_node("If", ["condition"], ["y"], then_branch=branch("a"), else_branch=branch("b"))
    floats = {name: array.astype(np.float32) for name, array in stored.items()}
    return Made(written(folder, model([node], floats | {"condition": np.array(True)})))


def looped(folder: Path) -> Made:
    """An RNN as a Scan over matrix products, as tf2onnx writes cells that it does not know."""
    body = helper.make_graph(
        [
            helper.make_node("Add", ["h", "row"], ["sum"]), helper.make_node("Tanh", ["sum"], ["next"]),
            helper.make_node("Identity", ["next"], ["out"]),
        ],
        "body",
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [3]) for name in ("h", "row")],
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [3]) for name in ("next", "out")],
    )  # fmt: skip
    node = helper.make_node("Scan", ["h0", "x"], ["last", "y"], body=body, num_scan_inputs=1)
    return Made(written(folder, model([node], {"h0": np.zeros(3, np.float32)})))


def external(folder: Path, *, is_there: bool = True) -> Made:
    """Its numbers in a second file."""
    made = net(lambda: Net(nn.LSTM))(folder)
    whole = onnx.load(made.path)
    made.path.unlink()
    onnx.save(whole, made.path, save_as_external_data=True, location="mine.onnx.data", size_threshold=0)
    if not is_there:
        (folder / "mine.onnx.data").unlink()
    return made


SINGLE: Final = [
    *(
        Case(f"onnx-node-{kind.lower()}-{form}", NODES, f"{kind}, {form.replace('-', ' ')}", single(kind, **options))
        for kind in ("LSTM", "GRU", "RNN")
        for form, options in {"forward": {}, "both-ways": {"count": 2}}.items()
    ),
    Case("onnx-node-gru-after", NODES, "GRU with `linear_before_reset=1`", single("GRU", reset=1)),
    Case(
        "onnx-node-gru-after-both",
        NODES,
        "GRU with `linear_before_reset=1`, both directions",
        single("GRU", reset=1, count=2),
    ),
    Case("onnx-node-rnn-relu", NODES, "RNN with Relu", single("RNN", activations=["Relu"])),
    *(
        Case(
            f"onnx-node-{kind.lower()}-{'-'.join(names).lower()}",
            NODES,
            f"{kind} with {', '.join(names)}",
            single(kind, activations=names),
            "refused",
            "activations",
        )
        for kind, names in (
            ("LSTM", ("HardSigmoid", "Tanh", "Tanh")),
            ("LSTM", ("Sigmoid", "Relu", "Relu")),
            ("GRU", ("HardSigmoid", "Tanh")),
            ("GRU", ("Sigmoid", "Relu")),
            ("RNN", ("Sigmoid",)),
            ("RNN", ("Softsign",)),
            ("LSTM", ("Sigmoid", "Softsign", "Softsign")),
        )
    ),
    Case(
        "onnx-node-lstm-tanh-relu",
        NODES,
        "LSTM with other activations of the new values and of c",
        single("LSTM", activations=("Sigmoid", "Tanh", "Relu")),
        "refused",
        "activations",
    ),
    Case("onnx-node-clip", NODES, "LSTM with `clip=0.5`", single("LSTM", clip=0.5), "refused", "clip"),
    Case(
        "onnx-node-forget",
        NODES,
        "LSTM with `input_forget=1`",
        single("LSTM", input_forget=1),
        "refused",
        "input_forget",
    ),
    Case(
        "onnx-node-reverse",
        NODES,
        "GRU with the direction reverse alone",
        single("GRU", reverse=True),
        "refused",
        "reverse",
    ),
    Case("onnx-node-lengths", NODES, "LSTM with `sequence_lens` as an input", single("LSTM", lengths=True)),
    Case("onnx-node-start", NODES, "GRU with an initial state of 0.5", single("GRU", start=0.5)),
    Case("onnx-node-layout", NODES, "LSTM with `layout=1`", single("LSTM", layout=1)),
    *(
        Case(
            f"onnx-node-{stored}",
            NODES,
            f"weights that come through a {stored.capitalize()}",
            single("LSTM", stored=stored),
        )
        for stored in ("slice", "concat", "transpose", "unsqueeze")
    ),
    Case("onnx-if", NODES, "LSTM nodes inside an If", inside_if, "refused", "If"),
    Case("onnx-scan", NODES, "a cell as a Scan", looped, "refused", "Scan"),
    Case("onnx-external", NODES, "the numbers in a second file", external),
    Case(
        "onnx-external-missing",
        NODES,
        "the second file is missing",
        lambda folder: external(folder, is_there=False),
        "refused",
        "mine.onnx.data",
    ),
    Case(
        "onnx-other-bytes",
        NODES,
        "other bytes",
        lambda folder: Made(written(folder, b"no model at all")),
        "refused",
        "must be a model in ONNX",
    ),
]

CASES: Final = [*EXPORTS, *SINGLE]
