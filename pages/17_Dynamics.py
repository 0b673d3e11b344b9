"""Where would the state go if the input stopped changing?"""

from rnnviz.page_registry import DYNAMICS
from rnnviz.ui.pages.dynamics import view
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets.network_controls import sidebar

frame.show_page(DYNAMICS, view.show, sidebar)
