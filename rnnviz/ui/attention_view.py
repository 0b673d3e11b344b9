"""The views of the page "Attention"."""

from collections.abc import Callable, Mapping
from typing import Final

from rnnviz.ui import attention_review

SHOW: Final[Mapping[str, Callable[[], None]]] = {"sentiment": attention_review.show}
