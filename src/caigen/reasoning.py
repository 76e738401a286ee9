"""Keeps what a reasoning model thinks apart from what it answers."""

OPEN, CLOSE = "<think>", "</think>"


def split(text: str, *, opened: bool = False) -> tuple[str, str | None]:
    """(answer, reasoning) of a generated text; `opened` says that the chat template already began the thinking.

    A thought that never ends leaves an empty answer.
    """
    head, closed, rest = text.partition(CLOSE)
    if closed:
        return rest.strip(), head.strip().removeprefix(OPEN).strip()
    if opened or text.lstrip().startswith(OPEN):
        return "", text.strip().removeprefix(OPEN).strip()
    return text.strip(), None
