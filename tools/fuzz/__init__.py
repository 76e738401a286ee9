"""Broken inputs, by the hundred thousand, for everything that reads: `python -m tools.fuzz`."""
