"""All stages of the tests, in order, until the first that fails: ``python -m tests``.

What takes long is marked slow and left out, unless ``--all`` asks for everything, or ``--rest`` for just that. What is
marked nightly, for it takes many minutes, alone or as one of hundreds, is run by ``--all`` alone.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Final, Literal

import pytest

from tests.serving import ROOT

PYTHON: Final = sys.executable
PYTEST: Final = (PYTHON, "-m", "pytest")
WORKERS: Final = 2
"""Processes for the tests: the least number of cores that a machine has by now, so that no test relies on more."""
SLOWEST: Final = 40
"""Tests that ``--durations`` names of each stage."""
AGAIN: Final = 5
"""Browser tests that may fail beside others and pass alone. Each is a fault to mend; more are a fault of the whole."""
FAILED: Final = ROOT / "build" / "failed_tests"
"""Where pytest keeps the names of the tests that failed."""

Extent = Literal["quick", "all", "rest"]


@dataclass(frozen=True)
class Stage:
    """A command with its heading; in which extents it is run, and if it runs tests, whether their coverage is measured
    and whether a few that fail are run once more, alone.
    """

    heading: str
    command: tuple[str, ...]
    tests: bool = False
    covers: bool = False
    again: bool = False
    extents: tuple[Extent, ...] = ("quick", "all")


STAGES: Final[dict[str, Stage]] = {
    "format": Stage("formatting", (PYTHON, "-m", "ruff", "format", "--check", ".")),
    "lint": Stage("lint", (PYTHON, "-m", "ruff", "check", ".")),
    "types": Stage("types", (PYTHON, "-m", "mypy")),
    "chromium": Stage(
        "a browser for the browser tests",
        (PYTHON, "-m", "tests.browser.chromium"),
        extents=("quick", "all", "rest"),
    ),
    "nginx": Stage("nginx for the tests of deploy/", (PYTHON, "-m", "tests.deploy.nginx"), extents=("all", "rest")),
    "unit": Stage(
        "unit tests",
        (*PYTEST, "--ignore=tests/test_pages.py", "--ignore=tests/browser"),
        tests=True,
        covers=True,
        extents=("quick", "all", "rest"),
    ),
    "pages": Stage("page tests", (*PYTEST, "tests/test_pages.py"), tests=True, covers=True),
    "coverage": Stage(
        "lines and branches that unit and page tests run (what other processes ran is not counted)",
        (PYTHON, "-m", "coverage", "report", "--skip-covered"),
        extents=("all",),
    ),
    "browser": Stage(
        "browser tests", (*PYTEST, "tests/browser"), tests=True, again=True, extents=("quick", "all", "rest")
    ),
}

MARKS: Final[dict[Extent, tuple[str, ...]]] = {
    "quick": ("-m", "not slow and not nightly"),
    "all": (),
    "rest": ("-m", "slow and not nightly"),
}


def main() -> int:
    """Run the stages and return the exit code of the first that fails, or 0."""
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("stages", nargs="*", metavar="stage", help=f"of {', '.join(STAGES)}; all by default")
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--all", dest="extent", action="store_const", const="all", help="slow tests too, with coverage")
    extent.add_argument("--rest", dest="extent", action="store_const", const="rest", help="only the slow tests")
    parser.add_argument("--workers", type=int, default=WORKERS, metavar="N", help="processes; default: %(default)s")
    parser.add_argument("--durations", action="store_true", help="say which tests took longest")
    parser.set_defaults(extent="quick")
    arguments = parser.parse_args()
    unknown = [stage for stage in arguments.stages if stage not in STAGES]
    if unknown:
        parser.error(f"stage must be one of {', '.join(STAGES)}; got {', '.join(unknown)}")
    wanted = arguments.stages or [name for name, stage in STAGES.items() if arguments.extent in stage.extents]
    return run(wanted, arguments.extent, workers=arguments.workers, durations=arguments.durations)


def run(names: list[str], extent: Extent, *, workers: int = WORKERS, durations: bool = False) -> int:
    """Run some stages, and say at the end how long each took."""
    took: dict[str, float] = {}
    covered = False
    for name in names:
        stage, begin = STAGES[name], time.monotonic()
        _head(stage.heading)
        command = list(stage.command)
        if stage.tests:
            command += [*MARKS[extent], "-n", str(workers), "--dist", "loadfile"]
            command += [f"--durations={SLOWEST}"] if durations else []
        if stage.covers and extent == "all":
            command += ["--cov", "--cov-report=", *(["--cov-append"] if covered else [])]
            covered = True
        code = _with_another_try(command) if stage.again else _code(command)
        took[name] = time.monotonic() - begin
        if code != 0:
            _head(f"FAILED: {stage.heading} (exit code {code}, {took[name]:.0f} s); again: python -m tests {name}")
            return code
    told = ", ".join(f"{name} {seconds:.0f}" for name, seconds in took.items())
    _head(f"all well, after {sum(took.values()):.0f} s ({told})")
    return 0


def _code(command: list[str]) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _with_another_try(command: list[str]) -> int:
    """Run tests, and those that failed once more, alone, if they are few; their names are printed."""
    kept = ("-o", f"cache_dir={FAILED}")
    code = _code([*command, *kept, "--cache-clear"])
    if code != pytest.ExitCode.TESTS_FAILED:
        return code
    failed = list(json.loads((FAILED / "v" / "cache" / "lastfailed").read_text(encoding="utf-8")))
    if len(failed) > AGAIN:
        return code
    _head("failed beside others, and now alone:\n" + "\n".join(failed))
    return _code([*PYTEST, *kept, *failed])


def _head(text: str) -> None:
    print(f"\n==== {text} ====", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
