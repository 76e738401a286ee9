"""Every error caigen raises on purpose. Each message says what, where and what next, in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ABOUT_THE_TEXT = frozenset({"content_filter", "too_long"})  # kinds of a RequestError that say nothing of other requests
FAILED_ROWS = 3  # the exit code of a command some of whose rows failed


class CaigenError(Exception):
    """Something the user can put right; the command ends with exit code 1."""


class InputError(CaigenError):
    """A file or line that cannot be read; its message starts with `FILE:LINE:` where there is one."""


class ConstitutionError(CaigenError):
    """A constitution file that does not load."""


class EngineError(CaigenError):
    """The engine cannot start or has stopped; no further request can be answered."""


class RequestError(CaigenError):
    """One request failed; the row that asked it fails and the run goes on.

    `kind` is a short word for the summary's reasons, such as `too_long`. A stage sets `reached` to the record as far as
    it came, so that finished work is kept, and `where` to the part of the record that it asked for.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.reached: Any = None
        self.where = ""

    def __str__(self) -> str:
        return f"{self.where}: {super().__str__()}" if self.where else super().__str__()


@contextmanager
def asking_for(where: str) -> Iterator[None]:
    """Have a RequestError say what it was asked for, such as `candidate 0, round 1`."""
    try:
        yield
    except RequestError as error:
        error.where = where
        raise
