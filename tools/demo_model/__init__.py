"""How the bundled demo model is made: its corpus, its training, its measurement."""
