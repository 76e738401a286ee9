"""Every error that caigen raises on purpose. Each message says what is wrong, where, and what to do next, in one line.

    CaigenError            the user can put it right; the command ends with exit code 1
    ├── InputError         a file or a line that cannot be read
    ├── ConstitutionError  a constitution, or its few-shot examples, that does not load
    ├── EngineError        the engine cannot start or has stopped; no request is answered any more
    └── RequestError       one request failed; its row fails, the run goes on

The `kind` of a RequestError is the word under which the summary counts the failed row:

    | kind | what happened |
    |---|---|
    | `too_long` | the prompt does not fit the model's context |
    | `content_filter` | the server refused the prompt for what it says |
    | `refused` | the engine or the server refused the request for another reason (HTTP 4xx) |
    | `template` | the model's chat template refuses the conversation |
    | `choice_not_a_token` | a judge's answer (A, B, …) is not one token of the model |
    | `bad_answer` | the answer is not JSON, not an OpenAI completion, or broken |
    | `rate_limited`, `unreachable` | the server still said 429, or gave no answer, after the last try |
    | `timeout`, `busy` | the reward server took too long, or had too much to do |
    | `empty` | the model's answer has no word |
    | any other finish reason | the answer was broken off before its first word: `truncated`, `loop`, `abort`, … |

A value that cannot be read from one line or one cell of input is a ValueError of caigen.io (ShapeError, CellError,
DuplicateKeyError); the reader turns it into an InputError with file and line.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # `--help` reads this module: pydantic is not loaded for it
    from pydantic import ValidationError

ABOUT_THE_TEXT = frozenset({"content_filter", "too_long"})  # kinds that say nothing about other requests
FAILED_ROWS = 3  # the exit code of a command some of whose rows failed
INTERRUPTED = 130  # that of a command that Ctrl-C ended


class CaigenError(Exception):
    """Something the user can put right; the command ends with exit code 1."""


class InputError(CaigenError):
    """A file or line that cannot be read; the message starts with `FILE:LINE:` if there is a line."""


class ConstitutionError(CaigenError):
    """A constitution file that does not load."""


class EngineError(CaigenError):
    """The engine cannot start or has stopped; no further request can be answered."""


class RequestError(CaigenError):
    """One request failed; the row that made it fails and the run goes on.

    `kind` is a word of the table above. A stage sets `reached` to the record as far as it came, so that finished work
    is kept, and `where` to the part of the record that the request was for.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.reached: Any = None
        self.where = ""

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.where}: {message}" if self.where else message


@contextmanager
def asking_for(where: str) -> Iterator[None]:
    """Name in a RequestError what the request was for, such as `candidate 0, round 1`."""
    try:
        yield
    except RequestError as error:
        error.where = where
        raise


def needs(extra: str, problem: str, error: ImportError) -> CaigenError:
    """The error for a library that cannot be imported: the problem, Python's reason, and the extra that installs it.

    `needs("ray", "ray cannot be imported", error)` says `ray cannot be imported (No module named 'ray'): pip install
    'caigen[ray]'`. To be raised by the caller, `from error`.
    """
    return CaigenError(f"{problem} ({error}): pip install 'caigen[{extra}]'")


def first_error(error: "ValidationError", *, root: str = "", ignored: str = "") -> str:
    """The first error of a pydantic validation in one line: `FIELD.INDEX.FIELD: what is wrong`.

    `root` names the value itself, where the path is empty. Parts of the path that begin with `ignored` are left
    out: for a union pydantic puts the class name of each member there.
    """
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    if ignored:
        path = [part for part in path if not part.startswith(ignored)]
    return f"{'.'.join(path) or root}: {first['msg'].lower()}"


def first_yaml_error(error: Exception) -> tuple[str, str]:
    """The line of an error of ruamel.yaml, as `:7` or empty, and the first line of its message."""
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    return line, str(getattr(error, "problem", None) or error).split("\n")[0]
