"""The code behind the trainings of the page of clipping: of its figures, and of one network in plain torch."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rnnviz import clipping
from rnnviz.spec import TrainSpec
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.networks import network_lines
from rnnviz.ui.codegen.source import Raw, literal, script


def drawing(name: str, arm: int | None, drawn: Mapping[str, object]) -> Drawing:
    """The call that draws a figure of two arms, trained without clipping and with it.

    Args:
        name: A measure, or ``answers``.
        arm: The only arm in the picture; None for both.
        drawn: What the figure says: ``said``, and of a measure ``logarithmic`` and ``mark``.
    """
    if name == "answers":
        return Drawing("training_answers", Raw("courses"), Raw("known.held_out().y[:shown, 0]"), **drawn)
    arms = Raw("courses" if arm is None else f"courses[{arm}:{arm + 1}]")
    beside = {} if arm is None else {"beside": Raw(f"courses[{1 - arm}:{2 - arm}]")}
    return Drawing("training_curve", arms, name, **beside, baseline=Raw("known.baseline"), **drawn)


def figure(name: str, specs: Sequence[TrainSpec], arm: int | None, drawn: Mapping[str, object]) -> str:
    """The script of a figure of two arms, drawn as by ``drawing``.

    Args:
        specs: The unclipped arm, then the clipped one, with the updates that were made.
    """
    preset = clipping.preset_of(specs[-1])
    head = [
        f"preset = {literal(preset)}",
        "# train_together(clipping.pair(clipping.PRESETS[preset])) makes it",
        "histories = clipping.shipped_pair(preset)",
    ]
    if preset is None:
        head = [
            f"clipped = {literal(specs[-1])}",
            "histories = train_together(clipping.pair(clipped))  # a minute or so",
        ]
    known = f"known = task({'clipped' if preset is None else 'clipping.PRESETS[preset]'}.task)"
    shown = ["shown = courses[0].answers.shape[1]"] if name == "answers" else []
    return script(
        *head,
        "courses = [analysis.course(history) for history in histories]",
        known,
        *shown,
        drawing(name, arm, drawn).shown(),
    )


def sweep_drawing(name: str, bare: TrainSpec, arm: int | None, said: Sequence[str]) -> Drawing:
    """The call that draws a figure of a training at many thresholds.

    Args:
        name: One of "thresholds", "shares", "norms".
        bare: The arm without clipping.
        arm: For a figure of norms.
        said: What the caption says.
    """
    if name == "thresholds":
        baseline = Raw(f"task({literal(bare.task)}).baseline")
        return Drawing("threshold_curve", Raw("found"), baseline=baseline, caption=list(said))
    if name == "shares":
        return Drawing("clipped_bars", Raw("found[0]"), caption=list(said))
    return Drawing("norm_histogram", Raw("found[0]"), arm or 0, caption=list(said))


def thresholds(name: str, bare: TrainSpec, kinds: Sequence[clipping.Kind], arm: int | None, said: Sequence[str]) -> str:
    """The script of a figure of a training at many thresholds, drawn as by ``sweep_drawing``.

    Args:
        kinds: The kinds of clipping in the arms that clip.
    """
    usual = clipping.pair(clipping.USUAL_SWEEP)[0]
    if bare == usual:
        head = [f"found = [clipping.shipped_sweep(kind) for kind in {literal(list(kinds))}]"]
    else:
        head = [
            f"spec = {literal(bare)}",
            f"histories = train_together(clipping.arms(spec, {literal(list(kinds))}))  # minutes",
            "found = analysis.sweeps([analysis.course(history) for history in histories])",
        ]
    return script(*head, sweep_drawing(name, bare, arm, said).shown())


def training_code(spec: TrainSpec) -> str:
    """A script that trains the network of the first seed on adding, with the weights and the data that the pages use.

    Raises:
        ValueError: If ``spec`` is of another task, or of several layers.
    """
    model = spec.model
    if spec.task.name != "adding" or model.num_layers != 1:
        raise ValueError(f"the code is for adding with one layer; got {spec.task.name}, {model.num_layers} layers")
    seed = spec.seeds[0]
    optimizer = {"sgd": "SGD", "adam": "Adam"}[spec.optimizer]
    return f"""import numpy as np
import torch
from torch import nn

{network_lines(replace(model, seed=seed, input_size=2, output_size=1), head=True)}
parameters = [*rnn.parameters(), *head.parameters()]
optimizer = torch.optim.{optimizer}(parameters, lr={spec.rate:g})
generator = np.random.default_rng([{seed}, 0])


def batch(size, steps):
    \"\"\"Adding: numbers and marks; wanted is the sum of the two marked numbers.\"\"\"
    x = np.zeros((size, steps, 2), np.float32)
    x[..., 0] = generator.random((size, steps), np.float32)
    rows, half = np.arange(size), steps // 2
    x[rows, generator.integers(half, size=size), 1] = 1
    x[rows, generator.integers(half, steps, size=size), 1] = 1
    return torch.from_numpy(x), torch.from_numpy(x.prod(-1).sum(1, keepdims=True))


for update in range(1, {spec.steps + 1}):
    x, wanted = batch({spec.batch_size}, {spec.task.length})
    states, _ = rnn(x)
    loss = nn.functional.mse_loss(head(states[:, -1]), wanted)
    optimizer.zero_grad()
    loss.backward()
{_clipping(spec)}    optimizer.step()
    if update <= 5 or update % 100 == 0:
        print(f"{{update:5d}}  loss {{loss.item():.4g}}  norm {{norm.item():.4g}}")
"""


def _clipping(spec: TrainSpec) -> str:
    """Torch's clipping; its norm is the one before clipping."""
    norm = "nn.utils.clip_grad_norm_(parameters, max_norm={})"
    bare = f"    norm = {norm.format('float(' + repr('inf') + ')')}  # the norm alone, nothing is clipped\n"
    bare = bare.replace("'", '"')
    value = f"    nn.utils.clip_grad_value_(parameters, clip_value={spec.max_value:g})\n" if spec.max_value else ""
    if spec.max_norm is None:
        return bare + value
    if value:
        return bare + value + f"    {norm.format(f'{spec.max_norm:g}')}\n"
    return f"    norm = {norm.format(f'{spec.max_norm:g}')}  # the norm before clipping\n"
