"""What it takes to open a journal of many answers again: `python -m caigen.bench.journal FILE` measures one that is there."""

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


def reopening(answers: int) -> dict[str, Any]:
    """Seconds to open a journal of so many answers and find one, and the memory that it takes (MB over one with a single answer)."""
    with TemporaryDirectory(prefix="caigen-bench-") as folder:
        found = []
        for count in (1, answers):
            path = Path(folder) / f"{count}.journal"
            _fill(path, count)
            command = [sys.executable, "-m", "caigen.bench.journal", str(path)]
            found.append(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        megabytes = path.stat().st_size / 1e6
    return {
        "answers": answers,
        "file_mb": round(megabytes, 1),
        "reopen_seconds": found[1]["seconds"],
        "more_rss_mb": round(found[1]["rss_mb"] - found[0]["rss_mb"], 1),
    }


def _fill(path: Path, count: int) -> None:
    journal = Journal(path)
    for number in range(count):
        journal.put(_key(number), ANSWER)
        while journal.unwritten > 4096:
            time.sleep(0.001)
    journal.close()


def _key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def _open(path: Path) -> dict[str, float]:
    began = time.monotonic()
    journal = Journal(path)
    if journal.get(_key(0)) != ANSWER:
        raise AssertionError("the answer is not what was kept")
    seconds = time.monotonic() - began
    journal.close()
    return {"seconds": round(seconds, 4), "rss_mb": peak_mb()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_open(Path(sys.argv[1]))) + "\n")
