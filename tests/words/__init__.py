"""Words by their contexts: the masked-word network, trigrams, and skip-gram."""
