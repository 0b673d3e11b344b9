"""All that knows Streamlit: the Selection and its link, controls, the frame of a page, caches, components."""

import os

# Read when numpy and torch are loaded, so it stands before all else: neither Streamlit's command nor ours has loaded
# them by now. On two busy cores, two threads that wait for each other took 1.2 s for a singular value decomposition
# that one does in a millisecond.
os.environ["OMP_NUM_THREADS"] = "1"
