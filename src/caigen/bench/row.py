"""`caigen bench row`: what a row of `caigen run --rounds 1` costs beside the model, on an engine that answers at once.

The work is the command's own (`execute.carry_out` with the sinks of `run`): rows are read, answered, criticised in JSON
with quotes, revised, and written as records, pairs and SFT rows with their sidecars; every answer is kept in a journal.
Texts are of real length and no two are alike, so nothing comes from a cache that would not in a real run.
"""

import cProfile
import multiprocessing
import pstats
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, nullcontext
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
from caigen.engines.scripted import ScriptedEngine
from caigen.exports.row_sink import RowSink
from caigen.jobs.execute import carry_out
from caigen.jobs.execution import Sink, Unwatched
from caigen.jobs.job import Job, Source
from caigen.stages.registry import stage
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings
from caigen.stages.sample import SampleSettings
from caigen.stages.templates import Templates

MAX_RUNNING = 256  # requests
ANSWER_WORDS = 300
PROFILED_ROWS = 300  # more only take longer
SENTENCE_WORDS = 15
SENTENCES = 499  # to choose from
MIN_PART_SHARE = 0.02  # of the longest part; shorter parts are left out
PACKAGE = str(Path(__file__).parents[1])
# what opens the files of `run -o FOLDER`: stack, folder, file of rejected rows, settings by domain
OpenSinks = Callable[[ExitStack, Path, Path | None, dict[str, PromptSettings]], Sequence[Sink]]
VOCABULARY = """the a an and or of to in for with on at by from as is are was it this that these which who when where
because while water house contract doctor patient treatment price market garden bread school teacher letter answer
question reason river winter morning account payment notice period landlord tenant insurance vaccine study result
evidence medicine usually often sometimes rarely carefully first then finally however therefore although before after
without between ask read write take give keep find check change wait help make know think say show begin end rest
drink walk sign"""


def costs(
    row_counts: Iterable[int],
    open_sinks: OpenSinks,
    *,
    words: int = ANSWER_WORDS,
    quotes: int = 2,
    profile: bool = False,
) -> Iterator[dict[str, Any]]:
    """The cost of a row (`cost`) at each number of rows, and with `profile` once more under a profiler.

    Each runs in a process of its own, so that peaks of memory do not mix; `open_sinks` must be importable there.
    """
    context = multiprocessing.get_context("spawn")
    for rows in row_counts:
        with ProcessPoolExecutor(1, mp_context=context) as process:
            yield process.submit(cost, rows, open_sinks, words=words, quotes=quotes).result()
    if profile:
        with ProcessPoolExecutor(1, mp_context=context) as process:
            yield process.submit(cost, PROFILED_ROWS, open_sinks, words=words, quotes=quotes, profile=True).result()


def cost(
    rows: int, open_sinks: OpenSinks, *, words: int = ANSWER_WORDS, quotes: int = 2, profile: bool = False
) -> dict[str, Any]:
    """CPU time of a row (ms, all threads) and peak memory (MB) of a run of `rows` rows.

    Each answer has `words` words, each critique `quotes` quotes. With `profile` also the parts of the event loop's
    thread, in milliseconds; the profiler makes everything slower.
    """
    with TemporaryDirectory(prefix="caigen-bench-") as name:
        folder = Path(name)
        job = _job(folder, rows)
        model = _ScriptedModel(words, quotes)
        opened: list[Sink] = []

        def open_and_note(stack: ExitStack) -> Sequence[Sink]:
            opened.extend(open_sinks(stack, folder / "out", None, job.settings_by_domain))
            return opened

        profiler = cProfile.Profile(time.thread_time) if profile else None
        with profiler or nullcontext():
            clock = _Clock()
            summary = carry_out(job, open_and_note, Unwatched(), opening=model.open)
            times = clock.per_row(rows)
        if summary.done != rows:
            raise AssertionError(f"of {rows} rows {summary.done} were done: {dict(summary.reasons)}")
        figures = {
            "rows": rows,
            "words": words,
            **times,
            "peak_rss_mb": round(peak_mb(), 1),
            "outputs": {sink.path.name: sink.rows for sink in opened if isinstance(sink, RowSink) and sink.path},
            "files": sorted(path.name for path in (folder / "out").iterdir()),
        }
        if profiler:
            figures["parts_ms"] = parts(profiler, rows)
        return figures


