"""All that knows Streamlit: the Selection and its link, controls, the frame of a page, caches, components."""
