"""Which linear layers of a model in ONNX are its output layers: what is computed of what they give is followed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from onnx import helper
from torch import Tensor, nn
from torch.nn import functional

from rnnviz import own
from tests.own.onnx_models import TOKENS, exported
from tests.together import together


class After(nn.Module):
    """Tokens, batch first, to what a function makes of the outputs at every step, or of those at the end."""

    def __init__(self, outputs: int, after: Callable[[Tensor], Tensor], *, at_end: bool) -> None:
        super().__init__()
        self.emb, self.rnn = nn.Embedding(TOKENS, 5), nn.LSTM(5, 6, batch_first=True)
        self.fc = nn.Linear(6, outputs)
        self.after, self.at_end = after, at_end

    def forward(self, tokens: Tensor) -> Tensor:
        output, (h_n, _) = self.rnn(self.emb(tokens))
        return self.after(self.fc(h_n[-1] if self.at_end else output))


def heads(model: nn.Module) -> list[str]:
    tensors = own.read("mine.onnx", exported(model, torch.zeros(1, 8, dtype=torch.long)))
    return [name for _, name in tensors.poolings]


KEPT: dict[str, tuple[int, Callable[[Tensor], Tensor], bool]] = {
    "as they are": (3, lambda y: y, False),
    "softmax": (3, lambda y: functional.softmax(y, -1), False),
    "log softmax of rows": (3, lambda y: functional.log_softmax(y.view(-1, 3), 1), False),
    "turned for a loss": (3, lambda y: functional.softmax(y.transpose(1, 2), 1), False),
    "the last step": (3, lambda y: functional.softmax(y[:, -1], -1), False),
    "the likeliest": (3, lambda y: y.argmax(-1), False),
    "without their axis": (1, lambda y: torch.sigmoid(y.squeeze(-1)), False),
    "in a row": (1, lambda y: y.view(-1), True),
    "of the end": (3, lambda y: functional.softmax(y, 1), True),
}


@pytest.mark.parametrize("case", KEPT.values(), ids=KEPT)
def test_outputs_stay_outputs(case: tuple[int, Callable[[Tensor], Tensor], bool]) -> None:
    outputs, after, at_end = case
    assert heads(After(outputs, after, at_end=at_end)) == ["fc.weight"]


LOST: dict[str, tuple[int, Callable[[Tensor], Tensor], bool]] = {
    "softmax over steps": (1, lambda y: functional.softmax(y.squeeze(-1), -1), False),
    "the same in a row": (1, lambda y: functional.softmax(y.view(1, -1), -1), False),
    "the first step": (3, lambda y: y.transpose(0, 1)[0], False),
    "the first row": (3, lambda y: y.view(-1, 3)[0], False),
    "the first of one text": (3, lambda y: y.squeeze(0)[0], False),
    "the largest over steps": (3, lambda y: y.topk(1, 1).values.squeeze(1), False),
    "the step of the largest": (3, lambda y: y.argmax(1), False),
    "softmax over texts": (3, lambda y: functional.softmax(y, 0), True),
    "two softmaxes": (6, lambda y: functional.softmax(y.view(-1, 2, 3), -1), True),
    "softmax of some": (4, lambda y: functional.softmax(y[:, :2], -1), True),
    "softmax of halves": (4, lambda y: torch.cat([functional.softmax(one, -1) for one in y.split(2, -1)], -1), True),
    "parts of steps": (3, lambda y: y.split(4, 1)[0], False),
    "twice": (3, lambda y: y * 2, False),
}


@together("case", LOST.values())
def test_other_things_are_no_outputs(case: tuple[int, Callable[[Tensor], Tensor], bool]) -> None:
    outputs, after, at_end = case
    assert heads(After(outputs, after, at_end=at_end)) == []


def changed(path: Path, change: Callable[[Any], None]) -> list[str]:
    """The output layers of a tagger in ONNX whose graph was changed."""
    model = onnx.ModelProto.FromString(
        exported(After(3, lambda y: y, at_end=False), torch.zeros(1, 8, dtype=torch.long))
    )
    change(model.graph)
    path.write_bytes(model.SerializeToString())
    return [name for _, name in own.read(path.name, path.read_bytes()).poolings]


def test_what_reads_outputs_in_a_branch_is_seen(tmp_path: Path) -> None:
    def branch(graph: Any) -> None:
        outputs = graph.output[0].name
        info = helper.make_tensor_value_info("inner", onnx.TensorProto.FLOAT, None)
        inner = [helper.make_graph([helper.make_node("Add", [outputs, outputs], ["inner"])], "a", [], [info])] * 2
        condition = helper.make_tensor("condition", onnx.TensorProto.BOOL, [], [True])
        graph.node.append(helper.make_node("Constant", [], ["condition"], value=condition))
        graph.node.append(helper.make_node("If", ["condition"], ["y"], then_branch=inner[0], else_branch=inner[1]))
        graph.output[0].name = "y"

    assert changed(tmp_path / "mine.onnx", lambda _: None) == ["fc.weight"]
    assert changed(tmp_path / "mine.onnx", branch) == []


@pytest.mark.parametrize("drops", [False, True])
def test_a_dropout_that_drops_is_another_layer(tmp_path: Path, *, drops: bool) -> None:
    def drop(graph: Any) -> None:
        ratio = helper.make_tensor("ratio", onnx.TensorProto.FLOAT, [], [0.5])
        mode = helper.make_tensor("mode", onnx.TensorProto.BOOL, [], [drops])
        graph.initializer.extend([ratio, mode])
        graph.node.append(helper.make_node("Dropout", [graph.output[0].name, "ratio", "mode"], ["y"]))
        graph.output[0].name = "y"

    assert changed(tmp_path / "mine.onnx", drop) == ([] if drops else ["fc.weight"])
