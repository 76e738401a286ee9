"""The run file: the resolved options of a command, beside what it writes; `--config` of it does the same work again.

It is no part of a run's identity: neither the journal nor the check for files of other commands looks at it.
"""

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from caigen import __version__
from caigen.cli.config import RESOLVED, config_line, read_yaml
from caigen.cli.secrets import without_secrets
from caigen.cli.values import Value
from caigen.errors import CaigenError

if TYPE_CHECKING:
    from caigen.io.atomic import OutputFile

HEAD = "# the options of caigen"  # begins every run file
# permissions and looks of one call, no part of the work
NOT_WRITTEN = ("overwrite", "check-input", "preview", "retry-failed", "gpu-price", "token-prices")
# options that change how the work is done, and no row
WITHOUT_EFFECT = (
    "journal", "summary", "unordered", "in-flight", "data-parallel", "stall",
    "runner", "ray-address", "workers", "worker-cpus", "worker-gpus",
)  # fmt: skip


def run_file_beside(output: Path | None) -> Path | None:
    """`OUTPUT.run.yaml`; stdout, pipes and devices have none."""
    from caigen.io.streams import is_device

    if output is None or is_device(output):
        return None
    return output.with_name(f"{output.name}.run.yaml")


def check_run_file(path: Path | None, *, overwrite: bool) -> None:
    """Raises CaigenError where the run file would replace another file."""
    if path and path.exists() and not overwrite and not _is_run_file(path):
        raise CaigenError(f"{path}: exists and holds no options of caigen; --overwrite replaces it")


def changed_options(path: Path | None) -> list[str]:
    """The options that were other ones when a run file was written, each as `--rounds 2, now --rounds 1`.

    Options that change no row are left out. None where the run file is not there, or no file of options any more.
    """
    if path is None or not _is_run_file(path):
        return []
    try:
        earlier = read_yaml(path)
        # an option that is not in the file was not given; by another caigen: perhaps there was none of this name
        all_known = path.read_text("utf-8").startswith(f"{HEAD} {__version__}:")
    except (CaigenError, OSError):
        return []
    changed = []
    for key, value in RESOLVED.get().items():
        kept, _ = without_secrets(key, value)
        then = earlier.get(key)
        told = key in earlier or all_known
        if told and then != kept and key not in NOT_WRITTEN and key not in WITHOUT_EFFECT:
            changed.append(f"{_given(key, then)}, now {_given(key, kept)}")
    return changed


def _given(key: str, value: Value) -> str:
    """An option as it is typed: `--rounds 2`, `no --rounds`."""
    if key.isupper() or key in ("input", "source"):
        return f"{key} {value}"
    if isinstance(value, bool):
        return f"--{key}" if value else f"no --{key}"
    if value is None or value == []:
        return f"no --{key}"
    values = value if isinstance(value, list) else [value]
    return " ".join(f"--{key} {one}" for one in values)


class RunFile:
    """The run file of one command: it gets its name once the `with` block ends well, so a failed command leaves an
    older run file beside its older output.

    Enter it before the outputs, so that it is closed after them; `open` it after them. No path: nothing is written.
    """

    def __init__(self, path: Path | None, command: str) -> None:
        self.path, self.command = path, command
        self._output: OutputFile | None = None

    def open(self) -> None:
        """Write the options to `FILE.partial`.

        Raises CaigenError where the file cannot be written, or another process is writing it.
        """
        from caigen.io.atomic import OutputFile

        if self.path is None:
            return
        try:
            self._output = OutputFile(self.path)
            self._output.stream.write(_content(self.command).encode())
        except OSError as error:
            raise self._write_error(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the file its name, or remove what was written where the block failed.

        Raises CaigenError.
        """
        if self._output is None:
            return
        if kind is not None:
            self._output.abandon(keep=False)
            return
        try:
            self._output.commit()
        except OSError as failure:
            raise self._write_error(failure) from failure

    def _write_error(self, error: OSError) -> CaigenError:
        return CaigenError(f"{self.path}: cannot be written: {error.strerror}")


def _content(command: str) -> str:
    """The options of the command that runs now, as a `--config` file without secrets."""
    lines, left_out = [], []
    for key, value in RESOLVED.get().items():
        kept, names = without_secrets(key, value)
        left_out += names
        if kept is not None and key not in NOT_WRITTEN:
            lines.append(config_line(key, kept))
    head = [f"{HEAD} {__version__}: caigen {command} --config FILE does the same work again"]
    head += [f"# left out: {name}" for name in left_out]
    return "\n".join([*head, *lines, ""])


def _is_run_file(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(HEAD)) == HEAD.encode()
    except OSError:
        return False
