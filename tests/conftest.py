"""What several tests need: the real engine on the demo model (one per session), and the command line."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caigen.constitution.load import load
from caigen.engines.open import DEMO_PATH
from caigen.engines.vllm import VLLMEngine
from caigen.records import Message, Record
from caigen.stages.requests import PromptSettings
from caigen.stages.templates import Templates
from tests.server import Reply, Server

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
# what commands keep for later ones goes nowhere near the user's own
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="caigen-tests-")
Run = Callable[..., "subprocess.CompletedProcess[str]"]
# what makes a test start another process or load a model; mutation testing leaves these out (`-m "not process"`)
STARTING = {"caigen", "demo", "engine", "vllm_serve"}
STARTING_FILES = {
    "test_bench.py",
    "test_examples.py",
    "test_main_path.py",
    "test_pool.py",
    "test_ray.py",
    "test_serve_process.py",
    "test_trl_training.py",
    "test_vllm.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start a process or load a model; a parameter that is named as a fixture starts nothing."""
    for item in items:
        given = getattr(getattr(item, "callspec", None), "params", {})
        if STARTING & (set(getattr(item, "fixturenames", ())) - set(given)) or item.path.name in STARTING_FILES:
            item.add_marker("process")


@pytest.fixture(scope="session")
def engine() -> Iterator[VLLMEngine]:
    """vLLM on the demo model, in this process."""
    import asyncio

    made = VLLMEngine(str(DEMO_PATH), name="demo")
    yield made
    asyncio.run(made.close())


def environment(**extra: str) -> dict[str, str]:
    """A clean environment for a caigen process."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CAIGEN_", "VLLM_"))}
    return kept | {"COLUMNS": "120", **extra}


def answered(path: Path) -> int:
    """How many answers a journal holds that another process is writing."""
    try:
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        count: int = base.execute("SELECT count(*) FROM answers").fetchone()[0]
        base.close()
    except sqlite3.Error:
        return 0
    return count


@pytest.fixture(scope="session")
def caigen() -> Run:
    """Run the command line in a process of its own."""

    def run(
        *args: str | Path, stdin: str | bytes | None = None, check: int | None = 0, timeout: float = 280, **env: str
    ) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [sys.executable, "-m", "caigen", *map(str, args)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=timeout,
            env=environment(**env),
            check=False,
        )
        text = subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
        assert check is None or text.returncode == check, text.stderr
        assert "Traceback" not in text.stderr, text.stderr
        return text

    return run


@pytest.fixture(scope="session")
def demo(caigen: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of one `caigen demo`."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    caigen("demo", "-o", folder)
    return folder


@pytest.fixture
def prompt_settings() -> PromptSettings:
    """The general constitution with the shipped texts."""
    return PromptSettings(constitution=load("general"), templates=Templates.load())


@pytest.fixture
def demo_prompt_settings() -> PromptSettings:
    """The demo model's own constitution and texts."""
    return PromptSettings(constitution=load("demo-general"), templates=Templates.load(demo=True))


@pytest.fixture
def record() -> Record:
    """A record with a prompt and nothing else."""
    return Record(
        id="r1", prompt=(Message(role="user", content="How do I help my sister with baking bread this week?"),)
    )


@pytest.fixture
def shared_data() -> Path:
    """Public data beside the repository; the test is skipped where it is not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the public data are not beside this repository")
    return SHARED_DATA


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start servers."""
    started: list[Server] = []

    def start(reply: Reply, owner: str = "") -> Server:
        started.append(Server(reply, owner))
        return started[-1]

    yield start
    for server in started:
        server.close()
