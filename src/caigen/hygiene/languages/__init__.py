"""The tables of phrases, one file a language."""

from caigen.hygiene.languages import any_language, chinese, english, english_endings, french, german, japanese, spanish

RULES = (
    *any_language.RULES,
    *english.RULES,
    *english_endings.RULES,
    *german.RULES,
    *french.RULES,
    *spanish.RULES,
    *chinese.RULES,
    *japanese.RULES,
)
