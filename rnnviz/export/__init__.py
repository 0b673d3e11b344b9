"""All figures of a lecture as files and as a deck: its pages are opened in a browser and save their own pictures."""
