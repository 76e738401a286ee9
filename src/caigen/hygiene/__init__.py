"""Clean generated texts, and flag unusable ones; each finding is a word that the summary counts (docs/hygiene.md)."""

from caigen.hygiene.cleaning import clean
from caigen.hygiene.critiques import flags_of_critique
from caigen.hygiene.faults import flags

__all__ = ["clean", "flags", "flags_of_critique"]
