"""How many of twenty planted faults are found, and how often a sound training is blamed."""

import re

import pytest
import torch

from benchmarks import examining
from rnnviz import doctor
from rnnviz.doctor import NAMES
from tests.doctor.faulty import PLANTED
from tests.doctor.learning import COINS, FAULTS, HEALTHY, not_reset, swapped, too_fast, vanishing
from tests.doctor.sound import SOUND

FOUND: int = 18
FALSE_ALARMS: int = 1


def test_most_planted_faults_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    missed = []
    for script, name in PLANTED.items():
        torch.manual_seed(0)
        findings = script()
        assert all(len(doctor.in_words(finding)) == len(finding.evidence) for finding in findings)
        if name not in {finding.name for finding in findings}:
            missed.append(f"{script.__name__}: {name} was not found, but {[finding.name for finding in findings]}")
    with capsys.disabled():
        print(f"\nfound {len(PLANTED) - len(missed)} of {len(PLANTED)} planted faults", *missed, sep="\n  ")
    assert len(PLANTED) == 20
    assert len(PLANTED) - len(missed) >= FOUND, missed


def test_sound_trainings_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    alarms = []
    for script in SOUND:
        torch.manual_seed(0)
        alarms += [f"{script.__name__}: {finding}" for finding in script()]
    with capsys.disabled():
        print(f"\n{len(alarms)} false alarms on {len(SOUND)} sound trainings", *alarms, sep="\n  ")
    assert len(SOUND) == 20
    assert len(alarms) <= FALSE_ALARMS, alarms


@pytest.mark.slow
def test_faults_in_trainings_of_every_cell_are_found() -> None:
    missed = []
    for script, (name, run) in FAULTS.items():
        torch.manual_seed(0)
        found = {finding.name for finding in run()}
        if name not in found:
            missed.append(f"{script}: {sorted(found)}")
    assert len(missed) <= len(FAULTS) // 20, missed


@pytest.mark.slow
@pytest.mark.parametrize("every", [1, 3])
def test_trainings_that_learn_are_left_alone(every: int) -> None:
    alarms = []
    for script, run in HEALTHY.items():
        torch.manual_seed(1)
        alarms += [f"{script}: {finding}" for finding in run(every=every)]
    assert len(HEALTHY) + len(SOUND) >= 30
    assert not alarms


@pytest.mark.slow
def test_of_a_model_that_has_nothing_to_learn_only_its_loss_is_told() -> None:
    found = []
    for script, run in COINS.items():
        torch.manual_seed(2)
        found += [f"{script}: {finding}" for finding in run() if finding.name != "loss_not_falling"]
    assert not found


def test_the_rates_that_are_printed_meet_their_goal() -> None:
    """The table of docs/library.md is of these checks, finds 95 of 100 faults and blames 1 of 100 trainings at most."""
    text = examining.PAGE.read_text(encoding="utf-8")
    table = text[text.index(examining.BEGIN) : text.index(examining.END)]
    rows = {
        name: tuple(map(int, counts))
        for name, *counts in re.findall(r"`(\w+)` \| (\d+) of (\d+) \| (\d+) of (\d+)", table)
    }
    assert tuple(rows) == NAMES
    for name, (hits, planted, alarms, healthy) in rows.items():
        assert hits >= 0.95 * planted, name
        assert alarms <= 0.01 * healthy, name


@pytest.mark.parametrize("steps", [15, 29, 30])
def test_a_gradient_vanishes_in_short_sequences_as_in_long_ones(steps: int) -> None:
    torch.manual_seed(0)
    assert "vanishing" in {finding.name for finding in vanishing(steps)}


@pytest.mark.parametrize("sgd", [False, True])
def test_gradients_that_are_not_reset_are_the_only_finding(sgd: bool) -> None:
    torch.manual_seed(0)
    (finding,) = not_reset("signs", "gru", sgd=sgd)
    assert finding.name == "gradients_kept"
    assert finding.remedy.startswith("Call optimizer.zero_grad()")


@pytest.mark.parametrize("every", [1, 10])
def test_a_rate_that_is_too_high_is_told_before_anything_else(every: int) -> None:
    torch.manual_seed(0)
    first = too_fast("rnn", every, 50.0)[0]
    assert first.name == "not_finite"
    assert first.remedy.startswith("Lower the learning rate")
    assert "Clip the norm at about" not in " ".join(str(finding) for finding in too_fast("gru", every, 50.0))


def test_batch_and_time_are_told_apart_by_their_order() -> None:
    torch.manual_seed(0)
    (finding,) = [one for one in swapped("waves", "gru") if one.name == "batch_first"]
    assert finding.remedy.startswith("Create the layer with batch_first=True")
