"""The ways of working that the kill campaign kills: how each is started, killed, finished, and what it leaves."""

import gzip
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from tests.conftest import environment
from tests.judging import BAD, GOOD, PROMPT, JudgeServer

CAIGEN = [sys.executable, "-m", "caigen"]
ROWS = 80
LIMIT_SECONDS = 240.0  # after which a command that does not end is a fault
DYING_SECONDS = 60.0  # in which the other processes of a pipe have ended too
Contents = dict[str, list[str]]  # name of a file -> its lines


class Way(ABC):
    """One way of working. `work` is a folder that belongs to one attempt; its input is made when it is new."""

    name = ""

    def __init__(self, url: str) -> None:
        self.url = url

    @abstractmethod
    def kill(self, work: Path, moment: float, sent: signal.Signals, rng: random.Random) -> bool:
        """Start the work and send a signal after `moment` seconds; False if it had ended before."""

    @abstractmethod
    def finish(self, work: Path) -> list[str]:
        """Give the same command again and let it end; returns faults, each `word: what`."""

    @abstractmethod
    def contents(self, work: Path) -> Contents:
        """What lies there."""

    def torn(self, work: Path, reference: Contents) -> list[str]:
        """Faults of the files that lie there after a kill: a file that has its name is whole."""
        faults = []
        for name, lines in self.contents(work).items():
            if lines != reference[name]:
                faults.append(f"torn: {name} has {len(lines)} lines of {len(reference[name])} after a kill")
        return faults


