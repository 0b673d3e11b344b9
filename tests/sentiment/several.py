"""What one of several processes does in test_together: trains, and writes down what it came to."""

import os
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from rnnviz.sentiment.fitting import Fitted
from rnnviz.sentiment.process_group import Alone, process_group
from rnnviz.sentiment.reviews import read
from tests.sentiment.made_up import LECTURE, LONELY, OURS, go_on

RECIPES = {"lecture": LECTURE, "ours": OURS, "lonely": LONELY}


def told(fitted: Fitted) -> dict[str, Tensor]:
    """Weights and curves."""
    curves = {f"history/{key}": torch.tensor([entry[key] for entry in fitted.history]) for key in fitted.history[0]}
    return curves | {key: parameter.detach() for key, parameter in fitted.network.named_parameters()}


def main(folder: Path) -> None:
    """Train each network with all the processes that were started."""
    torch.set_num_threads(1)
    data = read(folder / "data")
    with process_group() as all_of_us:
        assert not isinstance(all_of_us, Alone)
        for name, recipe in RECIPES.items():
            fitted = go_on(recipe, data, folder / f"{name}.unfinished", lambda _: None, all_of_us)
            save_file(told(fitted), folder / f"{name}.{os.environ['RANK']}.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
