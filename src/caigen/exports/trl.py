"""TRL rows (conversational): preference pairs, and SFT messages from revisions and critiques.

Formats: huggingface.co/docs/trl/dataset_formats. Rows hold what the trainer reads and nothing else; `provenance` rows go beside them.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from caigen.engines.base import Sampling
from caigen.pairs import Address, Pair, texts
from caigen.records import Message, Record
from caigen.stages.prompts import Brief, critique_json

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


def pair_provenance(pair: Pair) -> Row:
    """Where a pair comes from; line n of the sidecar belongs to line n of the rows."""
    row: Row = {
        "id": pair.record.id,
        "chosen": str(pair.chosen),
        "rejected": str(pair.rejected),
        "principles": list(pair.principles),
        "similarity": pair.similarity,
    }
    if pair.record.provenance:
        row["provenance"] = pair.record.provenance.model_dump(exclude_none=True)
    return row


def revision_rows(
    record: Record, which: Which, reasons: Counter[str], *, keep_reasoning: bool = False
) -> Iterator[tuple[Row, Row]]:
    """SFT rows with their provenance: the prompt, answered by each usable revision, or by the last.

    An answer that no critique faulted stands as it is (paper 3.1 trains on the texts of all rounds).
    """
    for place, candidate in enumerate(record.candidates):
        found = texts(place, candidate)
        usable = found[1:] or (found if _sound(candidate.rounds) and candidate.finish_reason != "length" else [])
        if not usable:
            reasons["no_usable_text"] += 1
        seen = set()
        for address in usable if which == "all" else usable[-1:]:
            if address.text in seen:
                continue
            seen.add(address.text)
            yield (
                {"messages": [*_turns(record.prompt), _said(address, keep_reasoning)]},
                {"id": record.id, "text": str(address)},
            )


def critique_rows(record: Record, brief: Brief, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
    """SFT rows that teach the model to explain why a text breaks a principle: the critique conversation as it was held."""
    for place, candidate in enumerate(record.candidates):
        history = candidate.history()
        for number, turn in enumerate(candidate.rounds, 1):
            if turn.critique is None:
                reasons["no_critique"] += 1
                continue
            if turn.critique.finish_reason == "length":
                reasons["critique_truncated"] += 1
                continue
            principle = brief.constitution.find(turn.principle)
            request = brief.critique_request(record.prompt, history[number - 1], principle, Sampling())
            said = critique_json(turn.critique) if brief.structured else turn.critique.text
            row = {"messages": [*_turns(request.messages), {"role": "assistant", "content": said}]}
            yield row, {"id": record.id, "text": f"{place}.{number - 1}", "principle": turn.principle}


def _sound(rounds: tuple[Any, ...]) -> bool:
    return bool(rounds) and all(turn.critique and turn.critique.verdict == "complies" for turn in rounds)


def _turns(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    return [message.model_dump() for message in messages]


def _said(address: Address, keep_reasoning: bool) -> dict[str, str]:
    thought = f"<think>\n{address.reasoning}\n</think>\n\n" if keep_reasoning and address.reasoning else ""
    return {"role": "assistant", "content": thought + address.text}
