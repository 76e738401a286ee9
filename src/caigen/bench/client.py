"""What a row of `caigen run --rounds 1` costs beside the model, on an engine that answers at once.

The work is the command's own (`execute.carry_out` with the sinks of `run`): rows are read, answered, criticised in JSON with
quotes, revised, and written as records, pairs and SFT rows with their sidecars; every answer is kept in a journal. Texts
are of real length and no two are alike, so nothing comes from a cache that would not in a real run.
"""

import cProfile
import multiprocessing
import pstats
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from caigen.bench.memory import peak_mb
from caigen.constitution.load import load
from caigen.engines.base import Request, Sampling
from caigen.engines.journal import Journal
from caigen.engines.limit import ConcurrencyLimiter
from caigen.engines.open import EngineOptions, Engines
from caigen.engines.remembering import RememberingEngine
from caigen.engines.schedule import Schedule
from caigen.engines.scripted import ScriptedEngine
from caigen.execute import carry_out
from caigen.execution import Sink
from caigen.exports.row_sink import RowSink
from caigen.job import Job, Source
from caigen.stages.registry import stage
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings
from caigen.stages.sample import SampleSettings
from caigen.stages.templates import Templates
from caigen.summary import Summary

IN_FLIGHT = 256
WORDS = 300  # of an answer
PROFILED = 300  # rows; more only take longer
SENTENCE = 15  # words
Sinks = Callable[[ExitStack, Path, Path | None, dict[str, PromptSettings]], Sequence[Sink]]  # of `run -o FOLDER`
WORD = """the a an and or of to in for with on at by from as is are was it this that these which who when where because while
water house contract doctor patient treatment price market garden bread school teacher letter answer question reason river
winter morning account payment notice period landlord tenant insurance vaccine study result evidence medicine usually often
sometimes rarely carefully first then finally however therefore although before after without between ask read write take
give keep find check change wait help make know think say show begin end rest drink walk sign"""
PACKAGE = str(Path(__file__).parents[1])
LEAST = 0.02  # share of the time that makes a function worth naming


def costs(
    scales: Iterable[int], sinks: Sinks, *, words: int = WORDS, quotes: int = 2, profile: bool = False
) -> Iterator[dict[str, Any]]:
    """Each scale in a process of its own, so that peaks of memory do not mix. `sinks` opens the files of `run`; it goes to
    the other process by its name.
    """
    context = multiprocessing.get_context("spawn")
    for rows in scales:
        with ProcessPoolExecutor(1, mp_context=context) as alone:
            yield alone.submit(cost, rows, sinks, words=words, quotes=quotes).result()
    if profile:
        with ProcessPoolExecutor(1, mp_context=context) as alone:
            yield alone.submit(cost, PROFILED, sinks, words=words, quotes=quotes, profile=True).result()


def cost(rows: int, sinks: Sinks, *, words: int = WORDS, quotes: int = 2, profile: bool = False) -> dict[str, Any]:
    """CPU time of a row (milliseconds, all threads) and peak memory (MB) of a run of so many rows, whose answers have so many
    words and whose critiques so many quotes. With `profile` also the parts of the event loop's thread, in milliseconds;
    watching them makes all of it slower.
    """
    with TemporaryDirectory(prefix="caigen-bench-") as name:
        folder = Path(name)
        job = _job(folder, rows)
        script = _Script(words, quotes)
        opened: list[Sink] = []

        def open_sinks(stack: ExitStack) -> Sequence[Sink]:
            opened.extend(sinks(stack, folder / "out", None, job.settings_by_domain))
            return opened

        profiler = cProfile.Profile(time.thread_time) if profile else None
        began, cpu, own = time.monotonic(), time.process_time(), time.thread_time()
        if profiler:
            profiler.enable()
        summary = carry_out(job, open_sinks, Quiet(), opening=script.open)
        if profiler:
            profiler.disable()
        cpu, own, seconds = time.process_time() - cpu, time.thread_time() - own, time.monotonic() - began
        if summary.done != rows:
            raise AssertionError(f"of {rows} rows {summary.done} were done: {dict(summary.reasons)}")
        return {
            "rows": rows,
            "words": words,
            "cpu_ms_per_row": round(1000 * cpu / rows, 4),
            "loop_ms_per_row": round(1000 * own / rows, 4),
            "rows_per_second": round(rows / seconds, 1),
            "peak_rss_mb": round(peak_mb(), 1),
            "outputs": {sink.path.name: sink.rows for sink in opened if isinstance(sink, RowSink) and sink.path},
            "files": sorted(path.name for path in (folder / "out").iterdir()),
            **({"parts_ms": parts(profiler, rows)} if profiler else {}),
        }


