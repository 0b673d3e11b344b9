"""What happens inside my network while it trains?"""

from rnnviz.page_registry import YOUR_TRAINING
from rnnviz.ui.pages.your_training import view as your_training
from rnnviz.ui.shell import frame

frame.show_page(YOUR_TRAINING, lambda _: your_training.show())
