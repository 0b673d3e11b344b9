"""The public forge runs what `make test` runs, on every system and Python that is supported."""

from typing import Any, Final

import pytest
import yaml

from tests.__main__ import STAGES
from tests.serving import ROOT
from tests.test_requirements import PYTHONS

FOLDER: Final = ROOT / ".github" / "workflows"
NAMES: Final = sorted(path.name for path in FOLDER.glob("*.yml"))


def workflow(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found


def commands(name: str) -> list[str]:
    steps = [step for job in workflow(name)["jobs"].values() for step in job["steps"]]
    return [step["run"] for step in steps if "run" in step]


def stages(name: str) -> list[str]:
    """The stages that a workflow runs, in order."""
    runs = [command.split() for command in commands(name)]
    return [stage for run in runs if run[:3] == ["python", "-m", "tests"] for stage in run[3:]]


def test_the_tests_run_on_every_system_and_python() -> None:
    [job] = workflow("tests.yml")["jobs"].values()
    assert job["strategy"]["matrix"] == {
        "os": ["ubuntu-latest", "macos-latest", "windows-latest"],
        "python": list(PYTHONS),
    }
    assert job["strategy"]["fail-fast"] is False


def test_every_stage_runs_in_order() -> None:
    assert stages("tests.yml") == [name for name, stage in STAGES.items() if "quick" in stage.extents]


def test_the_newest_releases_are_tried_on_a_schedule() -> None:
    assert workflow("newest.yml")[True]["schedule"]  # YAML reads the key "on" as true
    said = commands("newest.yml")
    assert said[0] == "python -m tests.newest > newest.txt"
    assert "--upgrade" in said[1]
    assert said[1].endswith("newest.txt")
    assert set(stages("newest.yml")) <= set(STAGES)
    assert "unit" in stages("newest.yml")


def test_everything_is_run_every_night() -> None:
    assert workflow("nightly.yml")[True]["schedule"]
    assert "python -m tests --all" in commands("nightly.yml")


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_may_read_and_nothing_else(name: str) -> None:
    found = workflow(name)
    assert found["permissions"] == {"contents": "read"}
    assert "concurrency" in found
    assert not [job for job in found["jobs"].values() if "permissions" in job]


@pytest.mark.parametrize("name", NAMES)
def test_actions_are_named_by_their_major_version(name: str) -> None:
    used = [step["uses"] for job in workflow(name)["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert all(action.startswith("actions/") and action.partition("@")[2].strip("v").isdigit() for action in used)


def test_dependencies_come_from_the_lock() -> None:
    assert "python -m pip install --require-hashes --requirement requirements-lock.txt" in commands("tests.yml")
