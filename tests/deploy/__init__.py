"""deploy/: several servers behind nginx."""
