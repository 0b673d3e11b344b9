"""What the doctor says, and of what it says nothing."""

from typing import Any

import pytest
import torch
from torch import nn

import rnnviz
from rnnviz import Finding
from rnnviz.doctor import NAMES, in_words
from tests.doctor.faulty import PLANTED
from tests.doctor.fitting import Last, fit
from tests.doctor.learning import FAULTS
from tests.watching.test_record import made


class Detector(nn.Module):
    """A classifier that returns a probability."""

    def __init__(self) -> None:
        super().__init__()
        self.last = Last(nn.GRU(3, 8, batch_first=True), 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.last(x))


def test_every_finding_has_a_script_or_a_test_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert set(NAMES) == {*PLANTED.values(), *(name for name, _ in FAULTS.values())}


def test_a_sigmoid_before_the_loss_that_applies_it_is_found() -> None:
    torch.manual_seed(0)
    batches = [(x, (x.sum((1, 2)) > 0).float()[:, None]) for x in torch.randn(6, 16, 9, 3)]
    (finding,) = fit(Detector(), batches, nn.BCEWithLogitsLoss())
    assert finding.name == "sigmoid_twice"
    assert finding.where == "the model"
    assert finding.remedy == "Return the logits: BCEWithLogitsLoss applies the sigmoid itself."
    assert in_words(finding) == {"share of the rows in which it is so": 1.0}


def test_a_finding_names_its_module_and_its_numbers() -> None:
    torch.manual_seed(0)
    (finding,) = rnnviz.examine(Last(nn.GRU(3, 8, batch_first=True, bidirectional=True), 2), torch.randn(4, 9, 3))
    assert finding.where == "rnn"
    assert str(finding) == f"rnn: {finding.sentence} {finding.remedy}"
    assert finding.evidence == {"forward_at_last": 1.0, "reverse_at_last": 1.0}
    with pytest.raises(TypeError):
        finding.evidence["forward_at_last"] = 0.0  # type: ignore[index]


@pytest.mark.parametrize("batch", [torch.ones(4, 9, 3), (torch.ones(4, 9, 3),), {"x": torch.ones(4, 9, 3)}])
def test_a_batch_is_given_as_the_model_takes_it(batch: Any) -> None:
    model = Last(nn.LSTM(3, 8, batch_first=True, bidirectional=True), 2)
    assert [finding.name for finding in rnnviz.examine(model, batch)] == ["bidirectional_last"]


def test_a_packed_sequence_is_one_argument() -> None:
    packed = nn.utils.rnn.pack_sequence([torch.randn(5, 3), torch.randn(3, 3)])
    assert rnnviz.examine(nn.GRU(3, 8), packed) == ()


def test_numbers_that_are_not_there_are_no_finding() -> None:
    assert rnnviz.examine(nn.LSTM(3, 8, bias=False)) == ()
    with rnnviz.watch(nn.LSTM(3, 8)) as watched:
        pass
    assert rnnviz.examine(watched.record) == ()


def test_a_nan_in_a_batch_is_found_without_a_training() -> None:
    x = torch.randn(4, 9, 3)
    x[2, 3, 1] = torch.nan
    (finding,) = (one for one in rnnviz.examine(Last(nn.GRU(3, 8, batch_first=True), 2), x) if one.name == "not_finite")
    assert "the input of the model" in finding.sentence


def test_what_cannot_be_examined_is_refused() -> None:
    with pytest.raises(ValueError, match=r"batch must be None with a record, which has its batches behind it; got one"):
        rnnviz.examine(made(), torch.ones(2))
    with pytest.raises(ValueError, match=r"model must have an nn\.RNN, nn\.LSTM or nn\.GRU; got one of Linear"):
        rnnviz.examine(nn.Linear(2, 2))


def test_findings_are_values() -> None:
    one, other = (Finding("vanishing", "A.", {"factor": 0.5}, "B.") for _ in range(2))
    assert one == other
