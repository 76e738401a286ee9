"""Pipes between commands of caigen: which command fills the pipe that this one reads, and whether it ended well.

Both ends of a pipe have the same inode. A command whose stdout is a pipe notes under it, in a file of the user's own
temporary folder, who it is and in the end how it ended. JSON Lines have no mark of their end, so a reader sees no other
difference between input that is complete and input whose maker died.
"""

import json
import os
import stat
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

State = Literal["running", "done", "failed"]
STALE_SECONDS = 600.0  # a command that ended so long before the reader began is of an earlier pipe
OLD_SECONDS = 86_400.0  # then what it left is removed
ENDING_SECONDS = 2.0  # for a process to be gone after its end of the pipe is
POLL_SECONDS = 0.05
STARTED = time.time()


@dataclass(frozen=True)
class Producer:
    """A command that fills a pipe: its name, its process with the time at which that began, and how it ended."""

    command: str
    pid: int
    began: str
    state: State = "running"
    changed: float = 0.0  # when the state was noted

    def __str__(self) -> str:
        return f"caigen {self.command}, pid {self.pid}"


def announce(command: str) -> Producer | None:
    """Note that this command fills the pipe at its stdout; None where stdout is no pipe, or nothing can be noted."""
    path = _path(1)
    if path is None:
        return None
    producer = Producer(command, os.getpid(), _beginning(os.getpid()) or "", changed=time.time())
    with suppress(OSError):
        _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_own(_folder()):
            return None
        _remove_old()
        _write(path, producer)
        return producer
    return None


def settle(producer: Producer | None, state: State) -> None:
    """Note how a command ended; nothing where it fills no pipe."""
    path = _path(1)
    if producer and path:
        with suppress(OSError):
            _write(path, replace(producer, state=state, changed=time.time()))


def producer_of_stdin() -> Producer | None:
    """The command of caigen that fills the pipe at stdin; None where stdin is no pipe, or another program fills it."""
    path = _path(0)
    if path is None or not _is_own(_folder()):
        return None
    try:
        producer = _read(path)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    # inodes are used again: what ended long ago filled an earlier pipe, and so did a process that was killed then
    if producer.changed < STARTED - STALE_SECONDS and not _is_alive(producer):
        return None
    return producer


def has_failed(producer: Producer) -> bool:
    """Whether a command that fills the pipe at stdin, which has come to its end, ended without finishing."""
    until = time.monotonic() + ENDING_SECONDS
    while True:
        # read before the look at the process: it may note its end and be gone between the two
        alive = _is_alive(producer)
        now = producer_of_stdin()
        if now is None or now.state != "running":
            return now is not None and now.state == "failed"
        if not alive:
            return True
        if time.monotonic() > until:
            return False  # it closed its stdout and goes on
        time.sleep(POLL_SECONDS)


def is_fifo(descriptor: int) -> bool:
    """Whether a file descriptor is a pipe."""
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def command_of(pid: int) -> str | None:
    """The command of a caigen process: `revise` of `caigen revise …`, without options, which may be secret.

    None for another program, or a process that is gone.
    """
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", errors="replace").split("\0")
    except OSError:
        return None
    for program, command in pairwise(words):
        # a script, `python -m caigen`, or `python …/caigen/__main__.py`
        path = Path(program)
        if path.name == "caigen" or path.parts[-2:] == ("caigen", "__main__.py"):
            return command
    return None


def describe_holder(pid: int | None) -> str:
    """Who has the device, in words: the stage before, where it fills the pipe at stdin, else another process."""
    if pid is None:
        return "another caigen uses it"
    producer = producer_of_stdin()
    if producer and producer.pid == pid:
        return f"the stage before ({producer}) uses it"
    command = command_of(pid)
    return f"another caigen (caigen {command}, pid {pid}) uses it" if command else f"another process ({pid}) uses it"


def _folder() -> Path:
    return Path(tempfile.gettempdir()) / f"caigen-{os.getuid()}" / "pipes"


def _is_own(folder: Path) -> bool:
    """Whether the folder is a real one of this user: in a shared folder another user may have made it."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _path(descriptor: int) -> Path | None:
    """The file about a pipe, by its inode; None where the descriptor is no pipe."""
    if not is_fifo(descriptor):
        return None
    found = os.fstat(descriptor)
    return _folder() / f"{found.st_dev}-{found.st_ino}.json"


def _write(path: Path, producer: Producer) -> None:
    """Write a file whole: a reader may look at any time."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(json.dumps(asdict(producer)))
    partial.replace(path)


def _read(path: Path) -> Producer:
    """Raises OSError, ValueError, TypeError or KeyError for a file that is not there or was damaged."""
    content = json.loads(path.read_bytes())
    return Producer(
        str(content["command"]),
        int(content["pid"]),
        str(content["began"]),
        content["state"],
        float(content["changed"]),
    )


def _remove_old() -> None:
    for path in _folder().iterdir():
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - OLD_SECONDS:
                path.unlink()


def _is_alive(producer: Producer) -> bool:
    return _beginning(producer.pid) == producer.began


def _beginning(pid: int) -> str | None:
    """When a process began, in the system's own unit; None for one that is gone or has ended."""
    try:
        # "123 (name) S 1 …": the name may hold spaces and brackets; the state and 19 further fields come behind it
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
