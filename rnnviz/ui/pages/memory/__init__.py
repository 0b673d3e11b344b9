"""What Memory alone needs; the page itself puts it together."""
