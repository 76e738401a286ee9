"""Record -> rows for supervised fine-tuning: its revisions, or its critiques, as completions."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from caigen.choices import What as What
from caigen.choices import Which as Which
from caigen.constitution.format import Principle
from caigen.engines.base import Sampling
from caigen.exports.trl import Row, completion_row, plain_row, written_answer
from caigen.hygiene import critique_flags
from caigen.records import Candidate, Critique, Record, unfinished
from caigen.stages.requests import PromptSettings, critique_json
from caigen.stages.templates import plain_text
from caigen.text.versions import Version, texts


def revision_rows(
    record: Record,
    which: Which,
    reasons: Counter[str],
    *,
    keep_reasoning: bool = False,
    plain: bool = False,
    only_revised: bool = False,
) -> Iterator[tuple[Row, Row]]:
    """SFT rows with their provenance: the prompt, completed by each usable revision, or by the last one.

    An answer that was never revised is a completion too, if all its critiques are usable and say that it complies
    (paper 3.1 trains on the texts of all rounds); its provenance says `revised: false`, and `only_revised` leaves it
    out. `plain` gives texts in the paper's format instead of messages. A candidate without a row is counted in
    `reasons`.
    """
    for index, candidate in enumerate(record.candidates):
        revisions = _usable_revisions(index, candidate)
        reason = None
        if not revisions:
            reason = _answer_refusal(candidate, only_revised=only_revised)
        if reason:
            reasons[reason] += 1
            continue
        versions = revisions or texts(index, candidate)[:1]  # else the answer, which complies
        if which == "last":
            versions = versions[-1:]
        for version in _first_of_each_text(versions):
            answer = written_answer(version, keep_reasoning=keep_reasoning)
            if plain:
                row = plain_row(f"{plain_text(record.prompt)}\n\nAssistant:", answer)
            else:
                row = completion_row(record.prompt, answer)
            yield row, {"id": record.id, "text": str(version), "revised": bool(revisions)}


def _usable_revisions(index: int, candidate: Candidate) -> list[Version]:
    """The revisions of a candidate that may be taught: neither flagged nor cut off."""
    usable = []
    for version in texts(index, candidate):
        if version.round == 0:  # the answer itself
            continue
        revision = candidate.rounds[version.round - 1].revision
        if revision and not unfinished(revision.finish_reason):
            usable.append(version)
    return usable


def _answer_refusal(candidate: Candidate, *, only_revised: bool) -> str | None:
    """Why an answer without a usable revision cannot be taught; None if all its critiques accept it.

    | word | reason |
    |---|---|
    | `answer_truncated`, `answer_content_filter`, … | it did not end by itself (records.unfinished) |
    | `revision_unusable` | it was revised, and the revisions are unusable |
    | `not_criticised` | it has no critique |
    | `critique_unusable` | a critique of it cannot be used, so nobody knows |
    | `unrevised` | a critique faults it, or does not say whether it complies, and nothing was revised |
    | `never_revised` | it complies, but `only_revised` asks for revisions |
    """
    cut = unfinished(candidate.finish_reason)
    if cut:
        return f"answer_{cut}"
    if any(round_.revision for round_ in candidate.rounds):
        return "revision_unusable"
    critiques = [round_.critique for round_ in candidate.rounds if round_.critique]
    if not critiques:
        return "not_criticised"
    if any(critique_flags.flags(critique, candidate.text) for critique in critiques):
        return "critique_unusable"
    if any(critique.verdict != "complies" for critique in critiques):
        return "unrevised"
    return "never_revised" if only_revised else None


def _first_of_each_text(versions: Iterable[Version]) -> Iterable[Version]:
    """The first version of each text, in order; space around a text is ignored."""
    first: dict[str, Version] = {}
    for version in versions:
        first.setdefault(version.text.strip(), version)
    return first.values()


def critique_rows(record: Record, prompt_settings: PromptSettings, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
    """SFT rows that teach the model to explain why a text breaks a principle: a critique completes its request.

    Left out are few-shot examples, quotes that are not in the text, and critiques that cannot be taught (all counted):
    flagged ones (`critique_` and the first flag), those of half a text (`answer_truncated` and the like), and those
    whose principle is not in the constitution.
    """
    for index, candidate in enumerate(record.candidates):
        history, endings = candidate.history(), candidate.finish_reasons()
        for number, round_ in enumerate(candidate.rounds):
            answer = history[number]
            critique = round_.critique
            principle = prompt_settings.constitution.get(round_.principle)
            reason = _critique_refusal(critique, answer, endings[number])
            if reason or critique is None or principle is None:
                reasons[reason or "unknown_principle"] += 1
                continue
            reasons.update(["quote_not_found"] * len(critique_flags.quotes_lost(critique, answer)))
            row = _critique_row(record, answer, critique, principle, prompt_settings=prompt_settings)
            yield row, {"id": record.id, "text": f"{index}.{number}", "principle": round_.principle}


def _critique_refusal(critique: Critique | None, answer: str, ending: str | None) -> str | None:
    """Why a critique of `answer` may not be taught; `ending` is how the answer ended.

    Flags are looked for again: records may be older than a flag, or written by hand.
    """
    if critique is None:
        return "no_critique"
    flags = critique_flags.flags(critique, answer)
    if flags:
        return f"critique_{flags[0]}"
    cut = unfinished(ending)
    if cut:  # the verdict on half a text holds for that half
        return f"answer_{cut}"
    return None


def _critique_row(
    record: Record, answer: str, critique: Critique, principle: Principle, *, prompt_settings: PromptSettings
) -> Row:
    """The request for a critique, without few-shot examples, completed by the critique with the quotes in the text."""
    # quotes in the text's own words, and the request in the form (JSON or prose) in which the critique was asked for
    critique = critique.model_copy(update={"quotes": critique_flags.quotes_found(critique, answer)})
    settings = replace(prompt_settings, free_text=bool(critique.free), examples=())
    request = settings.critique_request(record.prompt, answer, principle, Sampling())
    completion = critique_json(critique) if settings.structured else critique.text
    if request.text is None:
        return completion_row(request.messages, completion)
    return plain_row(request.text, completion)
