"""Which cell does what, and what helps against vanishing and exploding gradients?"""

from rnnviz.page_registry import COMPARISON
from rnnviz.ui.pages.comparison import view as comparison
from rnnviz.ui.shell import frame

frame.show_page(COMPARISON, lambda _: comparison.show())
