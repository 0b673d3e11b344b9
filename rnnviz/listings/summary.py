"""The parameters of the layers of the sentiment program, each count with its formula."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from rnnviz.listings.executing import Value

_PASSED = {"embedding": "x", "bilstm": "h", "dense": "a", "output": "logits"}
"""The layers of the sentiment program, with the names of what they give."""


@dataclass(frozen=True)
class Layer:
    """A layer of the sentiment program.

    Attributes:
        name, kind: Its name in the program, and what torch calls it.
        shape: Of its output for the batch.
        formula: The count of its parameters as a product in numbers.
        torch, keras: The counts. Torch has two biases for each direction of an LSTM, and Keras has one.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    formula: str
    torch: int
    keras: int


def layers(names: Mapping[str, Any]) -> tuple[Layer, ...]:
    """The layers of the sentiment program after it was run, in the order in which a review passes them."""
    return tuple(_layer(name, names[name], names[passed]) for name, passed in _PASSED.items())


def counted(names: Mapping[str, Any]) -> dict[str, tuple[Value, ...]]:
    """What there is to show of the parameters, by the name of the block."""
    some = layers(names)
    found = {one.name: (_count(one),) for one in some}
    rows = [f"{one.name:<10} {one.shape!s:<14} {one.torch:>8,}" for one in some]
    total = f"{'sum':<10} {'':<14} {sum(one.torch for one in some):>8,}"
    keras = f"{'in Keras':<10} {'':<14} {sum(one.keras for one in some):>8,}"
    network = Value("summary", "layer, output shape, parameters", (*rows, total, keras))
    return {**found, "network": (network,), "stacked": (_stacked(names["stacked"]),)}


def _stacked(network: nn.Module) -> Value:
    inner = [one for one in network.modules() if isinstance(one, nn.Embedding | nn.LSTM | nn.Linear)]
    counts = [sum(parameter.numel() for parameter in one.parameters()) for one in inner]
    rows = [f"{type(one).__name__}: {_formula(one)[0]} = {count:,}" for one, count in zip(inner, counts, strict=True)]
    return Value("stacked", "parameters", (*rows, f"sum: {sum(counts):,}"))


def _count(layer: Layer) -> Value:
    rows = [f"{layer.formula} = {layer.torch:,}"]
    if layer.keras != layer.torch:
        rows.append(f"{layer.keras:,} in Keras, which has one bias for each gate and unit")
    return Value(layer.name, f"{layer.kind}, parameters", tuple(rows))


def _layer(name: str, module: nn.Module, output: Tensor) -> Layer:
    inner = next((one for one in module.modules() if isinstance(one, nn.LSTM)), module)
    formula, fewer = _formula(inner)
    count = sum(parameter.numel() for parameter in module.parameters())
    return Layer(name, type(inner).__name__, tuple(output.shape), formula, count, count - fewer)


def _formula(module: nn.Module) -> tuple[str, int]:
    """The count as a product, and how many of the parameters Keras does not have; TypeError for other layers."""
    match module:
        case nn.Embedding():
            return f"{module.num_embeddings} · {module.embedding_dim}", 0
        case nn.LSTM():
            directions, units = 1 + module.bidirectional, module.hidden_size
            inside = f"{module.input_size} + {units} + 2"
            return f"{directions} · 4 · {units} · ({inside})", directions * 4 * units
        case nn.Linear():
            return f"{module.in_features} · {module.out_features} + {module.out_features}", 0
    raise TypeError(f"a layer must be an Embedding, an LSTM or a Linear; got {type(module).__name__}")
