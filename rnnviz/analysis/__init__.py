"""Numbers from traces: what states, gates, memory, gradients and weights come to. No model, no picture."""

from rnnviz.analysis.gates import deviation, saturation, tanh_saturation
from rnnviz.analysis.gradients import factor_per_step, gradient_norms
from rnnviz.analysis.memory import Contributions, along, contributions, half_life, mean_retention, retention
from rnnviz.analysis.states import ORDERS, Order, how_many_on, on_in_range, principal_components, unit_order
from rnnviz.analysis.weights import gate_blocks, singular_values, spectral_radius

__all__ = [
    "ORDERS",
    "Contributions",
    "Order",
    "along",
    "contributions",
    "deviation",
    "factor_per_step",
    "gate_blocks",
    "gradient_norms",
    "half_life",
    "how_many_on",
    "mean_retention",
    "on_in_range",
    "principal_components",
    "retention",
    "saturation",
    "singular_values",
    "spectral_radius",
    "tanh_saturation",
    "unit_order",
]
