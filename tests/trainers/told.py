"""What a trainer's loader made of the rows, told as texts by a process of its own: `python -m tests.trainers.NAME
FOLDER`.
"""

import json
import sys
from collections.abc import Callable, Iterable
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from caigen.engines.open import DEMO_PATH

TOLD = "told.json"
IGNORED = -100  # the label of a token that carries no loss
Example = dict[str, Any]  # `text` of all tokens and `learned` of those that carry loss, by side where there are two


def demo_tokenizer() -> Any:
    """The demo model's tokenizer, with its chat template."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(DEMO_PATH)


def example(tokenizer: Any, ids: Iterable[int], learned: Iterable[Any]) -> Example:
    """The text of all tokens, and of those that carry loss."""
    pairs = [(int(token), bool(on)) for token, on in zip(ids, learned, strict=True)]
    return {
        "text": tokenizer.decode([token for token, _ in pairs]),
        "learned": tokenizer.decode([token for token, on in pairs if on]),
    }


def labelled(tokenizer: Any, ids: list[int], labels: list[int]) -> Example:
    """The same from labels, which are the tokens themselves where they carry loss."""
    assert all(label in (IGNORED, token) for token, label in zip(ids, labels, strict=True))
    return example(tokenizer, ids, [label != IGNORED for label in labels])


def stand_in(*names: str) -> None:
    """Modules that the trainer imports, does not use to read text, and that cannot be had or are not wanted here."""
    demo_tokenizer()  # transformers looks for the same names, and must not find these
    for name in names:
        module = MagicMock(name=name)
        module.__spec__, module.__version__ = ModuleSpec(name, None), "0"
        sys.modules[name] = module


def tell(read: Callable[[Path], dict[str, list[Example]]]) -> None:
    """Read the rows in the folder and write what became of them beside them; stdout is the trainer's."""
    folder = Path(sys.argv[1])
    (folder / TOLD).write_text(json.dumps(read(folder)), "utf-8")
