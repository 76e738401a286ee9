"""publish: files of rows and their card -> a data set of the Hugging Face hub"""

from collections.abc import Sequence
from pathlib import Path

from caigen.exports.card import CARD_NAME, card_path, is_card, join_cards
from caigen.io import hub


def publish(repo: str, files: Sequence[Path], *, private: bool) -> str:
    """Send files of one folder with its data card to the data set ORG/NAME, in one commit, and give its URL.

    The files arrive as they are. The card becomes README.md and describes these files, and those that an earlier card
    there describes. A README.md that caigen did not write is left alone, and the card goes beside it.
    Raises CaigenError.
    """
    hub.make_repository(repo, private=private)
    older = hub.read_readme(repo)
    contents: dict[str, Path | bytes] = {file.name: file for file in files}
    card = card_path(files[0].parent).read_bytes().decode()
    joined = join_cards(card, older, contents.keys())
    # a README.md that somebody else wrote is not replaced
    card_name = hub.README if is_card(older) else CARD_NAME
    return hub.commit(repo, contents | {card_name: joined.encode()})
