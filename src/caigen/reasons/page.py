"""page: the table of reason words -> docs/reasons.md"""

from caigen.reasons.table import REASONS, TITLES

HEAD = """# Reason words

Made of the table in `caigen/reasons/table.py` by `make docs`. `caigen reasons WORD` prints one of them.

`answer_`, `critique_`, `revision_` and `text_` before a word say what it is about: `critique_truncated` is a critique
that was cut off. A word that is not here is a finish reason of a server, under the server's own name.
"""


def page() -> str:
    """The whole page: one table for each kind of word."""
    parts = [HEAD]
    for kind, title in TITLES.items():
        parts.append(f"\n## {title}\n\n| word | what it means | what to do |\n|---|---|---|\n")
        for reason in REASONS:
            if reason.kind == kind:
                action = reason.action or "nothing"
                parts.append(f"| `{reason.word}` | {reason.meaning} | {action} |\n")
    return "".join(parts)
