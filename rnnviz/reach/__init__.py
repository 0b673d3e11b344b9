"""How far back learning reaches: gradients by inputs and states many steps before the loss, and what shrinks them."""

from rnnviz.reach.inputs import input_gradients
from rnnviz.reach.jacobians import JacobianProducts, jacobian_products
from rnnviz.reach.losses import (
    Of,
    StepGradients,
    input_rows,
    length_gradients,
    state_rows,
    step_gradients,
    step_losses,
)
from rnnviz.reach.starts import Reach, initialise, reach
from rnnviz.reach.triangle import ContributionTriangle, contribution_triangle

__all__ = [
    "ContributionTriangle",
    "JacobianProducts",
    "Of",
    "Reach",
    "StepGradients",
    "contribution_triangle",
    "initialise",
    "input_gradients",
    "input_rows",
    "jacobian_products",
    "length_gradients",
    "reach",
    "state_rows",
    "step_gradients",
    "step_losses",
]
