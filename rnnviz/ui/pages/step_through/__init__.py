"""What Step through alone needs; the page itself puts it together."""