class _Clock:
    """Measures wall-clock and CPU seconds from its creation."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._cpu = time.process_time()  # of all threads
        self._loop_cpu = time.thread_time()  # of the event loop's thread

    def per_row(self, rows: int) -> dict[str, float]:
        """Milliseconds of CPU a row, and rows a second, of `rows` rows."""
        return {
            "cpu_ms_per_row": round(1000 * (time.process_time() - self._cpu) / rows, 4),
            "loop_ms_per_row": round(1000 * (time.thread_time() - self._loop_cpu) / rows, 4),
            "rows_per_second": round(rows / (time.monotonic() - self._began), 1),
        }


def _job(folder: Path, rows: int) -> Job:
    """The job of `caigen run --rounds 1` on a file of `rows` prompts, which is written first."""
    source = folder / "in.jsonl"
    with source.open("wb") as stream:
        for index in range(rows):
            prompt = (
                f"Case {index}: what should I know about topic {index % 40} before the winter, and what works best?"
            )
            stream.write(orjson.dumps({"id": f"r{index}", "prompt": prompt}) + b"\n")
    sampling = Sampling(temperature=0.7)
    return Job(
        command="run",
        source=Source(str(source)),
        engines=EngineOptions(endpoint="http://scripted"),
        stages=(
            stage("sample", SampleSettings(sampling=sampling)),
            stage("revise", ReviseSettings(sampling=sampling, critic_sampling=sampling)),
        ),
        settings_by_domain={"": PromptSettings(constitution=load("general"), templates=Templates.load())},
        journal=folder / "out" / "records.jsonl.journal",
    )


class _ScriptedModel:
    """Request -> text: an answer unlike all others, a critique of it, or a revision with two other sentences."""

    def __init__(self, words: int, quotes: int) -> None:
        self.words, self.quotes = words, quotes
        rng, vocabulary = random.Random(0), VOCABULARY.split()
        self._sentences = []
        for _ in range(SENTENCES):
            # one word less: the case's number is the last one
            self._sentences.append(" ".join(rng.choices(vocabulary, k=SENTENCE_WORDS - 1)).capitalize())

    def __call__(self, request: Request) -> str:
        prompt = next(message.content for message in request.messages if message.role == "user")
        case = prompt[5 : prompt.find(":")]  # "Case 7: what …"
        answer = self._answer(int(case))
        if request.schema:
            return self._critique(answer)
        if len(request.messages) > 1:
            answer[1] = f"It may help in some cases, so ask about {case} first."
            answer[-2] = f"Nobody can promise how case {case} ends."
        return " ".join(answer)

    def _answer(self, case: int) -> list[str]:
        """The sentences of a case's answer, each with the case's number in it."""
        count = max(4, self.words // SENTENCE_WORDS)
        return [f"{self._sentences[(case * 7 + n * 31) % SENTENCES]} {case}-{n}." for n in range(count)]

    def _critique(self, answer: list[str]) -> str:
        """A critique that quotes as critics do: exactly, or in quotation marks and with another first letter."""
        quotes = []
        for n in range(1, self.quotes + 1):
            quotes.append(answer[n] if n % 2 else f'"{answer[-n - 2].lower()}"')
        text = f"{' '.join(self._sentences[:4])}, which is said of {answer[1][-12:]}"
        return orjson.dumps({"text": text, "quotes": quotes, "verdict": "violates", "severity": 2}).decode()

    async def open(self, options: EngineOptions, journal: Journal | None, *_: object, **__: object) -> Engines:
        """The engines of a run that this model answers for."""
        engine = RememberingEngine(ConcurrencyLimiter(ScriptedEngine(self, keep=False), MAX_RUNNING), journal)
        return Engines.of_one(engine)


def parts(profiler: cProfile.Profile, rows: int) -> dict[str, float]:
    """The functions of caigen that take most time, in milliseconds a row, the longest first.

    Each time includes all calls that the function makes, so a part may contain another. The outermost functions may be
    missing: cProfile loses them when a task is cancelled, since it sees returns without their calls.
    """
    # {(file, line, function): (calls without recursion, calls, own seconds, seconds with calls, callers)}
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, Any]]
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    milliseconds: dict[str, float] = {}
    for (file, _, function), (_, _, _, seconds, _) in stats.items():
        _, in_package, module = file.partition(f"{PACKAGE}/")
        if in_package:
            name = f"{module}:{function}"
            milliseconds[name] = milliseconds.get(name, 0.0) + 1000 * seconds / rows
    shortest = MIN_PART_SHARE * max(milliseconds.values())
    longest_first = sorted(milliseconds.items(), key=lambda item: -item[1])
    return {name: round(ms, 4) for name, ms in longest_first if ms > shortest}
