"""All that depends on Streamlit: the Selection and its link, controls, the frame of a page, caches, components."""

import os

# Read when numpy and torch are loaded, so it stands before all else: neither Streamlit's command nor ours has loaded
# them by now. With a second thread of numpy's, which waits by spinning, an update of a page took 0.5 to 1.8 s of
# processor time on two busy cores instead of 0.17.
os.environ["OMP_NUM_THREADS"] = "1"
