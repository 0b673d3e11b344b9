"""A Trace or a History in, a plotly Figure out. Figures know no model and show nothing by themselves."""

from plotly.graph_objects import Figure

from rnnviz.figures.clusters import word_unit_clusters
from rnnviz.figures.gradients import Curve as GradientCurve
from rnnviz.figures.gradients import length_gradient_curves, step_gradient_curves
from rnnviz.figures.heatmap import signal_heatmap
from rnnviz.figures.jacobians import PARTS as JACOBIAN_PARTS
from rnnviz.figures.jacobians import contribution_heatmap, jacobian_curves, singular_value_bars
from rnnviz.figures.memory import contribution_bars, half_life_bars, retention_heatmap
from rnnviz.figures.saturation import saturation_scatter
from rnnviz.figures.trajectory import state_trajectory
from rnnviz.figures.weights import weight_heatmap, weight_histogram, weight_norms

__all__ = [
    "JACOBIAN_PARTS",
    "Figure",
    "GradientCurve",
    "contribution_bars",
    "contribution_heatmap",
    "half_life_bars",
    "jacobian_curves",
    "length_gradient_curves",
    "retention_heatmap",
    "saturation_scatter",
    "signal_heatmap",
    "singular_value_bars",
    "state_trajectory",
    "step_gradient_curves",
    "weight_heatmap",
    "weight_histogram",
    "weight_norms",
    "word_unit_clusters",
]