class Command(Way):
    """One process, named by its arguments, which writes `outputs`."""

    def __init__(self, url: str, arguments: Sequence[str], outputs: Sequence[str]) -> None:
        super().__init__(url)
        self.arguments, self.outputs = arguments, outputs

    def kill(self, work: Path, moment: float, sent: signal.Signals, rng: random.Random) -> bool:
        with subprocess.Popen(_logged(self._command(work)), **_quiet(work)) as process:
            try:
                process.wait(moment)
                return False
            except subprocess.TimeoutExpired:
                process.send_signal(sent)
            try:
                process.wait(DYING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        return True

    def finish(self, work: Path) -> list[str]:
        return _run(self._command(work), work)

    def contents(self, work: Path) -> Contents:
        return {name: _lines(work / name) for name in self.outputs if (work / name).exists()}

    def _command(self, work: Path) -> list[str]:
        _input(work)
        return [*CAIGEN, *self.arguments, "--endpoint", self.url]


class Pipe(Way):
    """`critique | revise | export-pairs`; one of the three is killed, the others must end by themselves."""

    name = "pipe"

    def kill(self, work: Path, moment: float, sent: signal.Signals, rng: random.Random) -> bool:
        processes = self._start(work)
        time.sleep(moment)
        victim = rng.choice(processes)
        hit = victim.poll() is None
        if hit:
            victim.send_signal(sent)
        until = time.monotonic() + DYING_SECONDS
        for process in processes:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                (work / "hung").write_text(f"{process.args}\n")
                process.kill()
                process.wait()
        return hit

    def finish(self, work: Path) -> list[str]:
        processes = self._start(work)
        faults = [f"hung: {(work / 'hung').read_text().strip()}"] if (work / "hung").exists() else []
        for process in processes:
            try:
                code = process.wait(LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                faults.append(f"hung: {process.args}")
                continue
            if code:
                faults.append(f"exit: {code}: {_last_words(work)}")
        return faults

    def contents(self, work: Path) -> Contents:
        return {"pairs.jsonl": _lines(work / "pairs.jsonl")} if (work / "pairs.jsonl").exists() else {}

    def _start(self, work: Path) -> list["subprocess.Popen[bytes]"]:
        """The three processes, each with the output of the one before as its input."""
        _input(work)
        model = ["--endpoint", self.url]
        commands = (
            ["critique", "prompts.jsonl", "--journal", "critique.journal", *model],
            ["revise", "--rounds", "2", "--journal", "revise.journal", *model],
            ["export-pairs", "-o", "pairs.jsonl", "--overwrite"],
        )
        processes: list[subprocess.Popen[bytes]] = []
        for number, arguments in enumerate(commands):
            before = processes[-1].stdout if processes else None
            is_last = number == len(commands) - 1
            options = _quiet(work) | {"stdin": before or subprocess.DEVNULL}
            options["stdout"] = subprocess.DEVNULL if is_last else subprocess.PIPE
            processes.append(subprocess.Popen(_logged([*CAIGEN, *arguments]), **options))
            if before:
                before.close()  # so that the writer is told when its reader is gone
        return processes


class Serve(Way):
    """`caigen serve` and a client that asks again what was not answered."""

    name = "serve"
    items = tuple((PROMPT, text, number) for number in range(60) for text in (BAD, GOOD))

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.judge = JudgeServer()
        self._answers: dict[Path, dict[str, list[str]]] = {}

    def kill(self, work: Path, moment: float, sent: signal.Signals, rng: random.Random) -> bool:
        with self._server(work) as (process, address):
            stop = time.monotonic() + rng.uniform(0.05, 1.0)
            self._ask(work, address, lambda: time.monotonic() < stop)
            hit = process.poll() is None
            process.send_signal(sent)
        return hit

    def finish(self, work: Path) -> list[str]:
        with self._server(work) as (process, address):
            faults = self._ask(work, address, lambda: True)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(DYING_SECONDS)
            except subprocess.TimeoutExpired:
                faults.append("hung: serve after SIGTERM")
        return faults

    def contents(self, work: Path) -> Contents:
        return {"answers": [line for lines in self._answers.get(work, {}).values() for line in lines]}

    def torn(self, work: Path, reference: Contents) -> list[str]:
        known = set(reference["answers"])
        return [f"torn: {line}" for line in self.contents(work)["answers"] if line not in known]

    def _ask(self, work: Path, address: str, go_on: Callable[[], bool]) -> list[str]:
        """Ask for the reward of each item that has none yet; an item whose answer did not come is left for later."""
        answers = self._answers.setdefault(work, {})
        faults = []
        with httpx.Client(base_url=address, timeout=30) as client:
            for prompt, text, number in self.items:
                name = f"{number} {text}"
                if name in answers or not go_on():
                    continue
                try:
                    reply = client.post("/score", json={"prompt": f"{prompt} ({number})", "response": text})
                except httpx.TransportError:
                    break
                if reply.status_code != 200:
                    faults.append(f"status: {reply.status_code} {reply.text[:200]}")
                    continue
                score = reply.json()["scores"][0]
                answers[name] = [f"{name}: {score['reward']:.6f}"]
        return faults

    def _server(self, work: Path) -> "_Serving":
        work.mkdir(parents=True, exist_ok=True)
        return _Serving(self.judge.url, work)


class _Serving:
    """A server on a free port, ended at the end."""

    def __init__(self, judge: str, work: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.command = [*CAIGEN, "serve", "--port", str(port), "--endpoint", judge, "--model", "m1"]
        self.command += ["--principle", "GEN-001"]
        self.work = work

    def __enter__(self) -> tuple["subprocess.Popen[bytes]", str]:
        self.process = subprocess.Popen(_logged(self.command), **_quiet(self.work))
        until = time.monotonic() + LIMIT_SECONDS
        while True:
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"serve does not start: {_last_words(self.work)}")
            try:
                httpx.get(f"{self.address}/health", timeout=5).raise_for_status()
                return self.process, self.address
            except httpx.HTTPError:
                time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        try:
            self.process.wait(DYING_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _input(work: Path) -> None:
    """The prompts of an attempt, in its folder."""
    if not (work / "prompts.jsonl").exists():
        work.mkdir(parents=True, exist_ok=True)
        rows = [{"id": f"p{number}", "prompt": f"How do I keep plant number {number} alive?"} for number in range(ROWS)]
        (work / "prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def _quiet(work: Path) -> dict[str, object]:
    """How a process is started: in its folder, in a group of its own."""
    return {
        "cwd": work,
        "env": environment(PYTHONPATH=os.environ.get("PYTHONPATH", "")),
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "start_new_session": True,
    }


def _logged(command: list[str]) -> list[str]:
    """The command with its stderr added to a file of its folder; the shell becomes the command, so a signal hits it."""
    return ["sh", "-c", 'exec "$@" 2>>stderr.txt', "sh", *command]


def _run(command: list[str], work: Path) -> list[str]:
    """Let a command end; returns faults."""
    try:
        done = subprocess.run(_logged(command), **_quiet(work), timeout=LIMIT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return [f"hung: {command}"]
    return [f"exit: {done.returncode}: {_last_words(work)}"] if done.returncode else []


def _last_words(work: Path) -> str:
    return (work / "stderr.txt").read_text("utf-8", errors="replace")[-400:]


def _lines(path: Path) -> list[str]:
    """The lines of a JSON Lines file, gzipped or not, each checked to be whole JSON."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        try:
            data = gzip.decompress(data)
        except (EOFError, gzip.BadGzipFile) as error:
            return [f"not gzip: {error}"]
    lines = data.decode().splitlines()
    whole = []
    for line in lines:
        try:
            json.loads(line)
        except ValueError:
            whole.append(f"not JSON: {line[:80]}")
        else:
            whole.append(line)
    return whole


RUN_FILES = ("out/records.jsonl", "out/pairs.jsonl", "out/sft.jsonl", "out/critique_sft.jsonl")


def _run_way(url: str) -> Way:
    return Command(url, ["run", "prompts.jsonl", "--rounds", "2", "-o", "out"], RUN_FILES)


def _file_way(url: str) -> Way:
    return Command(url, ["sample", "prompts.jsonl", "-n", "2", "-o", "answers.jsonl.gz"], ["answers.jsonl.gz"])


def _ray_way(url: str) -> Way:
    ray = ["--runner", "ray", "--workers", "1", "--worker-cpus", "1"]
    return Command(url, ["run", "prompts.jsonl", "--rounds", "1", *ray, "-o", "out"], RUN_FILES)


WAYS: dict[str, Callable[[str], Way]] = {
    "run": _run_way,
    "file": _file_way,
    "pipe": Pipe,
    "ray": _ray_way,
    "serve": Serve,
}
