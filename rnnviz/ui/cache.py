"""Every cache of the application. Keys are small frozen values, never arrays; results are shared and only read."""

from typing import TYPE_CHECKING

import streamlit as st

from rnnviz.ui import selection
from rnnviz.ui.selection import Selection

if TYPE_CHECKING:
    from rnnviz.stepping import Recording
    from rnnviz.verify import Convention


@st.cache_resource(max_entries=16, show_spinner=False)
def recording(network: Selection) -> "Recording":
    """The network of a selection on its input, run once for all visitors with equal choices."""
    from rnnviz.stepping import record

    return record(selection.network(network), selection.inputs(network), selection.steps(network), network.edits)


@st.cache_resource(max_entries=16, show_spinner=False)
def step_data(network: Selection) -> dict[str, object]:
    """What the stepper is given, packed and checked against torch once for all visitors with equal choices."""
    from rnnviz.ui.step_view import network_of, payload

    return payload(recording(network_of(network)), network.layer, network.direction)


@st.cache_resource(max_entries=16, show_spinner=False)
def conventions(network: Selection) -> "dict[str, Convention]":
    """The GRU of a recording by torch's and by the textbooks' equations."""
    return recording(network).conventions()
