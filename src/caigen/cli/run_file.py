"""The run file: the resolved options of a command, beside what it writes; `--config` of it does the same work again.

It is no part of a run's identity: neither the journal nor the check for files of other commands looks at it.
"""

from collections.abc import Sequence
from pathlib import Path

from caigen import __version__
from caigen.cli.config import RESOLVED, config_line
from caigen.cli.secrets import without_secrets
from caigen.errors import CaigenError

HEAD = "# the options of caigen"  # begins every run file
NOT_WRITTEN = ("overwrite",)  # a permission of one call, no part of the work


def run_file_beside(output: Path | None) -> Path | None:
    """`OUTPUT.run.yaml`; stdout, pipes and devices have none."""
    from caigen.io.streams import is_device

    if output is None or is_device(output):
        return None
    return output.with_name(f"{output.name}.run.yaml")


def check_run_file(path: Path | None, others: Sequence[Path], *, overwrite: bool) -> None:
    """Raises CaigenError where the run file would replace another file, or is another output of the command too."""
    if path is None:
        return
    if path.absolute() in {other.absolute() for other in others}:
        raise CaigenError(f"{path}: the options of the command go there; name another file")
    if path.exists() and not overwrite and not _is_run_file(path):
        raise CaigenError(f"{path}: exists and holds no options of caigen; --overwrite replaces it")


def write_run_file(path: Path | None, command: str) -> None:
    """Write the options of the command that runs now, without secrets.

    Raises CaigenError where the file cannot be written.
    """
    from caigen.io.write import write_text

    if path is None:
        return
    lines, left_out = [], []
    for key, value in RESOLVED.get().items():
        kept, names = without_secrets(key, value)
        left_out += names
        if kept is not None and key not in NOT_WRITTEN:
            lines.append(config_line(key, kept))
    head = [f"{HEAD} {__version__}: caigen {command} --config FILE does the same work again"]
    head += [f"# left out: {name}" for name in left_out]
    write_text(path, "\n".join([*head, *lines, ""]))


def _is_run_file(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(HEAD)) == HEAD.encode()
    except OSError:
        return False
