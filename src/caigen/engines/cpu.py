"""How a model runs on a CPU: its number of threads and its dtype, each with the reason (docs/real-models.md)."""

import os
import platform
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

# a model with less weights, such as the demo model, keeps no more than one core busy
SMALL_MODEL_BYTES = 64 << 20
# up to this number all cores work for the model; of more, one is left for the rows
SMALL_MACHINE_CORES = 4
BF16_FLAGS = ("avx512_bf16", "amx_bf16", "bf16")  # as /proc/cpuinfo names them, the last one on ARM
FLAGGED_MACHINES = ("x86_64", "amd64", "aarch64", "arm64")  # whose /proc/cpuinfo has such flags
CPUINFO = Path("/proc/cpuinfo")
TOPOLOGY = Path("/sys/devices/system/cpu")
WEIGHT_SUFFIXES = (".safetensors", ".bin", ".gguf")


class DtypeChoice(NamedTuple):
    """The dtype to compute with, None to let vLLM choose, and the reason in words."""

    dtype: str | None
    reason: str


def weight_bytes(path: str) -> int | None:
    """The size of the weights in a model's folder; None for a model name on the hub."""
    folder = Path(path).expanduser()
    if not folder.is_dir():
        return None
    return sum(file.stat().st_size for file in folder.iterdir() if file.suffix in WEIGHT_SUFFIXES)


def core_count(topology: Path = TOPOLOGY) -> int:
    """The physical cores that this process may use. Two hyperthreads of a core count once, as in vLLM's own server."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    # all hyperthreads of a core have the same text in `thread_siblings_list`, such as "0,4"
    siblings = set()
    for number in os.sched_getaffinity(0):
        file = topology / f"cpu{number}" / "topology" / "thread_siblings_list"
        siblings.add(file.read_text() if file.is_file() else str(file))
    return len(siblings)


def thread_count(engines: int = 1, size: int | None = None, cores: int | None = None) -> int:
    """OpenMP threads for each of `engines` engines, whose model's weights have `size` bytes. `cores` is None for all.

    A real model takes all cores of a small machine: the work for the rows is little beside it. With a small model the
    rows cost as much as the model does, and wait for its threads, so one core is left for them; so it is on a large
    machine.
    """
    cores = cores or core_count()
    is_small_model = size is not None and size < SMALL_MODEL_BYTES
    if is_small_model or cores > SMALL_MACHINE_CORES:
        cores -= 1
    return max(1, cores // engines)


def has_bf16(cpuinfo: str | None = None, machine: str | None = None) -> bool:
    """Whether the processor has bfloat16 instructions; True if that cannot be found out."""
    if (machine or platform.machine()).lower() not in FLAGGED_MACHINES:
        return True
    if cpuinfo is None:
        cpuinfo = CPUINFO.read_text("utf-8", errors="replace") if CPUINFO.is_file() else ""
    # matches "flags : fpu avx2" (x86) and "Features : fp asimd" (ARM), not "vmx flags : vnmi"
    flags = re.search(r"^(?:flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    return not flags or not set(BF16_FLAGS).isdisjoint(flags.group(1).split())


def choose_dtype(
    args: Mapping[str, Any],
    size: int | None,
    *,
    quantized: Callable[[], bool] = lambda: False,
    bf16: bool | None = None,
    memory: int | None = None,
) -> DtypeChoice:
    """The dtype for a model whose weights have `size` bytes, with the user's engine arguments `args`.

    `memory` is the machine's, in bytes, `bf16` whether its processor has bf16 instructions; None finds them out.
    `quantized` is called last, since it reads the model's configuration. Without bf16 instructions 16-bit numbers are
    converted before each product: float32 is then several times faster, and twice as large.
    """
    if "dtype" in args:
        return DtypeChoice(None, f"--engine-arg dtype={args['dtype']}")
    if bf16 is None:
        bf16 = has_bf16()
    if bf16:
        return DtypeChoice(None, "the processor has bf16 instructions")
    if size is not None and size < SMALL_MODEL_BYTES:
        return DtypeChoice(None, "the model is small")
    if size is not None and 2 * size > (memory or _memory_bytes()) // 2:
        return DtypeChoice(None, "in float32 the weights would take more than half of the memory")
    if quantized():
        return DtypeChoice(None, "the weights are quantized, and such kernels take 16-bit numbers")
    return DtypeChoice("float32", "the processor has no bf16 instructions")


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
