"""`caigen bench journal`: open a journal of many answers again -> seconds and memory.

`python -m caigen.bench.journal FILE` measures one file, in a process of its own.
"""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from caigen.bench.memory import peak_mb
from caigen.engines.journal import Journal

ANSWER = json.dumps(["An answer of usual length. " * 22, "stop", [300, 200, 130], None, {}]).encode()  # 620 bytes
MAX_UNWRITTEN = 4096  # answers that are not on disk yet, while a journal is filled


def reopening(answers: int) -> dict[str, Any]:
    """Seconds to open a journal of `answers` answers and look one up, and how much more memory than with one (MB)."""
    measured = []
    with TemporaryDirectory(prefix="caigen-bench-") as folder:
        for count in (1, answers):
            path = Path(folder) / f"{count}.journal"
            _fill(path, count)
            command = [sys.executable, "-m", "caigen.bench.journal", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            measured.append(json.loads(done.stdout))
        megabytes = path.stat().st_size / 1e6
    small, large = measured
    return {
        "answers": answers,
        "file_mb": round(megabytes, 1),
        "reopen_seconds": large["seconds"],
        "more_rss_mb": round(large["rss_mb"] - small["rss_mb"], 1),
    }


def _fill(path: Path, count: int) -> None:
    """Write a journal of `count` answers."""
    journal = Journal(path)
    for number in range(count):
        journal.put(_key(number), ANSWER)
        # a thread of the journal writes: wait for it, so that memory holds few of the answers
        while journal.unwritten > MAX_UNWRITTEN:
            time.sleep(0.001)
    journal.close()


def _key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def _measure(path: Path) -> dict[str, float]:
    """Seconds to open a journal and look up one answer, and this process's peak memory (MB)."""
    began = time.monotonic()
    journal = Journal(path)
    if journal.get(_key(0)) != ANSWER:
        raise AssertionError("the answer is not what was kept")
    seconds = time.monotonic() - began
    journal.close()
    return {"seconds": round(seconds, 4), "rss_mb": peak_mb()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure(Path(sys.argv[1]))) + "\n")
