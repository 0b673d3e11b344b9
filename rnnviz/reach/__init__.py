"""How far back learning reaches: gradients by inputs and states many steps before the loss, and what shrinks them."""

from rnnviz.reach.back import By
from rnnviz.reach.inputs import input_gradients
from rnnviz.reach.jacobians import JacobianProducts, jacobian_products
from rnnviz.reach.losses import (
    Of,
    StepGradients,
    length_gradients,
    loss_rows,
    loss_vectors,
    step_gradients,
)
from rnnviz.reach.starts import Reach, reach
from rnnviz.reach.triangle import ContributionTriangle, contribution_triangle

__all__ = [
    "By",
    "ContributionTriangle",
    "JacobianProducts",
    "Of",
    "Reach",
    "StepGradients",
    "contribution_triangle",
    "input_gradients",
    "jacobian_products",
    "length_gradients",
    "loss_rows",
    "loss_vectors",
    "reach",
    "step_gradients",
]
