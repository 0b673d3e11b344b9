"""A Trace, History or Record comes in, a plotly Figure comes out. A figure knows no model and shows nothing by itself.

Every figure has a caption. For readers who do not see it, ``layout.meta["alt"]`` describes it in words, and
``table_of`` reads its numbers off it.

These arguments mean the same in every function:

- ``caption``: its first sentences. Of a trace, it stands in place of cell and units.
- ``theme``: "light" or "dark".
- ``signal``: any signal of ``trace.cell``.
- ``layer``, ``direction``, ``batch``: the panel of the trace that is drawn; ``batch`` is the number of the sample.
- ``t``: a step to mark, counted from 0.
- ``tokens``: labels of the steps; numbers by default.
- ``read``: what was read at every step, for the table of the numbers; the labels by default.
- ``baseline`` of a training: the loss of the best answer that remembers nothing.
- ``beside``: arms in pictures beside this one, which is to have the same axes.
"""

from plotly.graph_objects import Figure

from rnnviz.figures.automata import automaton
from rnnviz.figures.characters import CharacterCourse, character_curves, entropy_curve, temperature_bars
from rnnviz.figures.cliff import descent_curves, descent_surface
from rnnviz.figures.contexts import skip_gram_curve, vector_update, word_by_word, word_guesses
from rnnviz.figures.dataset import length_histogram, padding_shares, word_ranks
from rnnviz.figures.dynamics import eigenvalues, fixed_points
from rnnviz.figures.finished import POLICY, Background, enlarged, linked, on_background, slide, standalone, titled
from rnnviz.figures.gradients import GradientCurve, contribution_heatmap, length_gradient_curves, step_gradient_curves
from rnnviz.figures.importance import Agreement, Importance, agreement_histograms, importance_bars
from rnnviz.figures.inputs import bags_of_words, one_hot_product, state_pair
from rnnviz.figures.interventions import ablation_bars, effect_grid, output_change
from rnnviz.figures.jacobians import JACOBIAN_PARTS, jacobian_curves, singular_value_bars
from rnnviz.figures.learning import (
    ReviewCourse,
    epoch_curves,
    lesson_picture,
    review_accuracy_picture,
    review_curve,
    review_loss_picture,
)
from rnnviz.figures.lengths import Accuracy, form_accuracy, length_accuracy
from rnnviz.figures.lettered import lettered
from rnnviz.figures.memory import contribution_bars, half_life_bars, retention_heatmap
from rnnviz.figures.memory_grid import Grid, outcome_grid, score_curves
from rnnviz.figures.modes import leading_modes
from rnnviz.figures.panel import signal_heatmap
from rnnviz.figures.predictions import confusion_matrix, padding_curve, reliability_diagram, shuffle_strip
from rnnviz.figures.probes import probe_accuracy, probe_direction
from rnnviz.figures.rates import rate_curve
from rnnviz.figures.saturation import saturation_scatter
from rnnviz.figures.states import state_trajectory, word_unit_clusters
from rnnviz.figures.style import roomy, widened
from rnnviz.figures.table import csv_of, csv_text, table_of
from rnnviz.figures.table_json import json_of, json_text
from rnnviz.figures.tasks import Drawn, task_example, window_gradients
from rnnviz.figures.thresholds import clipped_bars, norm_histogram, threshold_curve
from rnnviz.figures.training import TrainingMark, training_answers, training_curve
from rnnviz.figures.unknown import unknown_marked
from rnnviz.figures.watched import watched_gradients, watched_steps
from rnnviz.figures.watched_place import WatchedPlace, watched_place
from rnnviz.figures.watched_updates import (
    watched_gates,
    watched_half_lives,
    watched_loss,
    watched_norms,
    watched_singular_values,
    watched_units,
)
from rnnviz.figures.weights import weight_heatmap, weight_histogram, weight_norms
from rnnviz.figures.word_maps import class_map, word_map

__all__ = [
    "JACOBIAN_PARTS",
    "POLICY",
    "Accuracy",
    "Agreement",
    "Background",
    "CharacterCourse",
    "Drawn",
    "Figure",
    "GradientCurve",
    "Grid",
    "Importance",
    "ReviewCourse",
    "TrainingMark",
    "WatchedPlace",
    "ablation_bars",
    "agreement_histograms",
    "automaton",
    "bags_of_words",
    "character_curves",
    "class_map",
    "clipped_bars",
    "confusion_matrix",
    "contribution_bars",
    "contribution_heatmap",
    "csv_of",
    "csv_text",
    "descent_curves",
    "descent_surface",
    "effect_grid",
    "eigenvalues",
    "enlarged",
    "entropy_curve",
    "epoch_curves",
    "fixed_points",
    "form_accuracy",
    "half_life_bars",
    "importance_bars",
    "jacobian_curves",
    "json_of",
    "json_text",
    "leading_modes",
    "length_accuracy",
    "length_gradient_curves",
    "length_histogram",
    "lesson_picture",
    "lettered",
    "linked",
    "norm_histogram",
    "on_background",
    "one_hot_product",
    "outcome_grid",
    "output_change",
    "padding_curve",
    "padding_shares",
    "probe_accuracy",
    "probe_direction",
    "rate_curve",
    "reliability_diagram",
    "retention_heatmap",
    "review_accuracy_picture",
    "review_curve",
    "review_loss_picture",
    "roomy",
    "saturation_scatter",
    "score_curves",
    "shuffle_strip",
    "signal_heatmap",
    "singular_value_bars",
    "skip_gram_curve",
    "slide",
    "standalone",
    "state_pair",
    "state_trajectory",
    "step_gradient_curves",
    "table_of",
    "task_example",
    "temperature_bars",
    "threshold_curve",
    "titled",
    "training_answers",
    "training_curve",
    "unknown_marked",
    "vector_update",
    "watched_gates",
    "watched_gradients",
    "watched_half_lives",
    "watched_loss",
    "watched_norms",
    "watched_place",
    "watched_singular_values",
    "watched_steps",
    "watched_units",
    "weight_heatmap",
    "weight_histogram",
    "weight_norms",
    "widened",
    "window_gradients",
    "word_by_word",
    "word_guesses",
    "word_map",
    "word_ranks",
    "word_unit_clusters",
]
