"""A network that writes, character by character, and reads what the visitor has written."""

from rnnviz.ui import character_networks, frame


def show() -> None:
    """The network, and what it writes after the visitor's prompt."""
    character_networks.picker()
    frame.explain("characters", "generate")
