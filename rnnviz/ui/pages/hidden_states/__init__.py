"""What Hidden states alone needs; the page itself puts it together."""
