"""Networks of the sizes that ship, with the weights they start from: what they compute is as exact as later."""

from rnnviz.attention.model import AttentionModel
from rnnviz.attention.network import started
from rnnviz.attention.recipes import RECIPES
from rnnviz.attention.tasks import task
from rnnviz.attention.training import spec_of


def untrained(name: str, seed: int = 3) -> AttentionModel:
    recipe = RECIPES[name]
    network = started(spec_of(recipe), seed).requires_grad_(requires_grad=False).eval()
    for parameter in network.parameters():
        if parameter.dim() == 1:  # biases of 0 would hide what a bias does
            parameter.add_(0.1 * (1 + len(parameter) % 3))
        parameter.mul_(1.5)
    return AttentionModel(name, network, task(recipe.task), {})
