"""Write the notebook of all listings: ``python -m rnnviz.listings docs/lecture.ipynb``."""

import sys
from pathlib import Path

from rnnviz.listings.documents import notebook

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(notebook(), encoding="utf-8")
