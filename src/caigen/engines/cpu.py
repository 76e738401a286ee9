"""How a model runs on a CPU: with how many threads and with which numbers, each with its reason (docs/real-models.md)."""

import os
import platform
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SMALL = 64 << 20  # bytes of weights; a model below this, such as the demo model, needs no more than one core at a time
FEW = 4  # cores: so many all work for the model; of more, one is left for the rows
BF16 = ("avx512_bf16", "amx_bf16", "bf16")  # as /proc/cpuinfo names them, the last one on ARM
KNOWN = ("x86_64", "amd64", "aarch64", "arm64")  # the machines on which one of these names would be there
CPUINFO = Path("/proc/cpuinfo")
TOPOLOGY = Path("/sys/devices/system/cpu")


def weights(path: str) -> int | None:
    """Bytes of the weights in a model's folder; None for a name on the hub."""
    folder = Path(path).expanduser()
    if not folder.is_dir():
        return None
    return sum(file.stat().st_size for file in folder.iterdir() if file.suffix in (".safetensors", ".bin", ".gguf"))


def cores(topology: Path = TOPOLOGY) -> int:
    """Physical cores that this process may use; the two hyperthreads of a core count once, as vLLM's own server counts."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    allowed = os.sched_getaffinity(0)
    siblings = [topology / f"cpu{number}" / "topology" / "thread_siblings_list" for number in allowed]
    return len({file.read_text() if file.is_file() else str(file) for file in siblings})


def threads(engines: int = 1, size: int | None = None, found: int | None = None) -> int:
    """OpenMP threads for each of so many engines, whose model's weights have `size` bytes, on `found` cores (all there are).

    A real model takes all cores of a small machine: the rows cost little beside it. A small model's rows cost as much as the
    model does, and wait for its threads, so they have a core; so they have on a machine with many.
    """
    found = found or cores()
    spared = 1 if found > FEW or (size is not None and size < SMALL) else 0
    return max(1, (found - spared) // engines)


def bf16_instructions(cpuinfo: str | None = None, machine: str | None = None) -> bool:
    """Whether the processor computes with bfloat16 itself. True where that cannot be told."""
    if (machine or platform.machine()).lower() not in KNOWN:
        return True
    if cpuinfo is None:
        cpuinfo = CPUINFO.read_text("utf-8", errors="replace") if CPUINFO.is_file() else ""
    flags = re.search(r"^(?:flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    return not flags or not set(BF16).isdisjoint(flags.group(1).split())


def dtype(
    args: Mapping[str, Any],
    size: int | None,
    *,
    quantized: Callable[[], bool] = lambda: False,
    bf16: bool | None = None,
    memory: int | None = None,
) -> tuple[str | None, str]:
    """The numbers to compute with, None for those that vLLM chooses, and the reason in words.

    `args` are the user's engine arguments, `size` the bytes of the weights, `memory` the machine's in bytes;
    `quantized` is asked last, since it reads the model's configuration. Without bf16 instructions 16-bit numbers are
    converted before each product: float32 is then several times faster, and twice as large.
    """
    if "dtype" in args:
        return None, f"--engine-arg dtype={args['dtype']}"
    if bf16_instructions() if bf16 is None else bf16:
        return None, "the processor has bf16 instructions"
    if size is not None and size < SMALL:
        return None, "the model is small"
    if size is not None and 2 * size > (memory or _memory()) // 2:
        return None, "in float32 the weights would take more than half of the memory"
    if quantized():
        return None, "the weights are quantized, and such kernels take 16-bit numbers"
    return "float32", "the processor has no bf16 instructions"


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
