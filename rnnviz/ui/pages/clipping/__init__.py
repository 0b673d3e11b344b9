"""What Clipping alone needs; the page itself puts it together."""