def _job(folder: Path, rows: int) -> Job:
    source = folder / "in.jsonl"
    with source.open("wb") as stream:
        for place in range(rows):
            prompt = (
                f"Case {place}: what should I know about topic {place % 40} before the winter, and what works best?"
            )
            stream.write(orjson.dumps({"id": f"r{place}", "prompt": prompt}) + b"\n")
    sampling = Sampling(temperature=0.7)
    return Job(
        command="run",
        source=Source(str(source)),
        engines=EngineOptions(endpoint="scripted"),
        stages=(
            stage("sample", SampleSettings(sampling=sampling)),
            stage("revise", ReviseSettings(sampling=sampling, critic_sampling=sampling)),
        ),
        settings_by_domain={"": PromptSettings(constitution=load("general"), templates=Templates.load())},
        journal=folder / "out" / "records.jsonl.journal",
    )


class _Script:
    """Answers, critiques and revisions; each answer differs from all others, each revision in two of its sentences."""

    def __init__(self, words: int, quotes: int) -> None:
        self.words, self.quotes = words, quotes
        rng, known = random.Random(0), WORD.split()
        self._sentences = [" ".join(rng.choices(known, k=SENTENCE - 1)).capitalize() for _ in range(499)]

    def __call__(self, request: Request) -> str:
        prompt = next(m.content for m in request.messages if m.role == "user")
        case = prompt[5 : prompt.find(":")]
        answer = self._answer(int(case))
        if request.schema:
            return self._critique(answer)
        if len(request.messages) > 1:
            answer[1] = f"It may help in some cases, so ask about {case} first."
            answer[-2] = f"Nobody can promise how case {case} ends."
        return " ".join(answer)

    def _answer(self, case: int) -> list[str]:
        """Sentences with the case's number in each."""
        count = max(4, self.words // SENTENCE)
        return [f"{self._sentences[(case * 7 + n * 31) % 499]} {case}-{n}." for n in range(count)]

    def _critique(self, answer: list[str]) -> str:
        """Quotes as critics give them: as it stands, or in quotation marks and with another first letter."""
        told = [answer[n] if n % 2 else f'"{answer[-n - 2].lower()}"' for n in range(1, self.quotes + 1)]
        text = f"{' '.join(self._sentences[:4])}, which is said of {answer[1][-12:]}"
        return orjson.dumps({"text": text, "quotes": told, "verdict": "violates", "severity": 2}).decode()

    async def open(self, options: EngineOptions, journal: Journal | None, *_: object) -> Engines:
        """What stands for the engines of a run."""
        limiter = ConcurrencyLimiter(ScriptedEngine(self, keep=False), IN_FLIGHT)
        return Engines.of_one(RememberingEngine(limiter, journal))


class Quiet:
    """Nobody looks on."""

    def say(self, text: str) -> None:
        """Nothing."""

    def tell(self, text: str) -> None:
        """Nothing."""

    def step(self, summary: Summary, engines: Engines, flow: Schedule) -> None:
        """Nothing."""


def parts(profiler: cProfile.Profile, rows: int) -> dict[str, float]:
    """Milliseconds a row of caigen's functions that take most, each with all that it calls: what is inside another is in both."""
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    found: dict[str, float] = {}
    for (file, _, function), (_, _, _, seconds, _) in stats.items():
        _, inside, module = file.partition(f"{PACKAGE}/")
        if inside:
            name = f"{module}:{function}"
            found[name] = found.get(name, 0.0) + 1000 * seconds / rows
    most = max(found.values())
    return {name: round(ms, 4) for name, ms in sorted(found.items(), key=lambda item: -item[1]) if ms > LEAST * most}
