"""The training of a page as a few lines of plain torch, to be copied: nothing of rnnviz is in them."""

from rnnviz.spec import TrainSpec

_MODULES = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}


def training_code(spec: TrainSpec) -> str:
    """A script that trains the network of the first seed on adding, with the weights and the data that the pages use.

    Parameters
    ----------
    spec : TrainSpec
        On adding, with one layer.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If it is of another task, or of several layers.
    """
    model = spec.model
    if spec.task.name != "adding" or model.num_layers != 1:
        raise ValueError(f"the code is for adding with one layer; got {spec.task.name}, {model.num_layers} layers")
    relu = ', nonlinearity="relu"' if model.cell == "rnn" and model.nonlinearity == "relu" else ""
    bias = "" if model.bias else ", bias=False"
    seed = spec.seeds[0]
    optimizer = {"sgd": "SGD", "adam": "Adam"}[spec.optimizer]
    return f"""import numpy as np
import torch
from torch import nn

torch.manual_seed({seed})
rnn = nn.{_MODULES[model.cell]}(2, {model.hidden_size}{relu}{bias}, batch_first=True)
head = nn.Linear({model.hidden_size}, 1)
{_start(spec)}parameters = [*rnn.parameters(), *head.parameters()]
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


def _start(spec: TrainSpec) -> str:
    """The weights that do not start as torch draws them."""
    model, size, lines = spec.model, spec.model.hidden_size, []
    copies = {"rnn": "", "lstm": ".repeat(4, 1)", "gru": ".repeat(3, 1)"}[model.cell]
    if model.recurrent == "orthogonal":
        lines += [
            f"for block in rnn.weight_hh_l0.split({size}):",
            f"    block.copy_(nn.init.orthogonal_(torch.empty({size}, {size}, dtype=torch.float64)))",
        ]
    elif model.recurrent == "identity":
        lines.append(f"rnn.weight_hh_l0.copy_(torch.eye({size}){copies})")
    if model.recurrent_scale != 1:
        lines.append(f"rnn.weight_hh_l0.mul_({model.recurrent_scale:g})")
    if model.starts_small:
        lines.insert(0, "rnn.weight_ih_l0.normal_(0, 0.001)")
        lines += ["rnn.bias_ih_l0.zero_()", "rnn.bias_hh_l0.zero_()"] if model.bias else []
    if model.has_forget_bias and model.forget_bias is not None:
        forget = f"{size}:{2 * size}"
        lines += [f"rnn.bias_ih_l0[{forget}] = {model.forget_bias:g}", f"rnn.bias_hh_l0[{forget}] = 0"]
    if not lines:
        return ""
    return "with torch.no_grad():\n" + "".join(f"    {line}\n" for line in lines)


def _clipping(spec: TrainSpec) -> str:
    """Clipping as torch has it; its norm is the one before."""
    norm = "nn.utils.clip_grad_norm_(parameters, max_norm={})"
    bare = f"    norm = {norm.format('float(' + repr('inf') + ')')}  # the norm alone, nothing is clipped\n"
    bare = bare.replace("'", '"')
    value = f"    nn.utils.clip_grad_value_(parameters, clip_value={spec.max_value:g})\n" if spec.max_value else ""
    if spec.max_norm is None:
        return bare + value
    if value:
        return bare + value + f"    {norm.format(f'{spec.max_norm:g}')}\n"
    return f"    norm = {norm.format(f'{spec.max_norm:g}')}  # the norm before clipping\n"
