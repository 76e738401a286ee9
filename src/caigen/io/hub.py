"""The Hugging Face hub: data sets are read through `datasets`, files are sent through `huggingface_hub`.

The only import of both. They take the server from HF_ENDPOINT and the token from HF_TOKEN or `hf auth login`.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from caigen.errors import CaigenError, InputError, needs

PREFIX = "hf:"
README = "README.md"
LOGIN_HINT = "set HF_TOKEN, or use `hf auth login`"
MAX_NAME_CHARS = 96

# One part of ORG/NAME: "my-org", "data_1.2"; not "-a", "a.", "ä"
_NAME_PART = r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?"
_REPOSITORY = re.compile(rf"{_NAME_PART}/{_NAME_PART}")

STATUS_REASONS = {
    401: f"the token is wrong or has ended: {LOGIN_HINT}",
    403: "the token may not write there; a token with write access to it is needed",
    404: "no such name, or the token may not see it",
}


def is_hub(source: str) -> bool:
    """Whether a source names a data set of the hub."""
    return source.startswith(PREFIX)


def read_hub(source: str) -> Iterator[dict[str, Any]]:
    """The rows of `hf:NAME[:CONFIG][#SPLIT]` as they come; the split is `train` by default.

    Raises InputError if the data set cannot be read, CaigenError if `datasets` is missing.
    """
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise needs("hub", f"{source}: needs the datasets package", error) from error
    name, _, split = source.removeprefix(PREFIX).partition("#")
    path, _, config = name.partition(":")
    try:
        yield from load_dataset(path, config or None, split=split or "train", streaming=True)
    except Exception as error:  # it may raise anything: network, names, formats
        message = _first_line(str(error), empty="no message")
        raise InputError(f"{source}: {type(error).__name__}: {message}") from error


def is_repository(name: str) -> bool:
    """Whether a name is ORG/NAME as the hub takes it: letters, digits and `-_.` in each part."""
    if len(name) > MAX_NAME_CHARS or not _REPOSITORY.fullmatch(name):
        return False
    return "--" not in name and ".." not in name and not name.endswith(".git")


def check_login() -> None:
    """Raises CaigenError if the library is missing, or there is no token."""
    if not _import_hub().get_token():
        raise CaigenError(f"there is no token for the hub: {LOGIN_HINT}")


def make_repository(repo: str, *, private: bool) -> None:
    """Make the data set ORG/NAME unless it is there; one that is there keeps its visibility.

    Raises CaigenError, also if `private` is asked for and the data set is public.
    """
    with _errors_in_one_line(repo):
        api = _import_hub().HfApi()
        api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        if private and not api.dataset_info(repo).private:
            raise CaigenError(f"{repo}: is there already and is public; --public says that anyone may read the rows")


def read_readme(repo: str) -> str:
    """The text of the README.md of the data set ORG/NAME, empty if it has none.

    Raises CaigenError.
    """
    with _errors_in_one_line(repo):
        api = _import_hub().HfApi()
        if all(file.rfilename != README for file in api.dataset_info(repo).siblings):
            return ""
        return Path(api.hf_hub_download(repo, README, repo_type="dataset")).read_bytes().decode()


def commit(repo: str, files: Mapping[str, Path | bytes]) -> str:
    """Put files into the data set ORG/NAME in one commit, byte for byte, and give its URL; keys are the names there.

    Raises CaigenError.
    """
    library = _import_hub()
    if not sys.stderr.isatty():
        library.utils.disable_progress_bars()
    with _errors_in_one_line(repo):
        api = library.HfApi()
        operations = [library.CommitOperationAdd(name, content) for name, content in files.items()]
        api.create_commit(repo, operations, commit_message="Rows by caigen", repo_type="dataset")
        return f"{api.endpoint}/datasets/{repo}"


def _import_hub() -> Any:
    try:
        import huggingface_hub
    except ImportError as error:
        raise needs("hub", "the hub needs the huggingface_hub package", error) from error
    return huggingface_hub


@contextmanager
def _errors_in_one_line(repo: str) -> Iterator[None]:
    try:
        yield
    except CaigenError:
        raise
    except Exception as error:  # it may raise anything: network, names, the server's answers
        raise CaigenError(f"{repo}: {_describe_failure(error)}") from error


def _describe_failure(error: Exception) -> str:
    """What the server answered, and what to do about it if that is known."""
    endpoint = _import_hub().constants.ENDPOINT
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in STATUS_REASONS:
        return f"{endpoint} answered {status}: {STATUS_REASONS[status]}"
    message = getattr(error, "server_message", None) or f"{type(error).__name__}: {error}"
    server = f"{endpoint} answered {status}" if status else endpoint
    return f"{server}: {_first_line(message, empty='')}"


def _first_line(text: str, *, empty: str) -> str:
    return next(iter(text.splitlines()), empty)
