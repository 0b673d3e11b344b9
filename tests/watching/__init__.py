"""A training that is watched: the numbers of its record, and that it stays the training it was."""
