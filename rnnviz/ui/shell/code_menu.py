"""The menu under every picture with the code behind it: to read, to copy, to download as a script or notebook."""

import json
import re
from collections.abc import Callable
from typing import Final

import streamlit as st

from rnnviz.ui.selection import state

NEEDS: Final = "# Needs rnnviz. In the folder of rnnviz: python -m pip install -e ."
NEEDS_TORCH: Final = "# Needs PyTorch: python -m pip install torch"
"""The first line of every script: what there must be in the Python that runs it."""

_OURS: Final = re.compile(r"^(?:from|import) rnnviz\b", re.MULTILINE)
_WIDE: Final = 720
"""Pixels: enough for a line of code and the button that copies it."""


def menu(key: str, code: Callable[[], str], name: str) -> None:
    """Offer the code behind a picture; while presenting there is no menu.

    Args:
        key: That of the picture.
        code: Makes the script when the menu is opened.
        name: The stem of the files.
    """
    if state.current().present:
        return
    with st.popover("Code", key=f"{key}.code", on_change="rerun", type="tertiary") as opened:
        if not opened.open:
            return
        text = headed(code())
        with st.container(horizontal=True):
            _button("Download .py", text, f"{name}.py", "text/x-python", f"{key}.py")
            _button("Download .ipynb", notebook(text), f"{name}.ipynb", "application/x-ipynb+json", f"{key}.ipynb")
        st.code(text, language="python", width=_WIDE)


def _button(label: str, content: str, file: str, mime: str, key: str) -> None:
    st.download_button(label, content, file, mime, key=key, on_click="ignore")


def headed(code: str) -> str:
    """A script under the line that says what it needs."""
    return f"{NEEDS if _OURS.search(code) else NEEDS_TORCH}\n{code}"


def notebook(code: str) -> str:
    """A notebook of one cell, as JSON that Jupyter reads.

    Source: The notebook format, nbformat 4.5, https://nbformat.readthedocs.io.
    """
    cell: dict[str, object] = {
        "cell_type": "code",
        "id": "rnnviz",
        "metadata": {},
        "source": code.rstrip("\n").splitlines(keepends=True),
        "outputs": [],
        "execution_count": None,
    }
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
