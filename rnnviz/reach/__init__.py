"""How far back learning reaches: gradients by inputs and states many steps before the loss, and what shrinks them."""

from rnnviz.reach.back import By
from rnnviz.reach.inputs import Reach, input_gradients, reach
from rnnviz.reach.jacobians import JacobianProducts, jacobian_products
from rnnviz.reach.losses import (
    ContributionTriangle,
    Of,
    StepGradients,
    contribution_triangle,
    length_gradients,
    loss_rows,
    loss_vectors,
    step_gradients,
)
from rnnviz.reach.through_time import ThroughTime, through_time

__all__ = [
    "By",
    "ContributionTriangle",
    "JacobianProducts",
    "Of",
    "Reach",
    "StepGradients",
    "ThroughTime",
    "contribution_triangle",
    "input_gradients",
    "jacobian_products",
    "length_gradients",
    "loss_rows",
    "loss_vectors",
    "reach",
    "step_gradients",
    "through_time",
]
