"""What does my own network do while it reads?"""

from rnnviz.page_registry import YOUR_NETWORK
from rnnviz.ui.pages.your_network import view as your_network
from rnnviz.ui.shell import frame

frame.show_page(YOUR_NETWORK, lambda _: your_network.show())
