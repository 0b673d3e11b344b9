"""The widgets of a page that a test opens without a browser."""

from typing import Any, Final

from streamlit.testing.v1 import AppTest

EVERYWHERE: Final = ("rnnviz_bar", "rnnviz_save_figure")
"""What every page has, or every figure."""


def mounted(page: AppTest) -> list[Any]:
    """Those that belong to the page alone, in their order."""
    return [one for one in page.get("bidi_component") if one.proto.component_name not in EVERYWHERE]
