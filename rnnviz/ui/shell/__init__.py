"""What every page stands in: its frame, the menus of figures, long runs, and the server."""
