"""What makes a generated text unusable, and what is cleaned off it; each finding is a word that is counted."""

from caigen.hygiene.cleaning import clean
from caigen.hygiene.critiques import flags_of_critique
from caigen.hygiene.faults import flags

__all__ = ["clean", "flags", "flags_of_critique"]
