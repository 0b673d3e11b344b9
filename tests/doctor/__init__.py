"""Small training scripts, with a fault planted or sound, and what the doctor finds in them."""
