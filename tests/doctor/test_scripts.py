"""How many of twenty planted faults are found, and how often a sound training is blamed."""

import pytest
import torch

from rnnviz import doctor
from tests.doctor.faulty import PLANTED
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
