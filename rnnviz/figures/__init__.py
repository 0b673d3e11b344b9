"""A Trace or a History in, a plotly Figure out. Figures know no model and show nothing by themselves."""

from rnnviz.figures.heatmap import signal_heatmap

__all__ = ["signal_heatmap"]
