"""Where else the units of a phrase are on: in the bits of a long text, and in many short ones."""
