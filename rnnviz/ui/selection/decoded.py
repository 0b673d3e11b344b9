"""What the decoder of a network that translates reads for a source, and the state that it starts from."""

from typing import TYPE_CHECKING

from rnnviz.caching import cached

if TYPE_CHECKING:
    from rnnviz.attention import Decoding


@cached(32)
def decoding(network: str, source: str) -> "Decoding":
    """What a network that translates outputs for a source; ValueError if it cannot read that."""
    from rnnviz import attention

    return attention.load(network).decode(source)
