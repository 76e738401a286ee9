"""The tables of phrases, one file per language."""

from caigen.hygiene.languages import (
    any_language,
    chinese,
    english,
    english_endings,
    french,
    german,
    german_endings,
    japanese,
    spanish,
)

RULES = (
    *any_language.RULES,
    *english.RULES,
    *english_endings.RULES,
    *german.RULES,
    *german_endings.RULES,
    *french.RULES,
    *spanish.RULES,
    *chinese.RULES,
    *japanese.RULES,
)
