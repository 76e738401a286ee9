"""TRL rows: preference pairs, and prompt-completion rows for SFT from revisions and critiques.

Formats: huggingface.co/docs/trl/dataset_formats. Rows hold what the trainer reads and nothing else; `provenance` rows go beside them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Literal

from caigen.engines.base import Sampling
from caigen.exports.pairs import Pair
from caigen.hygiene import critique_flags
from caigen.records import Candidate, Critique, Message, Record, unfinished
from caigen.stages.requests import PromptSettings, critique_json
from caigen.stages.templates import plain_text
from caigen.text.versions import Version, texts

Row = dict[str, Any]
What = Literal["revisions", "critiques", "both"]
Which = Literal["all", "last"]


def pair_row(pair: Pair, *, keep_reasoning: bool = False) -> Row:
    """`{"prompt": messages, "chosen": [message], "rejected": [message]}`."""
    return {
        "prompt": _turns(pair.record.prompt),
        "chosen": [_said(pair.chosen, keep_reasoning)],
        "rejected": [_said(pair.rejected, keep_reasoning)],
    }


def prompt_row(record: Record) -> Row:
    """`{"prompt": messages, "id": id}`, for GRPO and its like; a reward function gets the id as a column."""
    return {"prompt": _turns(record.prompt), "id": record.id}


def pair_provenance(pair: Pair) -> Row:
    """Where a pair comes from; line n of the sidecar belongs to line n of the rows."""
    row: Row = {
        "id": pair.record.id,
        "chosen": str(pair.chosen),
        "rejected": str(pair.rejected),
        "principles": list(pair.principles),
        **{key: value for key in ("similarity", "p", "margin") if (value := getattr(pair, key)) is not None},
        **({"judge": pair.judge, "judged": list(pair.judged)} if pair.judged else {}),
    }
    if pair.record.provenance:
        row["provenance"] = pair.record.provenance.model_dump(exclude_none=True)
    return row


def revision_rows(
    record: Record,
    which: Which,
    reasons: Counter[str],
    *,
    keep_reasoning: bool = False,
    plain: bool = False,
    only_revised: bool = False,
) -> Iterator[tuple[Row, Row]]:
    """SFT rows with their provenance: the prompt, completed by each usable revision, or by the last.

    An answer that was never revised stands as it is, where every critique of it can be used and says that it complies
    (paper 3.1 trains on the texts of all rounds); `only_revised` leaves it out. Its provenance says `revised: false`.
    `plain` gives texts in the paper's format instead of messages. A candidate without a row is counted in `reasons`.
    """
    for place, candidate in enumerate(record.candidates):
        usable = _revised(place, candidate)
        reason = None if usable else _unteachable(candidate) or ("never_revised" if only_revised else None)
        if reason:
            reasons[reason] += 1
            continue
        chosen = usable or texts(place, candidate)[:1]
        for address in _each_once(chosen if which == "all" else chosen[-1:]):
            said = _said(address, keep_reasoning)
            row = (
                completed(record.prompt, said["content"])
                if not plain
                else _continued(plain_text(record.prompt) + "\n\nAssistant:", said["content"])
            )
            yield row, {"id": record.id, "text": str(address), "revised": bool(usable)}


def _revised(place: int, candidate: Candidate) -> list[Version]:
    """The revisions of a candidate that may be taught: neither flagged nor cut off."""
    found = [one for one in texts(place, candidate) if one.round]
    made = {number: turn.revision for number, turn in enumerate(candidate.rounds, 1)}
    return [one for one in found if (revision := made[one.round]) and not unfinished(revision.finish_reason)]


def _unteachable(candidate: Candidate) -> str | None:
    """Why an answer that was not revised cannot be taught; None where it was criticised and no critique faults it.

    | word | what |
    |---|---|
    | `answer_truncated`, `answer_content_filter`, … | it did not end by itself (records.unfinished) |
    | `not_criticised` | no critique speaks of it |
    | `revision_unusable` | what its critiques asked for came out unusable |
    | `critique_unusable` | a critique of it could not be used, so nobody knows |
    | `unrevised` | a critique faults it, or does not say whether it complies, and nothing was revised |
    """
    cut = unfinished(candidate.finish_reason)
    if cut:
        return f"answer_{cut}"
    if any(turn.revision for turn in candidate.rounds):
        return "revision_unusable"
    said = [turn.critique for turn in candidate.rounds if turn.critique]
    if not said:
        return "not_criticised"
    if any(critique_flags.flags(critique, candidate.text) for critique in said):
        return "critique_unusable"
    return "unrevised" if any(critique.verdict != "complies" for critique in said) else None


def _each_once(addresses: Iterable[Version]) -> Iterable[Version]:
    """The first address of each text, in order."""
    found: dict[str, Version] = {}
    for address in addresses:
        found.setdefault(address.text.strip(), address)
    return found.values()


def critique_rows(record: Record, prompt_settings: PromptSettings, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
    """SFT rows that teach the model to explain why a text breaks a principle: the critique that completes its request.

    Few-shot examples are left out, as are quotes that are not in the text, and what cannot be taught from: no critique, a
    flagged one (`critique_` and its first flag), one of half a text (`answer_truncated` and the like), whose verdict holds for
    that half, one whose principle is not in the constitution. All are counted.
    """
    for place, candidate in enumerate(record.candidates):
        history, ended = candidate.history(), candidate.finish_reasons()
        for number, turn in enumerate(candidate.rounds):
            answer, principle = history[number], prompt_settings.constitution.get(turn.principle)
            critique, reason = _teachable(turn.critique, answer)
            if critique is not None and (cut := unfinished(ended[number])):
                critique, reason = None, f"answer_{cut}"
            if critique is None or principle is None:
                reasons[reason or "unknown_principle"] += 1
                continue
            reasons.update(["quote_not_found"] * len(critique_flags.lost(critique, answer)))
            critique = critique.model_copy(update={"quotes": critique_flags.located(critique, answer)})
            asking = replace(prompt_settings, free_text=bool(critique.free), examples=())
            request = asking.critique_request(record.prompt, answer, principle, Sampling())
            said = critique_json(critique) if asking.structured else critique.text
            row = completed(request.messages, said) if request.text is None else _continued(request.text, said)
            yield row, {"id": record.id, "text": f"{place}.{number}", "principle": turn.principle}


def _teachable(critique: Critique | None, answer: str) -> tuple[Critique | None, str | None]:
    """A critique of `answer` that may be taught, or why it may not. Flags are looked for again: records may be older than
    a flag, or written by hand.
    """
    if critique is None:
        return None, "no_critique"
    flags = critique_flags.flags(critique, answer)
    return (None, f"critique_{flags[0]}") if flags else (critique, None)


def completed(prompt: tuple[Message, ...], said: str) -> Row:
    """Prompt and completion, so that a trainer learns the completion and none of the turns before it."""
    return {"prompt": _turns(prompt), "completion": [{"role": "assistant", "content": said}]}


def _continued(text: str, said: str) -> Row:
    return {"prompt": text, "completion": f" {said}"}


def _turns(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    return [message.model_dump() for message in messages]


def _said(address: Version, keep_reasoning: bool) -> dict[str, str]:
    thought = f"<think>\n{address.reasoning}\n</think>\n\n" if keep_reasoning and address.reasoning else ""
    return {"role": "assistant", "content": thought + address.text}
