"""What Sequences alone needs; the page itself puts it together."""
