"""single_spaced: any text -> one line that a terminal shows and does not obey"""

from caigen.text.visible import visible


def single_spaced(text: str) -> str:
    """The text in one line, with single spaces for all white space, and its controls written out."""
    return visible(" ".join(text.split()))
