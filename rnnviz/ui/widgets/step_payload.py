"""The data of the stepper's widget for what a visitor selected."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnviz.caching import cached
from rnnviz.ui.selection import Selection, described, initial_in_words, unknown_steps, without_viewpoint
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import answer_payload, back_payload
from rnnviz.ui.widgets.back_payload import Back
from rnnviz.widgets import backward
from rnnviz.widgets.stepper import NONE, Way, still


@cached(64)
def still_of(view: Selection, back: Back | None = None) -> dict[str, Any]:
    """The constant parts of the stepper, packed and checked against torch once for all visitors with equal choices."""
    network = without_viewpoint(view)
    recording, outputs = networks.recording(network), answer_payload.of_network(network)
    caption = described.line(recording.spec, len(recording.edits))
    initial = initial_in_words(network)
    return still(
        recording,
        networks.step_walk(view),
        caption,
        outputs,
        _way(view, back),
        initial=initial,
        unknown=unknown_steps(network),
    )


def _way(view: Selection, back: Back | None) -> Way | None:
    if back is None:
        return None
    found = back_payload.way_of(without_viewpoint(view), back)
    return backward.way(found, view.layer, view.direction, back.threshold)


def gradients_of(view: Selection, back: Back | None) -> Mapping[str, np.ndarray]:
    """Those of a loss on its way back through the layer and direction of a view, if its way is drawn."""
    if back is None:
        return NONE
    return backward.series(back_payload.way_of(without_viewpoint(view), back), view.layer, view.direction)
