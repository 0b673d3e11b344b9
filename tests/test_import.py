"""``import rnnviz`` is cheap, and its names are what they say, however they are reached."""

import subprocess
import sys
from typing import Final

import pytest

import rnnviz
from tests.serving import ROOT
from tests.together import together

HEAVY: Final = ("torch", "plotly", "streamlit", "pandas", "numpy")

IS_FUNCTION: Final = "import inspect; assert inspect.isfunction(rnnviz.capture), rnnviz.capture"
IS_MODULE: Final = "import sys, inspect; assert inspect.ismodule(sys.modules['rnnviz.capture'])"


def run(program: str) -> None:
    """Run a program in a fresh interpreter and show what it says if it fails."""
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "statement",
    ["import rnnviz", "import rnnviz; dir(rnnviz)", "import rnnviz.cli", "import rnnviz.page_registry"],
)
def test_nothing_heavy_is_loaded(statement: str) -> None:
    run(f"{statement}; import sys; loaded = set({HEAVY}) & set(sys.modules); assert not loaded, loaded")


def test_the_landing_page_of_a_cold_server_waits_for_none_of_them() -> None:
    heavy = ("torch", "rnnviz.figures", "pandas")
    run(
        "import rnnviz.ui.pages.home.view; import sys; "
        f"loaded = set({heavy}) & set(sys.modules); assert not loaded, loaded"
    )


@pytest.mark.parametrize(
    "load",
    [
        "from rnnviz.sentiment import load; load('bilstm')",
        "from rnnviz.attention import load; load('reverse-additive')",
        "from rnnviz.characters import load; load('shakespeare-lstm')",
    ],
)
def test_a_network_is_loaded_without_torchs_compiler(load: str) -> None:
    """Its import takes as long as that of torch, and a visitor of a cold server waits for both."""
    run(f"{load}; import sys; assert 'torch._dynamo' not in sys.modules")


@pytest.mark.parametrize(
    "statement",
    [
        "import rnnviz",
        "import rnnviz, rnnviz.capture",
        "import rnnviz.capture, rnnviz",
        "import rnnviz; rnnviz.capture; import rnnviz.capture",
        "import rnnviz; from rnnviz.capture import capture",
        "import rnnviz; from rnnviz import capture; assert capture is rnnviz.capture",
        "import rnnviz, importlib; importlib.import_module('rnnviz.capture')",
        "from rnnviz.capture.batch import read_batch; import rnnviz",
        "import rnnviz; rnnviz.capture; from rnnviz.capture import gradients",
        "import rnnviz; rnnviz.build; rnnviz.figures",
    ],
)
def test_capture_is_the_function_whatever_was_imported_before(statement: str) -> None:
    run(f"{statement}; {IS_FUNCTION}")


def test_the_module_of_that_name_can_be_had_too() -> None:
    run(f"import rnnviz; from rnnviz.capture import capture; assert capture is rnnviz.capture; {IS_MODULE}")


@together("name", rnnviz.__all__)
def test_public_names_exist(name: str) -> None:
    assert name in dir(rnnviz)
    assert getattr(rnnviz, name) is not None


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'capturing'; it offers .*capture"):
        _ = rnnviz.capturing


def test_figures_are_a_package() -> None:
    run("import rnnviz; assert rnnviz.figures.__name__ == 'rnnviz.figures'")
