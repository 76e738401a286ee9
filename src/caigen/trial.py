"""try: one prompt -> its answer, the verdict of each rule on it, and the revisions under those that it breaks

All rules are asked about the same answer at once, so the verdicts can be compared and the wait is that of one critique.
Then the answer goes through one round for each rule that it breaks, as in `caigen run --select all`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from caigen.constitution.format import Principle
from caigen.engines.base import Engine
from caigen.engines.roles import EngineRole
from caigen.errors import RequestError
from caigen.records import Record, Round
from caigen.stages.critique import criticise
from caigen.stages.registry import Stage, stage
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings, revise

Verdict = tuple[Principle, Round | RequestError]


@dataclass
class Trial:
    """One prompt tried under a constitution: `verdicts` of all rules on the first answer, in their order."""

    settings: PromptSettings | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    record: Record | None = None

    def take(self, record: Record) -> None:
        """Keep the finished record."""
        self.record = record

    def report(self, summary: object) -> None:
        """Add nothing to the summary."""

    @property
    def problem(self) -> str | None:
        """Why the trial failed; None where it did not."""
        if self.record is None:
            return "no row was read"
        if self.record.status == "failed" and self.record.error:
            return f"{self.record.error.stage}: {self.record.error.message}"
        if self.record.candidates and self.record.candidates[0].is_blank:
            return "the answer is empty"
        failures = [f"{rule.id}: {outcome}" for rule, outcome in self.verdicts if isinstance(outcome, RequestError)]
        if failures:
            return failures[0] + (f" (and {len(failures) - 1} more)" if len(failures) > 1 else "")
        return self._without_verdict()

    def _without_verdict(self) -> str | None:
        """Why no rule has a verdict; None where one has."""
        flags: list[str] = []
        for _, outcome in self.verdicts:
            if isinstance(outcome, RequestError) or outcome.critique is None:
                continue
            if not outcome.critique.flags:
                return None
            flags += outcome.critique.flags
        if not self.verdicts:
            return None
        advice = "; raise --critique-tokens" if "truncated" in flags else ""
        return f"no critique can be used ({', '.join(sorted(set(flags)))}){advice}"


def trial_stage(trial: Trial, settings: ReviseSettings, rounds: int | None) -> Stage:
    """A stage that asks all rules about the answer, then revises it; what it finds goes into `trial`.

    `rounds` is the greatest number of revisions, None for one under each rule that the answer breaks.
    """

    async def ask(
        record: Record, engines: Mapping[EngineRole, Engine], prompt_settings: PromptSettings, settings: ReviseSettings
    ) -> Record:
        trial.settings = prompt_settings
        if record.candidates[0].is_blank:
            return record
        trial.verdicts = await _verdicts(record, engines["critic"], prompt_settings, settings)
        if all(isinstance(outcome, RequestError) for _, outcome in trial.verdicts):
            raise next(outcome for _, outcome in trial.verdicts if isinstance(outcome, RequestError))
        broken = [(rule.id, out) for rule, out in trial.verdicts if isinstance(out, Round) and out.faulted][:rounds]
        if not broken:
            return record
        # the first critique is there already; the others are asked for anew, about the text as it is by then
        candidate = record.candidates[0].model_copy(update={"rounds": (broken[0][1],)})
        return await revise(
            record.model_copy(update={"candidates": (candidate,)}),
            engines["reviser"],
            engines["critic"],
            replace(prompt_settings, only=tuple(id_ for id_, _ in broken), select="all"),
            replace(settings, rounds=len(broken)),
        )

    return replace(stage("revise", settings), ask=ask)


async def _verdicts(
    record: Record, critic: Engine, prompt_settings: PromptSettings, settings: ReviseSettings
) -> list[Verdict]:
    """The critique of the answer under each rule, or why there is none.

    Raises EngineError.
    """

    async def under(rule: Principle) -> Round:
        return await criticise(
            record,
            0,
            record.candidates[0],
            critic,
            prompt_settings=replace(prompt_settings, only=(rule.id,)),
            sampling=settings.critic_sampling,
        )

    outcomes = await asyncio.gather(*map(under, prompt_settings.principles), return_exceptions=True)
    verdicts: list[Verdict] = []
    for rule, outcome in zip(prompt_settings.principles, outcomes, strict=True):
        if not isinstance(outcome, Round | RequestError):
            raise outcome
        verdicts.append((rule, outcome))
    return verdicts
