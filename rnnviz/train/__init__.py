"""Training: a TrainSpec in, events on the way, a History out."""

from rnnviz.train.loop import Event, OnStep, train, train_together
from rnnviz.train.measuring import Measured

__all__ = ["Event", "Measured", "OnStep", "train", "train_together"]
