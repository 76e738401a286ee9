"""The peak memory of this process."""

import resource
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """The most resident memory of this process so far, MB.

    On Linux `ru_maxrss` starts from the memory of the process that started this one; `VmHWM` (proc_pid_status(5)) does
    not.
    """
    if STATUS.is_file():
        lines = STATUS.read_text("ascii", "replace").splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
