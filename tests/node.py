"""The node that playwright brings: what runs the modules of widgets without a browser, on every machine."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import playwright

from rnnviz.widgets.sources import ASSETS

NODE: Final = Path(playwright.__file__).parent / "driver" / ("node.exe" if os.name == "nt" else "node")


def told(folder: Path, modules: Sequence[str], script: str) -> Any:
    """What a script gives as ``told``, with these modules of the widgets beside it; it runs in an empty folder."""
    for name in modules:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text((ASSETS / name).read_text(encoding="utf-8"), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "run.js").write_text(f"{script}\nconsole.log(JSON.stringify(told));", "utf-8")
    done = subprocess.run([str(NODE), "run.js"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
