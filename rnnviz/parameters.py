"""Every parameter of a network by name, shape and count, in torch's accounting and in Keras'."""

from collections.abc import Iterator
from dataclasses import dataclass

from rnnviz.names import GATES, READ_OUT, Direction
from rnnviz.spec import ModelSpec


@dataclass(frozen=True)
class ParameterRow:
    """One parameter of a network.

    Attributes:
        name: Torch's name: ``weight_hh_l1_reverse``, ``head.weight``.
        symbol: LaTeX without layer and direction: ``W_{hh}``.
        layer, direction: None for the read-out.
        formula: Where the shape comes from, in words and in numbers.
    """

    name: str
    symbol: str
    layer: int | None
    direction: Direction | None
    shape: tuple[int, ...]
    count: int
    formula: str


def parameter_table(spec: ModelSpec) -> list[ParameterRow]:
    """Every parameter of a network in torch's order, the output layer last."""
    rows = [
        row
        for layer in range(spec.num_layers)
        for direction in spec.directions
        for row in _rows(spec, layer, direction)
    ]
    return rows + (_head_rows(spec) if spec.output_size else [])


def parameter_count(spec: ModelSpec) -> int:
    """How many numbers torch learns for a network, output layer included."""
    return sum(row.count for row in parameter_table(spec))


def count_formula(spec: ModelSpec, layer: int = 0) -> str:
    """The count of one layer and direction: ``G·H·(D + H + 2) = 4·64·(32 + 64 + 2) = 25,088``.

    G are the gates, H the units, D the inputs, 2 the biases. ValueError if the network has no such layer.
    """
    if not 0 <= layer < spec.num_layers:
        raise ValueError(f"layer must be in 0..{spec.num_layers - 1} for this network; got {layer}")
    gates, units, inputs = len(GATES[spec.cell]), spec.hidden_size, _inputs(spec, layer)
    letters, numbers, biases = ("G·H·(D + H + 2)", " + 2", 2) if spec.bias else ("G·H·(D + H)", "", 0)
    count = gates * units * (inputs + units + biases)
    return f"{letters} = {gates}·{units}·({inputs} + {units}{numbers}) = {count:,}"


def keras_count(spec: ModelSpec) -> int:
    """How many numbers Keras learns for the same network, its layers at their defaults.

    Source: keras.layers.SimpleRNN, LSTM and GRU (``reset_after=True``: separate input and recurrent biases; one bias
        where it is False, as in a network that resets before the product).
    """
    if not spec.bias or (spec.cell == "gru" and not spec.resets_before):
        return parameter_count(spec)
    one_bias = len(GATES[spec.cell]) * spec.hidden_size
    return parameter_count(spec) - spec.num_layers * len(spec.directions) * one_bias


def keras_reason(spec: ModelSpec) -> str:
    """Why torch and Keras count differently, or do not, in one sentence."""
    if not spec.bias:
        return "Without biases torch and Keras count the same."
    if spec.cell == "gru" and not spec.resets_before:
        return "Keras' GRU resets after the product (reset_after=True) and therefore has two bias vectors, like torch."
    gates = len(GATES[spec.cell])
    block = f"{gates}·{spec.hidden_size}" if gates > 1 else f"{spec.hidden_size}"
    difference = parameter_count(spec) - keras_count(spec)
    where = " (reset_after=False)" if spec.resets_before else ""
    return (
        f"Torch has two bias vectors, b_ih and b_hh, where Keras has one{where}: {block} fewer per layer and "
        f"direction, {difference:,} in all."
    )


def _inputs(spec: ModelSpec, layer: int) -> int:
    """Width of what a layer reads."""
    return spec.input_size if layer == 0 else len(spec.directions) * spec.hidden_size


def _rows(spec: ModelSpec, layer: int, direction: Direction) -> Iterator[ParameterRow]:
    gates, units, inputs = len(GATES[spec.cell]), spec.hidden_size, _inputs(spec, layer)
    stacked = (f"{gates} · hidden_size", f"{gates}·{units}") if gates > 1 else ("hidden_size", f"{units}")
    read = ("input_size", f"{inputs}") if layer == 0 else _outputs(spec)
    ending = f"_l{layer}" + ("_reverse" if direction == "reverse" else "")
    weights = [
        ("weight_ih", "W_{ih}", (gates * units, inputs), _product(stacked, read)),
        ("weight_hh", "W_{hh}", (gates * units, units), _product(stacked, ("hidden_size", f"{units}"))),
    ]
    biases = [
        ("bias_ih", "b_{ih}", (gates * units,), " = ".join(stacked)),
        ("bias_hh", "b_{hh}", (gates * units,), " = ".join(stacked)),
    ]
    entries: list[tuple[str, str, tuple[int, ...], str]] = [*weights, *(biases if spec.bias else [])]
    for name, symbol, shape, formula in entries:
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        yield ParameterRow(name + ending, symbol, layer, direction, shape, count, formula)


def _head_rows(spec: ModelSpec) -> list[ParameterRow]:
    rows, width = spec.output_size, len(spec.directions) * spec.hidden_size
    out = ("output_size", f"{rows}")
    weight = _product(out, _outputs(spec))
    return [
        ParameterRow("head.weight", READ_OUT[spec.cell][0], None, None, (rows, width), rows * width, weight),
        ParameterRow("head.bias", READ_OUT[spec.cell][1], None, None, (rows,), rows, " = ".join(out)),
    ]


def _outputs(spec: ModelSpec) -> tuple[str, str]:
    """Width of what a layer puts out, in words and in numbers."""
    return (
        ("2 · hidden_size", f"2·{spec.hidden_size}") if spec.bidirectional else ("hidden_size", f"{spec.hidden_size}")
    )


def _product(rows: tuple[str, str], columns: tuple[str, str]) -> str:
    return f"{rows[0]} × {columns[0]} = {rows[1]} × {columns[1]}"
