"""One model at a time on a device: an advisory lock between caigen processes, such as the stages of one pipe."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from caigen.errors import EngineError


def lock_path() -> Path:
    """The lock file for the devices this process sees."""
    seen = os.environ.get("CUDA_VISIBLE_DEVICES", "all").replace(",", "_") or "none"
    return Path(tempfile.gettempdir()) / f"caigen-{os.getuid()}" / f"device-{seen}.lock"


def acquire(waiting: Callable[[Path], None]) -> FileLock:
    """Wait for the device and hold it until `release`; `waiting` is told once when another process has it.

    Raises EngineError where no lock file can be made.
    """
    path = lock_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting(path)
            lock.acquire(poll_interval=0.1)
    except OSError as error:
        raise EngineError(f"{path}: the device lock cannot be made: {error.strerror}") from error
    return lock
