"""preview: Job, N -> what the job does to N rows of its source, every request with its answer, and what that used

No output file is written. Answers go to the job's journal, so that the job itself does not ask again.
"""

import dataclasses
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from caigen.engines.base import Completion, Request
from caigen.engines.journal import Journal
from caigen.engines.open import EngineOptions, Engines, open_engines
from caigen.engines.remembering import RememberingEngine
from caigen.engines.roles import EngineRole
from caigen.engines.schedule import PRIORITY
from caigen.errors import CaigenError
from caigen.io.draw import draw
from caigen.io.write import Writer, to_row
from caigen.jobs.execute import Opening, carry_out
from caigen.jobs.execution import Watch
from caigen.jobs.job import Job
from caigen.jobs.projection import Usage
from caigen.records import Record
from caigen.summary import Summary

Waiting = Callable[[Path], None] | None


@dataclass(frozen=True)
class Exchange:
    """One request in a role, and its answer."""

    role: EngineRole
    request: Request
    completion: Completion


@dataclass
class Preview:
    """What a job did to some rows. `total` is the number of rows of its source, None where it is not known.

    `rate` is in tokens out a second, while the model worked; None where all answers came from the journal.
    """

    job: Job
    total: int | None
    least: int
    summary: Summary
    records: list[Record] = field(default_factory=list)
    exchanges: dict[int, list[Exchange]] = field(default_factory=dict)  # by the row's index among the drawn ones
    rate: float | None = None
    remembered: int = 0  # requests that the journal answered

    def usage(self) -> list[Usage]:
        """What each row used, in all."""
        return [sum(self.by_role(index).values(), Usage()) for index in range(len(self.records))]

    def by_role(self, index: int) -> dict[EngineRole, Usage]:
        """What one row used, by the role of the model."""
        used: dict[EngineRole, Usage] = defaultdict(Usage)
        for exchange in self.exchanges.get(index, ()):
            tokens = exchange.completion.tokens
            used[exchange.role] += Usage(1, tokens.prompt, tokens.completion)
        return dict(used)


def preview(job: Job, count: int, watch: Watch, *, opening: Opening = open_engines) -> Preview:
    """Do a job for `count` drawn rows.

    Raises CaigenError, as the job would.
    """
    if job.cluster:
        raise CaigenError("--preview: works in this process; leave out --runner ray")
    source = job.source
    drawn = draw(source.path, count, on_error=source.on_error, take=source.take, limit=source.limit)
    log = _Log()
    with TemporaryDirectory(prefix="caigen-") as folder:
        path = Path(folder) / "rows.jsonl"
        with Writer(path) as rows:
            for record in drawn.records:
                rows.write(to_row(record))
        # without targets the journal is not marked as that of a finished command
        few = dataclasses.replace(
            job, source=dataclasses.replace(source, path=str(path), limit=None, take="none"), targets=()
        )
        if job.journal:
            job.journal.parent.mkdir(parents=True, exist_ok=True)
        sink = _Records()
        summary = carry_out(few, lambda _: [sink], watch, opening=log.opening(opening))
    result = Preview(job, drawn.total, drawn.least, summary, sink.records, log.exchanges)
    asked = sum(engine.tokens.completion for engine in log.engines)
    result.remembered = sum(engine.cached for engine in log.engines)
    if asked and log.seconds > 0:
        result.rate = asked / log.seconds
    return result


class _Records:
    """A sink that keeps the records."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def take(self, record: Record) -> None:
        """Keep one record."""
        self.records.append(record)

    def report(self, summary: Summary) -> None:
        """Add nothing."""


class _Log:
    """Notes what is asked for each row, and for how long the engines worked."""

    def __init__(self) -> None:
        self.exchanges: dict[int, list[Exchange]] = defaultdict(list)
        self.engines: list[RememberingEngine] = []
        self.first: float | None = None
        self.last = 0.0

    @property
    def seconds(self) -> float:
        """From the first request to the last answer."""
        return self.last - self.first if self.first is not None else 0.0

    def opening(self, open_engines: Opening) -> Opening:
        """The same way of opening engines, with each noting what it is asked."""

        async def open_noting(
            options: EngineOptions,
            journal: Journal | None,
            stack: AsyncExitStack,
            waiting: Waiting,
            /,
            *,
            opening: Callable[[str], None] | None,
        ) -> Engines:
            engines = await open_engines(options, journal, stack, waiting, opening=opening)
            self.engines = engines.all
            noting = {role: _Noting(engine, role, self) for role, engine in engines.by_role.items()}
            return Engines(noting, engines.waited)

        return open_noting


class _Noting(RememberingEngine):
    """An engine that notes each request and its answer under the row that it is for."""

    def __init__(self, engine: RememberingEngine, role: EngineRole, log: _Log) -> None:
        super().__init__(engine, None)
        self.role, self.log = role, log

    async def complete(self, request: Request) -> Completion:
        """Return the engine's answer. Raises what that engine raises."""
        if self.log.first is None:
            self.log.first = time.monotonic()
        priority = PRIORITY.get()
        completion = await super().complete(request)
        self.log.last = time.monotonic()
        self.log.exchanges[priority.index if priority else 0].append(Exchange(self.role, request, completion))
        return completion
