"""What a network that judges reviews is made of, and how many parameters torch and Keras count in it."""

from dataclasses import dataclass

from rnnviz.sentiment.network import SentimentNetwork


@dataclass(frozen=True)
class Layer:
    """One layer; ``name`` and ``kind`` are as the network and torch call it.

    Attributes:
        matrices: The shapes of its weights without the biases.
        torch, keras: Parameters. Torch counts two biases a direction of an LSTM and Keras one: the two are only added.
    """

    name: str
    kind: str
    matrices: tuple[tuple[int, ...], ...]
    torch: int
    keras: int


def layers_of(network: SentimentNetwork) -> tuple[Layer, ...]:
    """The layers in the order in which a text passes them."""
    found = []
    for name, layer in network.named_children():
        counts = {key: parameter.numel() for key, parameter in layer.named_parameters()}
        matrices = tuple(tuple(parameter.shape) for parameter in layer.parameters() if parameter.dim() > 1)
        keras = sum(count for key, count in counts.items() if "bias_hh" not in key)
        found.append(Layer(name, type(layer).__name__, matrices, sum(counts.values()), keras))
    return tuple(found)
