"""publish: files of rows and their card -> a data set of the Hugging Face hub"""

from collections.abc import Sequence
from pathlib import Path

from caigen.exports.card import OWN, card_of, is_card, joined
from caigen.io import hub


def publish(repo: str, files: Sequence[Path], *, private: bool) -> str:
    """Send files of one folder with its data card to the data set ORG/NAME, in one commit; gives its URL.

    The files arrive as they are. The card becomes README.md and tells of these files, and of those that an earlier card
    there tells of; a README.md of somebody else's is left alone, and the card goes beside it.
    Raises CaigenError.
    """
    hub.make_repository(repo, private=private)
    there = hub.read_readme(repo)
    parts: dict[str, Path | bytes] = {file.name: file for file in files}
    card = joined(card_of(files[0].parent).read_bytes().decode(), there, parts.keys())
    return hub.commit(repo, parts | {hub.README if is_card(there) else OWN: card.encode()})
