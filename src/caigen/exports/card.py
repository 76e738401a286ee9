"""A data card beside training rows: the README.md of a Hugging Face data set. Its text is made in card_text.py.

A README.md that caigen did not write is left alone.
"""

from collections.abc import Collection
from pathlib import Path

from caigen.errors import CaigenError
from caigen.exports.card_text import MARK, UNKNOWN_LICENSE, Entry, read_entries, read_license, render_card
from caigen.io.atomic import write_whole
from caigen.io.streams import is_device

README = "README.md"
CARD_NAME = "caigen-card.md"  # the card, if another README.md is in the way


def write_card(folder: Path, entry: Entry) -> Path:
    """Add a file to the card of its folder, and give the card's path.

    Raises CaigenError if the card cannot be written.
    """
    path = folder / README
    try:
        path = card_path(folder)
        older = path.read_text("utf-8") if path.exists() else ""
    except OSError as error:
        raise CaigenError(f"{path}: cannot be written: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CaigenError(f"{path}: is not UTF-8, so nothing can be added to it: move it away") from error
    card = render_card([*read_entries(older), entry], read_license(older))
    write_whole(path, card.encode())
    return path


def card_path(folder: Path) -> Path:
    """Where the card of a folder is or will be: README.md, or CARD_NAME beside somebody else's README.md.

    Raises OSError if README.md cannot be read.
    """
    path = folder / README
    if not path.exists():
        return path
    if is_device(path) and not path.is_dir():  # reading a pipe could wait for ever
        return folder / CARD_NAME
    if is_card(path.read_text("utf-8", "replace")):
        return path
    return folder / CARD_NAME


def is_card(text: str) -> bool:
    """Whether the text of a README.md is a card that caigen wrote, or empty."""
    return not text or MARK in text


def join_cards(card: str, older: str, files: Collection[str]) -> str:
    """A card of `files` as `card` describes them, and of the further files that an older card describes.

    The licence is the one that either of them names, `card` first. If `card` says all this already, it stays as it is.
    """
    # of a file that both cards describe, `card` is the newer word
    own = [entry for entry in read_entries(card) if entry.file in files]
    entries = [entry for entry in read_entries(older) if entry.file not in files] + own
    own_license = read_license(card)
    license = own_license if own_license != UNKNOWN_LICENSE else read_license(older)
    same_files = {entry.file for entry in entries} == {entry.file for entry in read_entries(card)}
    return card if same_files and license == own_license else render_card(entries, license)
