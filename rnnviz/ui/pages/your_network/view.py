"""Opens a network from a visitor's file: for this visit alone, on every page that shows a network from inside."""

from typing import Final

import pandas as pd
import streamlit as st

from rnnviz import own
from rnnviz.checkpoints import Checkpoint
from rnnviz.checkpoints.classifiers import is_classifier
from rnnviz.page_registry import INSIDE, SENTIMENT, STEP_THROUGH
from rnnviz.ui.pages.your_network import choices, files
from rnnviz.ui.selection import state, trained
from rnnviz.ui.shell import frame

_REFUSED: Final = "your_network.refused"


def show() -> None:
    """The networks that are open, the boxes for files, and what was found in them."""
    with frame.place():
        for known in state.opened_networks():
            _opened(known)
    with frame.place():
        found = files.given()
    with frame.place():
        if found is not None:
            _confirm(found)
    frame.explain("your_network")


def _opened(known: Checkpoint) -> None:
    with st.container(border=True):
        st.markdown(
            f"**{frame.plain(str(known.card['label']))}** is open. {frame.plain(trained.what_it_learned(known))}"
        )
        if state.current().model.trained == known.family:
            st.markdown("Open it on a page:")
            with frame.row("center"):
                for page in (STEP_THROUGH, *INSIDE, *([SENTIMENT] if is_classifier(known) else [])):
                    frame.link_taking(page, state.current())
        with frame.row():
            if state.current().model.trained != known.family:
                st.button("Look at it", key=f"your_network.look_{known.name}", on_click=_look, args=(known,))
            st.button(
                "Close it", key=f"your_network.close_{known.name}", on_click=state.close_network, args=(known.family,)
            )


def _confirm(found: files.Given) -> None:
    choice = choices.chosen(found)
    given, outputs = choices.known_pair(found, choice)
    # No callback: it would get the choice of the run before, without what was typed just before the click. Named by
    # the network alone: a click counts also if the vocabulary that was brought before it has not arrived yet.
    key = f"your_network.open_{found.network}"
    if st.button("Open the network", type="primary", key=key, disabled=found.waits):
        _open(found, choice, given, outputs)
        st.rerun()
    if refused := st.session_state.pop(_REFUSED, ""):
        st.error(frame.plain(refused))
    with st.expander(f"All {len(found.tensors):,} tensors of the file"):
        st.dataframe(pd.DataFrame(choices.tensors_table(found, choice)), hide_index=True)


def _open(found: files.Given, choice: own.Choice, given: str, outputs: str) -> None:
    """Open the network; what does not fit is said under the button, and nothing that was chosen or typed is lost.

    Args:
        given, outputs: What it is known to give for one input, as it was typed; empty if nothing is to be checked.
    """
    try:
        known = own.checkpoint(own.family_of(found.content, choice), found.tensors, choice, found.names)
        if given.strip() or outputs.strip():
            known = own.checked(known, own.check(found.tensors, choice, own.typed_pair(choice, given, outputs)))
        state.open_network(known)
    except ValueError as error:
        st.session_state[_REFUSED] = str(error)


def _look(known: Checkpoint) -> None:
    state.try_update(trained=known.family, cell=known.model.cell)
