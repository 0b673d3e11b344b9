"""What the unlabelled reviews are taken to say: the mean opinion of those who have learned from the labelled ones."""

import numpy as np

from rnnviz.sentiment.bag import fit_bag
from rnnviz.sentiment.batches import Samples
from rnnviz.sentiment.calibration import probabilities, temperature
from rnnviz.sentiment.network import SentimentNetwork, logits_of
from rnnviz.sentiment.reading import Encoded
from rnnviz.sentiment.recipes import BAG_PENALTY, TEACHING_ORDERS, Teacher


def taught(
    teachers: tuple[Teacher, ...],
    network: SentimentNetwork,
    labelled: Samples,
    validation: Samples,
    unlabelled: Encoded,
) -> np.ndarray:
    """The probabilities of praise, float32 of shape (review,), that a network, trained so far, is to learn from.

    The bag learns from ``labelled``; ``validation`` shows how far an opinion is to be trusted.
    """
    opinions = []
    for teacher in teachers:
        if teacher == "bag":
            bag = fit_bag(labelled.reviews, labelled.targets, TEACHING_ORDERS, BAG_PENALTY)
            pair = [bag.logits(reviews) for reviews in (validation.reviews, unlabelled)]
        else:
            pair = [logits_of(network, reviews) for reviews in (validation.reviews, unlabelled)]
        opinions.append([logits / temperature(pair[0], validation.targets) for logits in pair])
    seen, told = (np.sum(logits, 0) for logits in zip(*opinions, strict=True))
    return probabilities(told / temperature(seen, validation.targets)).astype(np.float32)
