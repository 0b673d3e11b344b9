"""What is wrong with a training, in sentences, with the numbers behind each and what helps."""

from typing import Final

import streamlit as st

from rnnviz import doctor
from rnnviz.caching import cached
from rnnviz.doctor import Finding
from rnnviz.page_registry import CLIPPING, GATES, GRADIENTS, HIDDEN_STATES, Page
from rnnviz.ui.pages.your_training import drawing
from rnnviz.ui.pages.your_training.choosing import Chosen
from rnnviz.ui.shell import code_menu, frame, notations

_MORE: Final[dict[str, Page]] = {
    "vanishing": GRADIENTS,
    "exploding": GRADIENTS,
    "forget_bias": GATES,
    "saturated": GATES,
    "dead_units": HIDDEN_STATES,
    "clipping_always": CLIPPING,
    "clipping_never": CLIPPING,
    "gradient_growing": CLIPPING,
}
"""The pages that explain a finding."""


@cached(16)
def found(of: Chosen) -> tuple[Finding, ...]:
    """What was found."""
    return doctor.examine(of.record)


def counted(of: Chosen) -> str:
    """How many there are, in words."""
    count = len(found(of))
    return "No findings" if not count else f"{count} finding{'' if count == 1 else 's'}"


def show(of: Chosen, key: str) -> None:
    """All findings of a record, or that there are none."""
    if not found(of):
        frame.note(f"None of the {len(doctor.NAMES)} checks has found anything in this record.")
    for k, finding in enumerate(found(of)):
        with st.container(border=True, key=f"{key}_{k}"):
            st.markdown(f"**{frame.plain(notations.written(finding.sentence))}**")
            st.markdown(f"**Remedy.** {frame.plain(notations.written(finding.remedy))}")
            evidence = doctor.in_words(finding).items()
            rows = "".join(f"| {notations.written(words)} | {value:.4g} |\n" for words, value in evidence)
            st.markdown(f"| Evidence | in {frame.plain(finding.where)} |\n| --- | --- |\n{rows}")
            if (page := _MORE.get(finding.name)) is not None:
                frame.link_to(page)
    code_menu.menu(key, lambda: drawing.findings_code(of), "rnnviz-findings")
