"""A model as judge: ask it, measure it, serve it, and read what trainers send."""
