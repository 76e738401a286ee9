"""TRL's rows, the inner form of all exports: preference pairs, prompts, and prompts with completions.

Formats: huggingface.co/docs/trl/dataset_formats. Rows hold what the trainer reads and nothing else; rows of provenance
go beside them.
"""

from collections.abc import Iterable
from typing import Any

from caigen.exports.pairs import Pair
from caigen.records import Message, Record
from caigen.text.versions import Version

Row = dict[str, Any]


def pair_row(pair: Pair, *, keep_reasoning: bool = False) -> Row:
    """`{"prompt": messages, "chosen": [message], "rejected": [message]}`."""
    return {
        "prompt": message_rows(pair.record.prompt),
        "chosen": [answer_row(written_answer(pair.chosen, keep_reasoning=keep_reasoning))],
        "rejected": [answer_row(written_answer(pair.rejected, keep_reasoning=keep_reasoning))],
    }


def pair_provenance(pair: Pair) -> Row:
    """The provenance of a pair; line n of the sidecar belongs to line n of the rows."""
    row: Row = {
        "id": pair.record.id,
        "chosen": str(pair.chosen),
        "rejected": str(pair.rejected),
        "principles": list(pair.principles),
    }
    for key in ("similarity", "p", "margin"):
        value = getattr(pair, key)
        if value is not None:
            row[key] = value
    if pair.judged:
        row |= {"judge": pair.judge, "judged": list(pair.judged)}
    if pair.record.provenance:
        row["provenance"] = pair.record.provenance.model_dump(exclude_none=True)
    return row


def prompt_row(record: Record) -> Row:
    """`{"prompt": messages, "id": id}`, for GRPO and its like; a reward function gets the id as a column."""
    return {"prompt": message_rows(record.prompt), "id": record.id}


def completion_row(prompt: tuple[Message, ...], answer: str) -> Row:
    """Prompt and completion, so that a trainer learns the completion and none of the messages before it."""
    return {"prompt": message_rows(prompt), "completion": [answer_row(answer)]}


def plain_row(text: str, answer: str) -> Row:
    """A completion row of plain text."""
    return {"prompt": text, "completion": f" {answer}"}


def message_rows(messages: Iterable[Message]) -> list[dict[str, str]]:
    """Messages as dicts of `role` and `content`."""
    return [message.model_dump() for message in messages]


def answer_row(answer: str) -> dict[str, str]:
    """A message of the assistant."""
    return {"role": "assistant", "content": answer}


def written_answer(version: Version, *, keep_reasoning: bool) -> str:
    """The text of a version, behind its reasoning in `<think>` if that is kept."""
    if keep_reasoning and version.reasoning:
        return f"<think>\n{version.reasoning}\n</think>\n\n{version.text}"
    return version.text
