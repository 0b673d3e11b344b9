"""A microscope for recurrent networks.

``rnnviz.capture`` runs any ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU`` on a batch and returns a ``Trace`` with every hidden
state, gate and gradient, and of a whole model one for each recurrent layer; ``rnnviz.figures`` draws traces, and
``rnnviz.show`` opens one, or a module step by step, in a notebook. ``rnnviz.build`` makes a network from a
``ModelSpec``. ``rnnviz.watch`` keeps a ``Record`` of a training in plain torch, and ``rnnviz.examine`` says what is
wrong with one. ``rnnviz.fixed_points`` finds where the state of a network would stay if its input stayed constant, and
``rnnviz.intervene`` computes what it does after somebody has reached into its states or gates. ``rnnviz.probe`` says
what can be read out of its states, and ``rnnviz.extract`` says which finite automaton it is.

Importing this package loads none of torch, plotly and Streamlit: each name loads what it needs when it is first used.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Final

from rnnviz.extras import lazily

if TYPE_CHECKING:
    from rnnviz import figures
    from rnnviz.automata import Automaton, extract
    from rnnviz.capture import capture
    from rnnviz.doctor import Finding, examine
    from rnnviz.dynamics import FixedPoints, fixed_points
    from rnnviz.interventions import Intervention, intervene
    from rnnviz.models import build
    from rnnviz.notebook import show
    from rnnviz.probing import Probe, probe
    from rnnviz.record import Record
    from rnnviz.spec import ModelSpec
    from rnnviz.trace import Trace
    from rnnviz.watching import watch

__version__: Final = "0.2.0"
__all__ = [
    "Automaton",
    "Finding",
    "FixedPoints",
    "Intervention",
    "ModelSpec",
    "Probe",
    "Record",
    "Trace",
    "__version__",
    "build",
    "capture",
    "examine",
    "extract",
    "figures",
    "fixed_points",
    "intervene",
    "probe",
    "show",
    "watch",
]

_HOMES: Final = {
    "Automaton": "rnnviz.automata",
    "Finding": "rnnviz.doctor",
    "FixedPoints": "rnnviz.dynamics",
    "Intervention": "rnnviz.interventions",
    "ModelSpec": "rnnviz.spec",
    "Probe": "rnnviz.probing",
    "Record": "rnnviz.record",
    "Trace": "rnnviz.trace",
    "build": "rnnviz.models",
    "capture": "rnnviz.capture",
    "examine": "rnnviz.doctor",
    "extract": "rnnviz.automata",
    "fixed_points": "rnnviz.dynamics",
    "intervene": "rnnviz.interventions",
    "probe": "rnnviz.probing",
    "show": "rnnviz.notebook",
    "watch": "rnnviz.watching",
}
"""The module that defines each public name; ``figures`` is a module itself."""


class _Package(ModuleType):
    """A package whose public functions are not replaced by submodules of the same name.

    Importing ``rnnviz.capture`` ends with the import system storing that module as the attribute ``capture`` of this
    package, which would hide the function ``rnnviz.capture``.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
_loaded = lazily(__name__, _HOMES, __all__)


def __getattr__(name: str) -> object:
    if name == "figures":
        return import_module("rnnviz.figures")
    return _loaded(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
