"""A widget's page holds all it needs, and nothing that was typed gets out of its place."""

import base64
import json
import re
from typing import Any, Final

import numpy as np

from rnnviz.palette import GROUNDS
from rnnviz.widgets.alone import PLAIN, Looks, alone
from rnnviz.widgets.packing import exact, message
from rnnviz.widgets.sources import ASSETS
from tests.together import together

HOSTILE: Final = "</script><script>alert(1)</script><!--"
NEVER_ALONE: Final = {"bar", "tour", "save_figure", "save_walk"}
WIDGETS: Final = sorted(
    path.name for path in ASSETS.iterdir() if (path / f"{path.name}.js").exists() and path.name not in NEVER_ALONE
)


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    told: dict[str, Any] = json.loads(found[1])
    return told


@together("name", WIDGETS)
def test_every_widget_has_a_page(name: str) -> None:
    page = alone(name, {"text": HOSTILE}, HOSTILE, 'http://localhost/"><em>', Looks("dark"))
    assert page.count("</script>") == 2
    assert "<script>alert" not in page
    assert "<em>" not in page
    assert (
        "export " not in re.findall(r'<script type="module">(.*?)</script>', page, re.DOTALL)[0].split("savedWidget")[0]
    )
    assert "default-src 'none'" in page
    assert f"--st-background-color: {GROUNDS['dark']['background']}" in page


def test_data_comes_as_it_was_given() -> None:
    given = {"text": HOSTILE, "h": exact(np.arange(6.0).reshape(2, 3))}
    page = alone("panels", given, "a title", "", Looks("light"))
    assert base64.b64decode(data_of(page)["bytes"]) == message(given)
    sent = message(given)
    assert data_of(alone("live_curves", sent, "a title", "", Looks("light"))) == data_of(page)
    (name, *_) = sorted(PLAIN)
    assert data_of(alone(name, {"text": HOSTILE}, "a title", "", Looks("light")))["plain"] == {"text": HOSTILE}


def test_a_title_is_set_unless_the_widget_has_one() -> None:
    assert "<h1>a title</h1>" in alone("panels", {}, "a title", "", Looks("light"))
    assert "<h1>" not in alone("panels", {}, "a title", "", Looks("light", titled=True)).split("<template")[0]
