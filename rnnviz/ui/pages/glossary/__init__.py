"""What the glossary alone needs."""
