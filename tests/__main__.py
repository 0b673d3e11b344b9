"""All stages of the tests, in order, until the first that fails: ``python -m tests``.

What takes long is marked slow and left out, unless ``--all`` asks for everything, ``--rest`` for just that, or
``--changed`` for all that a change can touch. What is marked nightly, for it takes many minutes, alone or as one of
hundreds, is run by ``--all`` alone.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pytest

from tests.changed import against, touched
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

Extent = Literal["quick", "all", "rest", "changed"]


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
    extents: tuple[Extent, ...] = ("quick", "all", "changed")


STAGES: Final[dict[str, Stage]] = {
    "format": Stage("formatting", (PYTHON, "-m", "ruff", "format", "--check", ".")),
    "lint": Stage("lint", (PYTHON, "-m", "ruff", "check", ".")),
    "types": Stage("types", (PYTHON, "-m", "mypy")),
    "chromium": Stage(
        "a browser for the browser tests",
        (PYTHON, "-m", "tests.browser.chromium"),
        extents=("quick", "all", "rest", "changed"),
    ),
    "nginx": Stage(
        "nginx for the tests of deploy/", (PYTHON, "-m", "tests.deploy.nginx"), extents=("all", "rest", "changed")
    ),
    "unit": Stage(
        "unit tests",
        (*PYTEST, "--ignore=tests/test_pages.py", "--ignore=tests/browser"),
        tests=True,
        covers=True,
        extents=("quick", "all", "rest", "changed"),
    ),
    "pages": Stage("page tests", (*PYTEST, "tests/test_pages.py"), tests=True, covers=True),
    "coverage": Stage(
        "lines and branches that unit and page tests run (what other processes ran is not counted)",
        (PYTHON, "-m", "coverage", "report", "--skip-covered"),
        extents=("all",),
    ),
    "browser": Stage(
        "browser tests", (*PYTEST, "tests/browser"), tests=True, again=True, extents=("quick", "all", "rest", "changed")
    ),
}

MARKS: Final[dict[Extent, tuple[str, ...]]] = {
    "quick": ("-m", "not slow and not nightly"),
    "all": (),
    "rest": ("-m", "slow and not nightly"),
    "changed": ("-m", "not nightly"),
}


def main() -> int:
    """Run the stages and return the exit code of the first that fails, or 0."""
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("stages", nargs="*", metavar="stage", help=f"of {', '.join(STAGES)}; all by default")
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--all", dest="extent", action="store_const", const="all", help="slow tests too, with coverage")
    extent.add_argument("--rest", dest="extent", action="store_const", const="rest", help="only the slow tests")
    extent.add_argument(
        "--changed",
        nargs="?",
        const="main",
        metavar="BRANCH",
        help="what the change against a branch can touch, slow or not; default: main",
    )
    parser.add_argument("--workers", type=int, default=WORKERS, metavar="N", help="processes; default: %(default)s")
    parser.add_argument("--durations", action="store_true", help="say which tests took longest")
    parser.set_defaults(extent="quick")
    arguments = parser.parse_args()
    unknown = [stage for stage in arguments.stages if stage not in STAGES]
    if unknown:
        parser.error(f"stage must be one of {', '.join(STAGES)}; got {', '.join(unknown)}")
    chosen: Extent = "changed" if arguments.changed else arguments.extent
    only = touched(against(arguments.changed)) if arguments.changed else None
    wanted = arguments.stages or [name for name, stage in STAGES.items() if chosen in stage.extents]
    return run(wanted, chosen, workers=arguments.workers, durations=arguments.durations, only=only)


def run(
    names: list[str],
    extent: Extent,
    *,
    workers: int = WORKERS,
    durations: bool = False,
    only: Sequence[str] | None = None,
) -> int:
    """Run some stages, or of their tests those in some files only, and say at the end how long each took."""
    took: dict[str, float] = {}
    covered = False
    for name in names:
        stage, begin = STAGES[name], time.monotonic()
        _head(stage.heading)
        command = list(stage.command)
        if stage.tests and only is not None:
            files = [file for file in only if _stage_of(file) == name]
            if not files:
                print("nothing that the change can touch")
                continue
            command = [*PYTEST, *files]
        if stage.tests:
            command += [*MARKS[extent], "-n", str(workers), "--dist", "loadfile"]
            command += [f"--durations={SLOWEST}"] if durations else []
        if stage.covers and extent == "all":
            command += ["--cov", "--cov-report=", *(["--cov-append"] if covered else [])]
            covered = True
        code = _with_another_try(command) if stage.again else _code(command)
        if code == pytest.ExitCode.NO_TESTS_COLLECTED and only is not None:  # all of them are nightly
            code = 0
        took[name] = time.monotonic() - begin
        if code != 0:
            _head(f"FAILED: {stage.heading} (exit code {code}, {took[name]:.0f} s); again: python -m tests {name}")
            return code
    told = ", ".join(f"{name} {seconds:.0f}" for name, seconds in took.items())
    _head(f"all well, after {sum(took.values()):.0f} s ({told})")
    return 0


def _stage_of(file: str) -> str:
    if file == "tests/test_pages.py":
        return "pages"
    return "browser" if file.startswith("tests/browser/") else "unit"


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
