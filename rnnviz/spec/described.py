"""The sizes and the form of a network in words."""

from rnnviz.spec.networks import ModelSpec


def sizes(model: ModelSpec) -> str:
    """Inputs, units, layers and directions: ``3 → 4 units, 2 layers, both directions``."""
    layers = f"{model.num_layers} layers" if model.num_layers > 1 else ""
    both = "both directions" if model.bidirectional else ""
    return joined(f"{model.input_size} → {model.hidden_size} units", layers, both)


def form(model: ModelSpec) -> str:
    """What differs from the default form of a cell, ``ReLU`` or ``reset before the product``; empty if nothing does."""
    if model.cell == "rnn" and model.nonlinearity == "relu":
        return "ReLU"
    return "reset before the product" if model.resets_before else ""


def joined(*parts: str) -> str:
    """The parts that are not empty, with commas between."""
    return ", ".join(part for part in parts if part)
