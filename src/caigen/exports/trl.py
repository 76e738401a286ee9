"""TRL rows: preference pairs, and prompt-completion rows for SFT from revisions and critiques.

Formats: huggingface.co/docs/trl/dataset_formats. Rows hold what the trainer reads and nothing else; `provenance` rows go beside them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from caigen.engines.base import Sampling
from caigen.pairs import Address, Pair, texts
from caigen.records import Message, Record, Round, unfinished
from caigen.stages.prompts import Brief, critique_json, plain_text

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
    }
    if pair.record.provenance:
        row["provenance"] = pair.record.provenance.model_dump(exclude_none=True)
    return row


def revision_rows(
    record: Record, which: Which, reasons: Counter[str], *, keep_reasoning: bool = False, plain: bool = False
) -> Iterator[tuple[Row, Row]]:
    """SFT rows with their provenance: the prompt, completed by each usable revision, or by the last.

    An answer that no critique faulted stands as it is (paper 3.1 trains on the texts of all rounds). `plain` gives texts
    in the paper's format instead of messages.
    """
    for place, candidate in enumerate(record.candidates):
        found = texts(place, candidate)
        usable = found[1:] or (found if _sound(candidate.rounds) and not unfinished(candidate.finish_reason) else [])
        if not usable:
            reasons["no_usable_text"] += 1
        seen = set()
        for address in usable if which == "all" else usable[-1:]:
            if address.text in seen:
                continue
            seen.add(address.text)
            said = _said(address, keep_reasoning)
            row = (
                completed(record.prompt, said["content"])
                if not plain
                else _continued(plain_text(record.prompt) + "\n\nAssistant:", said["content"])
            )
            yield row, {"id": record.id, "text": str(address)}


def critique_rows(record: Record, brief: Brief, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
    """SFT rows that teach the model to explain why a text breaks a principle: the critique that completes its request.

    Few-shot examples are left out, as is what cannot be taught from: a cut-off critique, one whose principle is not in
    the constitution.
    """
    for place, candidate in enumerate(record.candidates):
        history = candidate.history()
        for number, turn in enumerate(candidate.rounds, 1):
            reason, principle = _unteachable(turn), brief.constitution.get(turn.principle)
            if reason or principle is None or turn.critique is None:
                reasons[reason or "unknown_principle"] += 1
                continue
            asking = replace(brief, free_text=bool(turn.critique.free), examples=())
            request = asking.critique_request(record.prompt, history[number - 1], principle, Sampling())
            said = critique_json(turn.critique) if asking.structured else turn.critique.text
            row = completed(request.messages, said) if request.text is None else _continued(request.text, said)
            yield row, {"id": record.id, "text": f"{place}.{number - 1}", "principle": turn.principle}


def _unteachable(turn: Round) -> str | None:
    if turn.critique is None:
        return "no_critique"
    return "critique_truncated" if unfinished(turn.critique.finish_reason) else None


def completed(prompt: tuple[Message, ...], said: str) -> Row:
    """Prompt and completion, so that a trainer learns the completion and none of the turns before it."""
    return {"prompt": _turns(prompt), "completion": [{"role": "assistant", "content": said}]}


def _continued(text: str, said: str) -> Row:
    return {"prompt": text, "completion": f" {said}"}


def _sound(rounds: tuple[Any, ...]) -> bool:
    return bool(rounds) and all(turn.critique and turn.critique.verdict == "complies" for turn in rounds)


def _turns(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    return [message.model_dump() for message in messages]


def _said(address: Address, keep_reasoning: bool) -> dict[str, str]:
    thought = f"<think>\n{address.reasoning}\n</think>\n\n" if keep_reasoning and address.reasoning else ""
    return {"role": "assistant", "content": thought + address.text}
