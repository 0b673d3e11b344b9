"""Where would the state go if the input stopped?"""

from rnnviz.page_registry import DYNAMICS
from rnnviz.ui.pages.dynamics import view
from rnnviz.ui.shell import frame

frame.show_page(DYNAMICS, view.show, view.settings)
