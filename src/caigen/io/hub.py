"""The Hugging Face hub: data sets are read through `datasets`, files are sent through `huggingface_hub`. The only import of
both. The library takes the server from HF_ENDPOINT and the token from HF_TOKEN or `hf auth login`.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from caigen.errors import CaigenError, InputError

PREFIX = "hf:"
README = "README.md"
NEEDED = "pip install 'caigen[hub]'"
LOGIN = "set HF_TOKEN, or use `hf auth login`"


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
        raise CaigenError(f"{source}: needs the datasets package ({error}): {NEEDED}") from error
    name, _, split = source.removeprefix(PREFIX).partition("#")
    path, _, config = name.partition(":")
    try:
        yield from load_dataset(path, config or None, split=split or "train", streaming=True)
    except Exception as error:  # it may raise anything: network, names, formats
        first = next(iter(str(error).splitlines()), "no message")
        raise InputError(f"{source}: {type(error).__name__}: {first}") from error


def is_repository(name: str) -> bool:
    """Whether a name is ORG/NAME, each of letters, digits and `-_.` as the hub takes them."""
    part = r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?"
    fits = re.fullmatch(rf"{part}/{part}", name) and len(name) <= 96
    return bool(fits) and "--" not in name and ".." not in name and not name.endswith(".git")


def check_login() -> None:
    """Raises CaigenError where the library is missing, or no token is to be had."""
    if not _library().get_token():
        raise CaigenError(f"there is no token for the hub: {LOGIN}")


def make_repository(repo: str, *, private: bool) -> None:
    """Make the data set ORG/NAME where it is not there; one that is there keeps its visibility.

    Raises CaigenError: also where `private` is asked for and it is public.
    """
    with _one_line(repo):
        api = _library().HfApi()
        api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        if private and not api.dataset_info(repo).private:
            raise CaigenError(f"{repo}: is there already and is public; --public says that anyone may read the rows")


def read_readme(repo: str) -> str:
    """The README.md of the data set ORG/NAME, empty where it has none.

    Raises CaigenError.
    """
    with _one_line(repo):
        api = _library().HfApi()
        if all(file.rfilename != README for file in api.dataset_info(repo).siblings):
            return ""
        return Path(api.hf_hub_download(repo, README, repo_type="dataset")).read_bytes().decode()


def commit(repo: str, files: Mapping[str, Path | bytes]) -> str:
    """Put files, by their names there, into the data set ORG/NAME in one commit, byte for byte; gives its URL.

    Raises CaigenError.
    """
    library = _library()
    if not sys.stderr.isatty():
        library.utils.disable_progress_bars()
    with _one_line(repo):
        api = library.HfApi()
        parts = [library.CommitOperationAdd(name, content) for name, content in files.items()]
        api.create_commit(repo, parts, commit_message="Rows by caigen", repo_type="dataset")
        return f"{api.endpoint}/datasets/{repo}"


def _library() -> Any:
    try:
        import huggingface_hub
    except ImportError as error:
        raise CaigenError(f"the hub needs the huggingface_hub package ({error}): {NEEDED}") from error
    return huggingface_hub


@contextmanager
def _one_line(repo: str) -> Iterator[None]:
    try:
        yield
    except CaigenError:
        raise
    except Exception as error:  # it may raise anything: network, names, the server's answers
        status = getattr(getattr(error, "response", None), "status_code", None)
        raise CaigenError(f"{repo}: {_reason(status, error)}") from error


def _reason(status: int | None, error: Exception) -> str:
    endpoint = _library().constants.ENDPOINT
    known = {
        401: f"the token is wrong or has ended: {LOGIN}",
        403: "the token may not write there; a token with write access to it is needed",
        404: "no such name, or the token may not see it",
    }
    if status in known:
        return f"{endpoint} answered {status}: {known[status]}"
    said = getattr(error, "server_message", None) or f"{type(error).__name__}: {error}"
    first = next(iter(said.splitlines()), "")
    return f"{endpoint} answered {status}: {first}" if status else f"{endpoint}: {first}"
