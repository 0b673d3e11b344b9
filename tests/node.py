"""The node that playwright brings: what runs the modules of widgets without a browser, on every machine."""

import os
from pathlib import Path
from typing import Final

import playwright

NODE: Final = Path(playwright.__file__).parent / "driver" / ("node.exe" if os.name == "nt" else "node")
