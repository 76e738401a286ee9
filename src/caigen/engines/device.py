"""One model at a time on a device: advisory locks between caigen processes, such as the stages of one pipe."""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from filelock import FileLock, Timeout

from caigen.errors import EngineError

POLL = 0.1  # seconds


def gpus() -> list[str]:
    """The NVIDIA GPUs that this process sees, as CUDA_VISIBLE_DEVICES names them."""
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    present = sorted((path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*")), key=int)
    return present if seen is None else [name.strip() for name in seen.split(",") if name.strip()]


def lock_paths() -> list[Path]:
    """One lock file for each device that this process sees, in the order in which all processes take them."""
    names = gpus()
    folder = Path(tempfile.gettempdir()) / f"caigen-{os.getuid()}"
    return [folder / f"device-{name}.lock" for name in sorted(set(names)) or ["cpu"]]


async def hold(stack: AsyncExitStack, waiting: Callable[[Path], None], *, limit: float | None = None) -> float:
    """Wait for the devices and hold them until `stack` closes; `waiting` is told once of each that another process has.

    Returns the seconds waited; `limit` is how many at most, None for ever. Raises EngineError after that, or where no lock file can
    be made.
    """
    begun = time.monotonic()
    until = None if limit is None else begun + limit
    for path in lock_paths():
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(path)
            told = False
            while True:
                try:
                    lock.acquire(timeout=0)
                    break
                except Timeout:
                    if not told:
                        waiting(path)
                    told = True
                    if until is not None and time.monotonic() >= until:
                        raise EngineError(
                            f"{path}: another process has held the device for {limit:g} s; several processes (ranks, reward "
                            "workers) share one judge by endpoint=URL of a `caigen serve` or `vllm serve`"
                        ) from None
                    await asyncio.sleep(POLL)  # lets Ctrl-C through
        except OSError as error:
            raise EngineError(f"{path}: the device lock cannot be made: {error.strerror}") from error
        stack.callback(lock.release)
    return time.monotonic() - begun
