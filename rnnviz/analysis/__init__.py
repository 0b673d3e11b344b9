"""Numbers from traces: what states, gates, memory, gradients and weights come to. No model, no picture."""

from rnnviz.analysis.gates import deviation, saturation, tanh_saturation
from rnnviz.analysis.gradients import factor_per_step, gradient_norms
from rnnviz.analysis.memory import Contributions, along, contributions, half_life, mean_retention, retention
from rnnviz.analysis.states import (
    ORDERS,
    Order,
    closest_unit,
    how_many_on,
    on_in_range,
    principal_components,
    unit_order,
)
from rnnviz.analysis.training import (
    BadUpdate,
    Course,
    RateSweep,
    Sweep,
    course,
    courses,
    first_bad_update,
    last_loss,
    rate_sweep,
    share_clipped,
    sweeps,
)
from rnnviz.analysis.weights import gate_blocks, singular_values, spectral_radius

__all__ = [
    "ORDERS",
    "BadUpdate",
    "Contributions",
    "Course",
    "Order",
    "RateSweep",
    "Sweep",
    "along",
    "closest_unit",
    "contributions",
    "course",
    "courses",
    "deviation",
    "factor_per_step",
    "first_bad_update",
    "gate_blocks",
    "gradient_norms",
    "half_life",
    "how_many_on",
    "last_loss",
    "mean_retention",
    "on_in_range",
    "principal_components",
    "rate_sweep",
    "retention",
    "saturation",
    "share_clipped",
    "singular_values",
    "spectral_radius",
    "sweeps",
    "tanh_saturation",
    "unit_order",
]
