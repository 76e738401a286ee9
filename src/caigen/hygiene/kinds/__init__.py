"""Know lead-ins and remarks by the kinds of their words, whatever the phrase (kinds/sentences.py)."""

from caigen.hygiene.kinds.lexicon import Lexicon
from caigen.hygiene.kinds.sentences import LEXICONS, lead_in, notes, remark, splits_quotation

__all__ = ["LEXICONS", "Lexicon", "lead_in", "notes", "remark", "splits_quotation"]
