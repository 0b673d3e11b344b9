"""What goes wrong where an output is taken at the wrong place: at padding, or before the reverse half has read.

Both are the commonest mistakes with batches of texts: they raise no error, and training gets used to them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from rnnviz.sentiment.calibration import probabilities
from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.reading import LONGEST, Encoded

PADS: Final = 200


@dataclass(frozen=True, eq=False)
class Padding:
    """What becomes of a judgement when padding is read like words.

    Attributes:
        judged: float64 of shape (pad + 1,). The probability of praise after 0, 1, 2, … pads; the first is right.
        norms: float64 of shape (pad + 1,). The L2 norm of the forward direction's state after as many.
    """

    predicted: np.ndarray
    norms: np.ndarray


@dataclass(frozen=True)
class LastOutput:
    """The probability of praise by the states that a network should take, and by ``output[:, -1]``."""

    right: float
    wrong: float


def padding(model: SentimentModel, text: str, most: int = PADS, longest: int = LONGEST) -> Padding:
    """The judgement of a text that is filled up on the right with ``most`` zeros, and read as if these were words.

    A network does so that is given a padded batch without its lengths: it takes its state after the last pad, its
    reverse direction begins with the pads, and attention weighs them among the words. Raises TypeError if the model is
    a bag, ValueError if there is nothing to read.
    """
    network, reading = model.opened(text, longest)
    ids = np.array(reading.ids, np.int32)
    rows = [np.append(ids, np.zeros(pads, np.int32)) for pads in range(most + 1)]
    with torch.inference_mode():
        x = network.embedding(torch.from_numpy(rows[-1])[None])
        states = network.states(x, torch.tensor([x.shape[1]]))[0, len(ids) - 1 :, : network.spec.hidden]
        norms = states.double().norm(dim=1).numpy()
    return Padding(probabilities(model.logits(Encoded.of(rows))), norms)


def last_output(model: SentimentModel, text: str, longest: int = LONGEST) -> LastOutput:
    """The judgement by what each direction knows in the end, and by ``output[:, -1]``.

    At the last word the forward half has read everything, the reverse half has just begun: one word. The end of the
    reverse half is at the first word, ``output[:, 0]``; ``h_n`` has both ends. Both judgements are the same for a
    network of one direction, and for a text of one word. Raises TypeError if the model is a bag, ValueError if there is
    nothing to read, or the network has attention, which takes all states.
    """
    network, reading = model.opened(text, longest)
    if network.attention is not None:
        raise ValueError(f"a network must take its last states to take the wrong ones; {model.name} has attention")
    lengths = torch.tensor([len(reading.ids)])
    with torch.inference_mode():
        states = network.states(network.embedding(torch.tensor([reading.ids])), lengths)
        pooled = torch.cat([network.pool(states, lengths), states[:, -1]])
        right, wrong = probabilities(network.classify(pooled).double().numpy() / model.temperature).tolist()
    return LastOutput(right, wrong)
