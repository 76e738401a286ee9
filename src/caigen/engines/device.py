"""Device locks: only one caigen process at a time has a model on a device, for instance one stage of a pipe."""

import asyncio
import math
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from filelock import FileLock, Timeout

from caigen.errors import EngineError

POLL_SECONDS = 0.1


def gpus() -> list[str]:
    """The NVIDIA GPUs that this process sees, as CUDA_VISIBLE_DEVICES names them."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [name.strip() for name in visible.split(",") if name.strip()]
    # /dev/nvidia0, /dev/nvidia1, …; not /dev/nvidiactl
    return sorted((path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*")), key=int)


def lock_paths() -> list[Path]:
    """One lock file for each device that this process sees, in an order that is the same in all processes."""
    names = sorted(set(gpus())) or ["cpu"]
    folder = Path(tempfile.gettempdir()) / f"caigen-{os.getuid()}"
    return [folder / f"device-{name}.lock" for name in names]


async def hold(stack: AsyncExitStack, waiting: Callable[[Path], None], *, limit: float | None = None) -> float:
    """Lock all devices until `stack` closes; returns the seconds that this has waited for other processes.

    `waiting` is called once for each device that another process holds. `limit` is in seconds, None for ever. Raises
    EngineError when it has passed, or where a lock file cannot be made.
    """
    begun = time.monotonic()
    until = begun + (math.inf if limit is None else limit)
    # all processes lock in the same order, so two of them never wait for each other
    for path in lock_paths():
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(path)
            acquired = _try_lock(lock)
            if not acquired:
                waiting(path)
            while not acquired:
                if time.monotonic() >= until:
                    raise EngineError(
                        f"{path}: another process has held the device for {limit:g} s; several processes (ranks, "
                        "reward workers) share one judge by endpoint=URL of a `caigen serve` or `vllm serve`"
                    )
                await asyncio.sleep(POLL_SECONDS)  # a blocking wait would not let Ctrl-C through
                acquired = _try_lock(lock)
        except OSError as error:
            raise EngineError(f"{path}: the device lock cannot be made: {error.strerror}") from error
        stack.callback(lock.release)
    return time.monotonic() - begun


def holder_of(path: Path) -> int | None:
    """The process that holds a lock file; None where the system does not tell, or nobody does."""
    try:
        inode = path.stat().st_ino
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        # "1: FLOCK  ADVISORY  WRITE 4711 fe:01:131077 0 EOF"
        fields = line.split()
        if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(inode) and int(fields[4]) > 0:
            return int(fields[4])
    return None


def _try_lock(lock: FileLock) -> bool:
    """Lock without waiting; False where another process holds the lock."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True
