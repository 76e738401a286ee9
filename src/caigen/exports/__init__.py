"""Records -> training rows of each trainer; no model is asked.

    pairs, sft, spans  ->  rows of TRL (trl.py)  ->  shaping: rows of one trainer (formats.py, kto.py)
    ->  sinks: files with provenance, split and data card;  check.py says whether a file holds such rows

A new trainer is added in formats.py.
"""
