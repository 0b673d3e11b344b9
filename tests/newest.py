"""The requirements without their upper bounds, for pip: ``python -m tests.newest > newest.txt``.

The scheduled workflow installs them and runs the tests, so that a newer release that breaks something is known before
somebody moves a bound. Nothing is imported that has to be installed first.
"""

import re
import sys
from typing import Final

from tests.serving import ROOT

FILES: Final = ("requirements.txt", "requirements-dev.txt")


def unbounded(requirement: str) -> str:
    """A line of a requirements file with its lower bounds alone; ``streamlit~=1.67.0`` gives ``streamlit>=1.67.0``."""
    bounded, mark, when = requirement.partition(";")
    name, *bounds = re.split(r"(?=[<>=!~])(?<![<>=!~])|,", bounded)
    lower = (bound.strip().replace("~=", ">=") for bound in bounds)
    kept = ",".join(bound for bound in lower if bound.startswith((">", "!=")))
    return name.strip() + kept + (f" {mark}{when}" if mark else "")


def lines(text: str) -> list[str]:
    """The requirements that a file names itself, without comments and without other files."""
    said = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in said if line and not line.startswith("-")]


def main() -> int:
    """Print the requirements of the application and of the tests."""
    for file in FILES:
        for line in lines((ROOT / file).read_text(encoding="utf-8")):
            print(unbounded(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
