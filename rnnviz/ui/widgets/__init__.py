"""What several pages mount: steps, panels, live curves, controls."""
