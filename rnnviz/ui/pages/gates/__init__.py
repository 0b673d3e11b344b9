"""What Gates alone needs; the page itself puts it together."""
