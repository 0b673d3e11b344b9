"""Frozen settings: what network is meant, what it is trained on and how, which of its numbers were typed over."""

from rnnviz.spec.characters import CHARACTER_LIMITS, TEXT_LEAST, TEXT_MOST, CharacterSpec, text_key
from rnnviz.spec.checks import is_family
from rnnviz.spec.networks import RECURRENTS, Edit, ModelSpec
from rnnviz.spec.plain import from_json, to_json
from rnnviz.spec.reviews import (
    REVIEW_LIMITS,
    REVIEW_MAX_NORM,
    REVIEWERS,
    REVIEWS_VARIABLE,
    Reviewer,
    ReviewSpec,
)
from rnnviz.spec.training import (
    KEPT_LIMIT,
    OPTIMIZERS,
    TASKS,
    TRAINING_LIMITS,
    WORK_LIMIT,
    TaskName,
    TaskSpec,
    TrainSpec,
)

__all__ = [
    "CHARACTER_LIMITS",
    "KEPT_LIMIT",
    "OPTIMIZERS",
    "RECURRENTS",
    "REVIEWERS",
    "REVIEWS_VARIABLE",
    "REVIEW_LIMITS",
    "REVIEW_MAX_NORM",
    "TASKS",
    "TEXT_LEAST",
    "TEXT_MOST",
    "TRAINING_LIMITS",
    "WORK_LIMIT",
    "CharacterSpec",
    "Edit",
    "ModelSpec",
    "ReviewSpec",
    "Reviewer",
    "TaskName",
    "TaskSpec",
    "TrainSpec",
    "from_json",
    "is_family",
    "text_key",
    "to_json",
]
