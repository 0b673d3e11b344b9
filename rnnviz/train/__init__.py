"""Training: a TrainSpec in, events on the way, a History out; a finished run becomes a Checkpoint."""

from rnnviz.train.batched import OnStep, train, train_together
from rnnviz.train.finished import checkpoint_of, recipes
from rnnviz.train.loop import Event
from rnnviz.train.measuring import Measured

__all__ = ["Event", "Measured", "OnStep", "checkpoint_of", "recipes", "train", "train_together"]
