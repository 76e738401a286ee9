"""Data sets of the Hugging Face hub, or of a folder, through `datasets`. The only import of it."""

from collections.abc import Iterator
from typing import Any

from caigen.errors import CaigenError, InputError

PREFIX = "hf:"


def is_hub(source: str) -> bool:
    """Whether a source is named as a data set."""
    return source.startswith(PREFIX)


def read_hub(source: str) -> Iterator[dict[str, Any]]:
    """The rows of `hf:NAME[#SPLIT]` (split `train` by default) as they come; NAME is what `load_dataset` takes, a configuration
    after a colon.

    Raises InputError where it cannot be read, CaigenError where `datasets` is missing.
    """
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise CaigenError(f"{source}: needs the datasets package ({error}): pip install 'caigen[hub]'") from error
    name, _, split = source.removeprefix(PREFIX).partition("#")
    path, _, config = name.partition(":")
    try:
        yield from load_dataset(path, config or None, split=split or "train", streaming=True)
    except Exception as error:  # it may raise anything: network, names, formats
        raise InputError(f"{source}: {type(error).__name__}: {str(error).splitlines()[0]}") from error
