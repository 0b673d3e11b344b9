"""What each direction of a network knows by itself, and how much of the judgement is its part.

A bidirectional network has two readers. At each word, the forward one has read what stands before it and the word, the
reverse one what comes after it and the word. The network puts what they hand in side by side, and judges by both.
"""

import numpy as np
import torch
from torch import Tensor

from rnnviz.names import DIRECTIONS, Direction
from rnnviz.sentiment.calibration import probabilities
from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.network import SentimentNetwork
from rnnviz.sentiment.prefixes import weighted
from rnnviz.sentiment.reading import LONGEST, Reading


def alone(model: SentimentModel, text: str | Reading, longest: int = LONGEST) -> dict[Direction, np.ndarray]:
    """How likely the text praises by what one direction has read so far, while the other has read nothing.

    The units of the other direction are zero at every word, as before any word. Those of this one are what they are in
    the whole text; with attention, the words that it has read so far are weighed against each other. So the forward row
    begins with the first word alone and ends with all of the text, the reverse row the other way round. No network was
    trained to judge by one half of its units: by one direction it is nearly always less sure than by both.

    Returns:
        Dict of str to float64 ndarray of shape (time,). Probabilities at the words as they stand in the text: the
            reverse direction's first one is at the last word; NaN where it has read no known word yet. A network of
            one direction has ``"forward"`` alone, which is what ``SentimentModel.running`` says.

    Raises TypeError if the model is a bag, ValueError if there is nothing to read.
    """
    network, states = _states(model, text, longest)
    is_known = np.array(model.read(text, longest).ids) != 0
    found: dict[Direction, np.ndarray] = {}
    with torch.inference_mode():
        for direction, units in _halves(network).items():
            half = torch.zeros_like(states)
            half[:, units] = states[:, units]
            backwards = direction == "reverse"
            logits = _so_far(network, half.flip(0) if backwards else half).double().numpy()
            known = np.logical_or.accumulate(is_known[::-1] if backwards else is_known)
            row = np.where(known, probabilities(logits / model.temperature), np.nan)
            found[direction] = row[::-1] if backwards else row
    return found


def parts(
    model: SentimentModel, text: str | Reading, longest: int = LONGEST
) -> tuple[dict[Direction, np.ndarray], float]:
    """Which part of the logit each direction has at each word; exact, since with attention the logit is a sum of these.

    Returns:
        parts: Dict of str to float64 ndarray of shape (time,). The weight of attention on a word times what the units
            of one direction say there; positive for praise.
        bias: What is said of no word. It and all parts together are the logit of the text.

    Raises TypeError if the model is a bag, ValueError if there is nothing to read, or the network has no attention.
    """
    network, states = _states(model, text, longest)
    with torch.inference_mode():
        weights = network.weigh(states[None], torch.tensor([len(states)]))[0]
        said = states * network.head.weight[0]  # (time, direction * unit)
        found = {
            direction: (weights * said[:, units].sum(1)).double().numpy() / model.temperature
            for direction, units in _halves(network).items()
        }
    return found, network.head.bias.item() / model.temperature


def _states(model: SentimentModel, text: str | Reading, longest: int) -> tuple[SentimentNetwork, Tensor]:
    """The network and its states, (time, direction * unit)."""
    network, reading = model.opened(text, longest)
    with torch.inference_mode():
        x = network.embedding(torch.tensor([reading.ids]))
        return network, network.states(x, torch.tensor([len(reading.ids)]))[0]


def _halves(network: SentimentNetwork) -> dict[Direction, slice]:
    """Which units are whose."""
    units, count = network.spec.hidden, 2 if network.spec.bidirectional else 1
    return {direction: slice(k * units, (k + 1) * units) for k, direction in enumerate(DIRECTIONS[:count])}


def _so_far(network: SentimentNetwork, states: Tensor) -> Tensor:
    """The logit after each word, by states in the order in which they were reached, (time,)."""
    if network.attention is None:
        return network.classify(states)
    scores, said = network.attention(states).squeeze(1), network.classify(states)
    time = len(states)
    return weighted(scores.expand(time, -1), said.expand(time, -1))
