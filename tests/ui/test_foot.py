"""The line below a saved picture: an address only where there is one, and not the title that stands above it."""

import json
import subprocess
from pathlib import Path

import pytest

from rnnviz.widgets.sources import ASSETS
from tests.node import NODE

SCRIPT = """
    import { footOf, isAddress } from "./foot.mjs";
    const told = JSON.parse(process.argv[2]);
    process.stdout.write(JSON.stringify([footOf(told), isAddress(told.link)]));
"""


@pytest.mark.parametrize(
    ("link", "wanted", "leads"),
    [
        ("/Gates?cell=gru", "Made with rnnviz.", False),
        ("", "Made with rnnviz.", False),
        ("javascript:alert(1)", "Made with rnnviz.", False),
        ("https://rnn.example.org/Gates", "Made with rnnviz: https://rnn.example.org/Gates", True),
    ],
)
def test_a_foot(tmp_path: Path, link: str, wanted: str, *, leads: bool) -> None:
    source = (ASSETS / "shared" / "foot.js").read_text(encoding="utf-8")
    (tmp_path / "foot.mjs").write_text(source, encoding="utf-8")
    (tmp_path / "run.mjs").write_text(SCRIPT, encoding="utf-8")
    order = [str(NODE), "run.mjs", json.dumps({"title": "The gates", "link": link})]
    said = subprocess.run(order, cwd=tmp_path, check=True, timeout=60, capture_output=True).stdout
    assert json.loads(said) == [wanted, leads]
