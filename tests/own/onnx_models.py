"""Small networks as files in ONNX: those that torch writes, and single nodes with any attributes."""

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from rnnviz.names import Pooling

TOKENS: Final = 7
GATES: Final = {"LSTM": 4, "GRU": 3, "RNN": 1}


class Tagger(nn.Module):
    """Tokens to classes."""

    def __init__(self, kind: type[nn.RNNBase], *, bias: bool = True, **options: Any) -> None:
        super().__init__()
        self.emb = nn.Embedding(TOKENS, 5)
        self.rnn = kind(5, 6, bias=bias, **options)
        self.fc = nn.Linear(12 if self.rnn.bidirectional else 6, 3, bias=bias)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc(self.rnn(self.emb(tokens))[0])


class Pooled(nn.Module):
    """Tokens to classes of the whole text."""

    def __init__(self, pooling: Pooling, **options: Any) -> None:
        super().__init__()
        self.pooling = pooling
        self.emb, self.rnn = nn.Embedding(TOKENS, 5), nn.LSTM(5, 6, **options)
        self.fc = nn.Linear(12 if self.rnn.bidirectional else 6, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        output, (h_n, _) = self.rnn(self.emb(tokens))
        steps = 1 if self.rnn.batch_first else 0
        if self.pooling == "ends":
            return self.fc(torch.cat([h_n[-2], h_n[-1]], 1) if self.rnn.bidirectional else h_n[-1])
        if self.pooling == "last":
            return self.fc(output[:, -1] if steps else output[-1])
        return self.fc(output.mean(steps) if self.pooling == "mean" else output.max(steps).values)


class Chain(nn.Module):
    """Two modules, batch first, of which the second reads what the first outputs; a residual connection if wished."""

    def __init__(self, *, is_residual: bool = False) -> None:
        super().__init__()
        self.low, self.high = (nn.GRU(4, 4, batch_first=True) for _ in range(2))
        self.is_residual = is_residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.low(x)[0]
        return self.high(y + x if self.is_residual else y)[0]


def exported(module: nn.Module, x: Tensor) -> bytes:
    """What torch writes; the first two axes of the input have any size."""
    with io.BytesIO() as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a way to write files that torch calls the older one
        torch.onnx.export(
            module.eval(), (x,), file, dynamo=False, input_names=["x"], output_names=["y"],
            dynamic_axes={"x": {0: "first", 1: "second"}},
        )  # fmt: skip
        return file.getvalue()


def node(
    kind: str,
    *,
    units: int = 3,
    features: int = 2,
    count: int = 1,
    weights: Mapping[str, np.ndarray] | None = None,
    inputs: Sequence[str] = ("x", "W", "R", "B"),
    **attributes: Any,
) -> bytes:
    """A model of one recurrent node; ``weights`` are more initializers, or others."""
    rng, gates = np.random.default_rng(5), GATES[kind]
    arrays = {
        "W": rng.normal(size=(count, gates * units, features)),
        "R": rng.normal(size=(count, gates * units, units)),
        "B": rng.normal(size=(count, 2 * gates * units)),
    }
    stored = {name: array.astype(np.float32) for name, array in (arrays | dict(weights or {})).items()}
    made = helper.make_node(kind, list(inputs), ["y"], name="layer", hidden_size=units, **attributes)
    return model([made], stored)


def model(nodes: Sequence[onnx.NodeProto], stored: Mapping[str, np.ndarray], **options: Any) -> bytes:
    """Nodes from x to y, with these numbers."""
    graph = helper.make_graph(
        list(nodes), "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in stored.items()], **options,
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    return bytes(made.SerializeToString())
