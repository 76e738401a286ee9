"""What makes a generated text unusable, and what is cleaned off it; each finding is a word that is counted."""

from caigen.hygiene.critiques import flags_of_critique
from caigen.hygiene.revisions import clean, flags

__all__ = ["clean", "flags", "flags_of_critique"]
