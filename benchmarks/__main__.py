"""All benchmarks in turn: ``python -m benchmarks [name …] [--quick]``.

Each is a module of this folder with ``main(argv) -> int`` and runs in a process of its own, so that none warms up, or
sets the threads of, the next.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
NAMES: Final = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))


def main() -> int:
    """Run the benchmarks and return the exit code of the first that fails, or 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and sizes")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in NAMES]
    if unknown:
        parser.error(f"name must be one of {', '.join(NAMES)}; got {', '.join(unknown)}")
    for name in arguments.names or NAMES:
        print(f"\n==== {name} ====", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", *(["--quick"] if arguments.quick else [])]
        code = subprocess.run(command, cwd=FOLDER.parent, check=False).returncode  # noqa: S603 - ours
        if code != 0:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
