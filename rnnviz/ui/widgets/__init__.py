"""Widgets and controls that several pages share: steps, panels, live curves."""
