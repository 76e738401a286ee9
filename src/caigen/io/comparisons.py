"""Comparisons whose answer is known, each as a Record with two candidates, the better one first.

Read are hh-rlhf lines (`chosen`, `rejected`: dialogues), rows with a prompt (`prompt`, `chosen`, `rejected`: texts or
messages), and HHH (`input` with `target_scores`, or `targets` of `choices` and `labels`). A `principle` names the rule that
tells the two apart, `constitution` where it stands.
"""

from typing import Any

from caigen.io.rows import ShapeError, content_id, has_id, read_row
from caigen.records import Candidate, Record


def read_comparison(row: object) -> Record:
    """One parsed line.

    Raises ShapeError.
    """
    if not isinstance(row, dict):
        raise ShapeError(f"not a JSON object but {type(row).__name__}")
    rest = dict(row)
    if "input" in rest and ("target_scores" in rest or "targets" in rest):
        return _pair(rest.pop("input"), *_hhh(rest), rest)
    if "chosen" not in rest or "rejected" not in rest:
        raise ShapeError('not a labelled comparison: needs "chosen" and "rejected", or "input" and "target_scores"')
    if "prompt" in rest:
        prompt, better, worse = rest.pop("prompt"), _said(rest.pop("chosen")), _said(rest.pop("rejected"))
        return _pair(prompt, better, worse, rest)
    taken = [read_row(rest, take="chosen"), read_row(rest, take="rejected")]
    both = tuple(record.candidates[0] for record in taken)
    own = content_id(taken[0].prompt, "\0".join(candidate.text for candidate in both))
    return taken[0].model_copy(update={"candidates": both, "id": taken[0].id if has_id(row) else own})


def _pair(prompt: object, better: str, worse: str, rest: dict[str, Any]) -> Record:
    record = read_row({**rest, "prompt": prompt})
    if record.candidates:
        raise ShapeError("the prompt ends with an answer")
    named = record.id if has_id(rest) else content_id(record.prompt, f"{better}\0{worse}")
    return record.model_copy(update={"id": named, "candidates": (Candidate(text=better), Candidate(text=worse))})


def _hhh(rest: dict[str, Any]) -> tuple[str, str]:
    """The texts with the highest and the lowest score."""
    targets = rest.pop("target_scores", None)
    if targets is None:
        found = rest.pop("targets", None)
        try:
            targets = dict(zip(found["choices"], found["labels"], strict=True))
        except (TypeError, KeyError, ValueError) as error:
            raise ShapeError('"targets" needs "choices" and "labels" of one length') from error
    numbers = isinstance(targets, dict) and all(isinstance(value, int | float) for value in targets.values())
    if not numbers or len(set(targets.values())) < 2:
        raise ShapeError("the scores of the answers tell none apart")
    order = sorted(targets, key=lambda text: float(targets[text]))
    return str(order[-1]), str(order[0])


def _said(value: object) -> str:
    """An answer: a text, or the last of a list of messages."""
    if isinstance(value, list) and value and isinstance(value[-1], dict):
        last = value[-1]
        value = last["content"] if set(last) == {"role", "content"} and last["role"] == "assistant" else None
    if not isinstance(value, str) or not value.strip():
        raise ShapeError(
            '"chosen" and "rejected" must be texts, or lists of messages that end with the assistant\'s text'
        )
    return value
