"""What Attention alone needs; the page itself puts it together."""
