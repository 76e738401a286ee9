"""A labelled comparison -> Record with two candidates, the better one first.

Three shapes are read:

- hh-rlhf: `chosen`, `rejected` are dialogues;
- with a prompt: `prompt`, and `chosen`, `rejected` as texts or messages;
- HHH: `input` with `target_scores`, or with `targets` of `choices` and `labels`.

A `principle` names the principle that tells the two answers apart, `constitution` the constitution that has it.
"""

from typing import Any, NamedTuple

from caigen.io.messages import ShapeError
from caigen.io.rows import content_id, has_id, read_row
from caigen.records import Candidate, Record


class Answers(NamedTuple):
    """The texts of two answers to one prompt."""

    better: str
    worse: str


def read_comparison(row: object) -> Record:
    """The Record of one parsed row.

    Raises ShapeError.
    """
    if not isinstance(row, dict):
        raise ShapeError(f"not a JSON object but {type(row).__name__}")
    fields = dict(row)
    if "input" in fields and ("target_scores" in fields or "targets" in fields):
        prompt = fields.pop("input")
        return _with_answers(prompt, _pop_scored_answers(fields), fields)
    if "chosen" not in fields or "rejected" not in fields:
        raise ShapeError('not a labelled comparison: needs "chosen" and "rejected", or "input" and "target_scores"')
    if "prompt" in fields:
        prompt = fields.pop("prompt")
        answers = Answers(_answer_text(fields.pop("chosen")), _answer_text(fields.pop("rejected")))
        return _with_answers(prompt, answers, fields)
    return _from_dialogues(fields)


def _from_dialogues(fields: dict[str, Any]) -> Record:
    """The record of two dialogues that begin with the same prompt."""
    if fields.get("messages") is not None:  # would be read instead of the dialogues
        raise ShapeError('"messages" beside "chosen" and "rejected": name the prompt "prompt"')
    record = read_row(fields, take="chosen")
    candidates = (*record.candidates, *read_row(fields, take="rejected").candidates)
    if len(candidates) != 2:  # a null is no dialogue, and another field was read
        raise ShapeError('"chosen" and "rejected" must both be dialogues')
    return _with_candidates(record, candidates, own_id=has_id(fields))


def _with_answers(prompt: object, answers: Answers, fields: dict[str, Any]) -> Record:
    """The record of a prompt and two answers; what is left in `fields` goes to its `meta`."""
    record = read_row({**fields, "prompt": prompt})
    if record.candidates:
        raise ShapeError("the prompt ends with an answer")
    candidates = tuple(Candidate(text=text) for text in answers)
    return _with_candidates(record, candidates, own_id=has_id(fields))


def _with_candidates(record: Record, candidates: tuple[Candidate, ...], *, own_id: bool) -> Record:
    """The record with its candidates, under its own id or else one made from the prompt and both answers."""
    update: dict[str, Any] = {"candidates": candidates}
    if not own_id:
        update["id"] = content_id(record.prompt, "\0".join(candidate.text for candidate in candidates))
    return record.model_copy(update=update)


def _pop_scored_answers(fields: dict[str, Any]) -> Answers:
    """Take the scored answers of an HHH row out of its fields: those with the highest and the lowest score."""
    scores = fields.pop("target_scores", None)
    if scores is None:
        targets = fields.pop("targets", None)
        try:
            scores = dict(zip(targets["choices"], targets["labels"], strict=True))
        except (TypeError, KeyError, ValueError) as error:
            raise ShapeError('"targets" needs "choices" and "labels" of one length') from error
    are_numbers = isinstance(scores, dict) and all(isinstance(value, int | float) for value in scores.values())
    if not are_numbers or len(set(scores.values())) < 2:
        raise ShapeError("the scores of the answers tell none apart")
    ascending = sorted(scores, key=lambda text: float(scores[text]))
    return Answers(better=str(ascending[-1]), worse=str(ascending[0]))


def _answer_text(value: object) -> str:
    """The text of an answer: a text, or a list of messages that ends with the assistant's."""
    if isinstance(value, list) and value and isinstance(value[-1], dict):
        last = value[-1]
        is_answer = set(last) == {"role", "content"} and last["role"] == "assistant"
        value = is_answer and last["content"]
    if not isinstance(value, str) or not value.strip():
        raise ShapeError(
            '"chosen" and "rejected" must be texts, or lists of messages that end with the assistant\'s text'
        )
    return value
