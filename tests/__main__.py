"""All stages of the tests, in order, until the first that fails: ``python -m tests``."""

import argparse
import subprocess
import sys
import time
from typing import Final

from tests.serving import ROOT

PYTHON: Final = sys.executable
PYTEST: Final = (PYTHON, "-m", "pytest")

STAGES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "format": ("formatting", (PYTHON, "-m", "ruff", "format", "--check", ".")),
    "lint": ("lint", (PYTHON, "-m", "ruff", "check", ".")),
    "types": ("types", (PYTHON, "-m", "mypy")),
    "unit": ("unit tests", (*PYTEST, "--ignore=tests/test_pages.py", "--ignore=tests/browser")),
    "pages": ("page tests", (*PYTEST, "tests/test_pages.py")),
    "chromium": ("a browser for the browser tests", (PYTHON, "-m", "tests.browser.chromium")),
    "browser": ("browser tests", (*PYTEST, "tests/browser")),
}


def main() -> int:
    """Run the stages and return the exit code of the first that fails, or 0."""
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("stages", nargs="*", metavar="stage", help=f"of {', '.join(STAGES)}; all by default")
    parser.add_argument("--all", action="store_true", help="slow tests too")
    arguments = parser.parse_args()
    unknown = [stage for stage in arguments.stages if stage not in STAGES]
    if unknown:
        parser.error(f"stage must be one of {', '.join(STAGES)}; got {', '.join(unknown)}")
    begin = time.monotonic()
    for stage in arguments.stages or STAGES:
        code = _run(stage, slow=arguments.all)
        if code != 0:
            return code
    _head(f"all well, after {time.monotonic() - begin:.0f} s")
    return 0


def _run(stage: str, *, slow: bool) -> int:
    heading, command = STAGES[stage]
    _head(heading)
    if "pytest" in command and not slow:
        command = (*command, "-m", "not slow")
    begin = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    seconds = time.monotonic() - begin
    if code != 0:
        _head(f"FAILED: {heading} (exit code {code}, {seconds:.0f} s); again: python -m tests {stage}")
    return code


def _head(text: str) -> None:
    print(f"\n==== {text} ====", flush=True)


if __name__ == "__main__":
    sys.exit(main())
