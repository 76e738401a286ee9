"""How much memory this process has taken at most."""

import resource
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """The most resident memory so far, MB. Linux counts in `ru_maxrss` what the process held that started this one; `VmHWM`
    (proc_pid_status(5)) begins anew.
    """
    if STATUS.is_file():
        told = next(line for line in STATUS.read_text("ascii", "replace").splitlines() if line.startswith("VmHWM:"))
        return int(told.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
