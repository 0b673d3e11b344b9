"""Frozen settings: what network is meant, what it is trained on and how, which of its numbers were typed over."""

from rnnviz.spec.checks import is_family
from rnnviz.spec.networks import RECURRENTS, Edit, ModelSpec
from rnnviz.spec.plain import from_json, to_json
from rnnviz.spec.training import (
    CHARACTER_LIMITS,
    KEPT_LIMIT,
    OPTIMIZERS,
    REVIEW_LIMITS,
    REVIEW_MAX_NORM,
    REVIEWERS,
    REVIEWS_VARIABLE,
    TASKS,
    TEXT_LEAST,
    TEXT_MOST,
    TRAINING_LIMITS,
    WORK_LIMIT,
    CharacterSpec,
    Reviewer,
    ReviewSpec,
    TaskName,
    TaskSpec,
    TrainSpec,
    text_key,
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
