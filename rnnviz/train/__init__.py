"""Training: a TrainSpec in, events on the way, a History out; a finished run becomes a Checkpoint."""

from rnnviz.train.batched import OnStep, train, train_together
from rnnviz.train.finished import checkpoint_of
from rnnviz.train.loop import Event
from rnnviz.train.measuring import Measured
from rnnviz.train.shipped import recipes

__all__ = ["Event", "Measured", "OnStep", "checkpoint_of", "recipes", "train", "train_together"]
