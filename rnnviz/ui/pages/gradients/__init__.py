"""What Gradients alone needs; the page itself puts it together."""
