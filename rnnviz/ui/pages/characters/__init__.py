"""What Characters alone needs; the page itself puts it together."""
