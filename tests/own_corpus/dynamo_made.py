"""Writes what is shipped of torch's default exporter of ONNX, which needs onnxscript.

In an environment of its own, from the folder of the project::

    python -m venv build/onnx && build/onnx/bin/pip install torch onnxscript onnxruntime
    build/onnx/bin/python tests/own_corpus/dynamo_made.py tests/own_corpus/shipped
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

WORDS: Final = 11
TEXT: Final = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])


class Net(nn.Module):
    """Tokens, something between, a recurrent module, what is picked of it, an output layer."""

    def __init__(self, kind: Any, pick: str = "steps", below: nn.Module | None = None, **options: Any) -> None:
        super().__init__()
        self.emb, self.below = nn.Embedding(WORDS, 5), below or nn.Identity()
        self.rnn = kind(5, 6, batch_first=True, **options)
        self.fc = nn.Linear(6 * (1 + self.rnn.bidirectional), 3)
        self.pick = pick

    def forward(self, x: Tensor) -> Tensor:
        output, state = self.rnn(self.below(self.emb(x)))
        h = state[0] if isinstance(state, tuple) else state
        if self.pick == "ends":
            output = torch.cat([h[-2], h[-1]], 1) if self.rnn.bidirectional else h[-1]
        if self.pick == "mean":
            output = output.mean(1)
        return self.fc(output.relu() if self.pick == "relu" else output)


BOTH: Final = {"bidirectional": True}
MODELS: Final[dict[str, tuple[Callable[[], Net], bool]]] = {
    "dynamo-lstm": (lambda: Net(nn.LSTM), False),
    "dynamo-lstm-external": (lambda: Net(nn.LSTM, num_layers=2), True),
    "dynamo-gru-both": (lambda: Net(nn.GRU, num_layers=2, **BOTH), True),
    "dynamo-rnn": (lambda: Net(nn.RNN, nonlinearity="relu"), False),
    "dynamo-ends": (lambda: Net(nn.LSTM, "ends", **BOTH), False),
    "dynamo-mean": (lambda: Net(nn.GRU, "mean"), False),
    "dynamo-relu": (lambda: Net(nn.GRU, "relu"), False),
    "dynamo-linear": (lambda: Net(nn.LSTM, below=nn.Linear(5, 5)), False),
}


def states_of(rnn: nn.RNNBase, read: Tensor) -> list[np.ndarray]:
    """Of each layer, by modules with the lowest layers alone."""
    found = []
    for count in range(1, rnn.num_layers + 1):
        options = {"nonlinearity": rnn.nonlinearity} if isinstance(rnn, nn.RNN) else {}
        lower = type(rnn)(5, 6, count, batch_first=True, bidirectional=rnn.bidirectional, **options)
        lower.load_state_dict({name: one for name, one in rnn.state_dict().items() if name in lower.state_dict()})
        found.append(lower(read)[0][0].detach().numpy())
    return found


def without_notes(path: Path) -> None:
    """Take out of a file where in the sources of this machine each node comes from."""
    whole = onnx.load(path, load_external_data=False)
    for one in (
        whole,
        whole.graph,
        *whole.graph.node,
        *whole.graph.value_info,
        *whole.graph.input,
        *whole.graph.output,
    ):
        del one.metadata_props[:]
        one.doc_string = ""
    path.write_bytes(whole.SerializeToString())


def write(folder: Path) -> None:
    """Each model as a file in ONNX, some with their numbers in a second one, and what torch and onnxruntime compute."""
    for seed, (name, (build, is_external)) in enumerate(MODELS.items()):
        torch.manual_seed(seed)
        model, path = build().eval(), folder / f"{name}.onnx"
        dynamic = ({1: torch.export.Dim("time", min=2)},)
        torch.onnx.export(model, (TEXT,), path, dynamo=True, external_data=is_external, dynamic_shapes=dynamic)
        without_notes(path)
        with torch.no_grad():
            output = model(TEXT)[0].numpy()
            read = model.below(model.emb(TEXT))
        session = onnxruntime.InferenceSession(path)
        (again,) = session.run(None, {session.get_inputs()[0].name: TEXT.numpy()})
        np.testing.assert_allclose(again[0], output, atol=1e-5)
        numbers = {f"layer{number}": one for number, one in enumerate(states_of(model.rnn, read))}
        np.savez_compressed(folder / f"{name}.npz", x=TEXT[0].numpy(), reads=read[0].numpy(), output=output, **numbers)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
