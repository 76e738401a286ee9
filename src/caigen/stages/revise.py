"""revise: Candidate -> Candidate with further rounds of critique and revision"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from caigen import hashing, hygiene
from caigen.constitution.format import Principle
from caigen.engines.base import Completion, Engine, Request, Sampling
from caigen.engines.schedule import working_on
from caigen.errors import ABOUT_THE_TEXT, RequestError, asking_for
from caigen.records import Candidate, Critique, Record, Revision, Round, unfinished
from caigen.stages.critique import criticise
from caigen.stages.each import each_candidate
from caigen.stages.requests import PromptSettings
from caigen.stages.retry import draw_better


@dataclass(frozen=True)
class ReviseSettings:
    """How many rounds a candidate has in all, and when a text is revised.

    With `always` a text that complies is revised, too. Without `critique` the principle alone asks for the revision
    (paper 3.5). Critiques have their own `critic_sampling`, and so their own token limit.
    """

    rounds: int = 1
    always: bool = False
    critique: bool = True
    sampling: Sampling = field(default_factory=Sampling)
    critic_sampling: Sampling = field(default_factory=Sampling)


async def revise(  # noqa: PLR0917
    record: Record, engine: Engine, critic: Engine, prompt_settings: PromptSettings, settings: ReviseSettings
) -> Record:
    """Bring every candidate that has a word to `settings.rounds` rounds; an open critique is revised first.

    An unusable (flagged) critique is not shown to the reviser: its round leaves the text as it is, or with
    `settings.always` revises it under the principle alone, and the next round goes on. Where `select` is `all`, a
    candidate has at most one round per principle.

    Raises RequestError.
    """
    rounds = settings.rounds
    if prompt_settings.select == "all":
        rounds = min(rounds, len(prompt_settings.principles))
    reviser = _Reviser(record, engine, critic, prompt_settings, replace(settings, rounds=rounds))
    return await each_candidate(record, reviser.fill_rounds)


@dataclass(frozen=True)
class _Reviser:
    """What all candidates of one record share while they are revised."""

    record: Record
    engine: Engine
    critic: Engine
    prompt_settings: PromptSettings
    settings: ReviseSettings

    async def fill_rounds(self, index: int, candidate: Candidate) -> AsyncIterator[Candidate]:
        """Add the missing rounds; yield the candidate after each critique and each revision."""
        if candidate.is_blank:
            return
        rounds = candidate.rounds
        # a round with a critique but no revision yet, as `critique` leaves it, is finished first
        open_round = None
        if rounds and rounds[-1].revision is None and self._wants_revision(rounds[-1]):
            open_round, rounds = rounds[-1], rounds[:-1]
        while open_round is not None or len(rounds) < self.settings.rounds:
            # `before` is the candidate as the critic and the reviser see it: without the round that is being made
            before = candidate.model_copy(update={"rounds": rounds})
            number = len(rounds) + 1
            where = f"candidate {index}, round {number}"
            with asking_for(where), working_on(f"round {number}"):
                round_ = open_round or await self._open_round(index, before)
            open_round = None
            yield candidate.model_copy(update={"rounds": (*rounds, round_)})
            if self._wants_revision(round_):
                with asking_for(where), working_on(f"round {number}"):
                    revision = await self._draw_revision(index, before, round_)
                round_ = round_.model_copy(update={"revision": revision})
                yield candidate.model_copy(update={"rounds": (*rounds, round_)})
            rounds = (*rounds, round_)

    def _wants_revision(self, round_: Round) -> bool:
        return self.settings.always or round_.critique is None or round_.faulted

    async def _open_round(self, index: int, candidate: Candidate) -> Round:
        """The next round without its revision: with a critique, or with the principle alone."""
        if self.settings.critique:
            return await criticise(
                self.record,
                index,
                candidate,
                self.critic,
                prompt_settings=self.prompt_settings,
                sampling=self.settings.critic_sampling,
            )
        return Round(principle=self.prompt_settings.choose_principle(self.record.id, index, candidate).ref)

    async def _draw_revision(self, index: int, candidate: Candidate, round_: Round) -> Revision:
        """Revise the latest text; an unusable revision is drawn a second time if that may help (stages/retry.py).

        A flagged critique gets here only with `always`; it is not shown, the principle alone asks (paper 3.5).
        """
        principle = self.prompt_settings.constitution.find(round_.principle)
        answer = candidate.text_after()
        critique = round_.critique
        if critique is not None and critique.flags:
            critique = None

        async def draw(attempt: int) -> Revision:
            number = len(candidate.rounds)
            seed = hashing.seed(self.prompt_settings.seed, self.record.id, index, number, "revise", attempt)
            request = self.prompt_settings.revision_request(
                self.record.prompt, answer, critique, principle, sampling=replace(self.settings.sampling, seed=seed)
            )
            try:
                completion = await self.engine.complete(request)
            except RequestError as error:
                if error.kind not in ABOUT_THE_TEXT:
                    raise
                # refused for this text alone: the other candidates and later rounds go on
                return Revision(text="", raw=str(error), flags=(error.kind,))
            return _read_revision(completion, answer, critique, instruction=_instruction(request, principle))

        # A revision is about as long as the text it revises and has the same limit: if that text was cut off, every
        # draw of its revision will be. A critique does not grow with the text, so its next draw may fit (critique.py).
        is_cut = unfinished(candidate.finish_reasons()[-1]) == "truncated"
        lasting = ("truncated",) if is_cut else ()
        return await draw_better(draw, self.settings.sampling, lasting=lasting)


def _instruction(request: Request, principle: Principle) -> str:
    """The part of a request that asks for the revision, without the conversation before it."""
    return principle.revision_request if request.text is not None else request.messages[-1].content


def _read_revision(completion: Completion, answer: str, critique: Critique | None, *, instruction: str) -> Revision:
    """Clean the text of a completion and flag it if it is unusable as a revision of `answer` (hygiene)."""
    text, cleaned = hygiene.clean(completion.text, answer)
    flags = hygiene.flags(
        text,
        answer,
        critique=critique.text if critique else "",
        request=instruction,
        finish_reason=completion.finish_reason,
    )
    return Revision(
        text=text,
        finish_reason=completion.finish_reason,
        tokens=completion.tokens,
        raw=completion.text if cleaned else None,
        reasoning=completion.reasoning,
        cleaned=cleaned,
        flags=flags,
    )
