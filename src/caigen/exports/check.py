"""Whether a file holds the rows that a trainer takes, by shape; and what shapes alone do not say.

The shapes are those of formats.py; a trainer's own loader has the last word (docs/exports.md).
"""

from collections.abc import Iterable
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,  # before Python 3.12 pydantic takes no other
)

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from caigen.exports.formats import FORMATS, Kind
from caigen.exports.formats import in_turn as speak_in_turn

Text = Annotated[str, Field(min_length=1)]
Place = Annotated[int, Field(ge=0)]
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@with_config(STRICT)
class _Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


@with_config(STRICT)
class _Trained(_Message):
    training: bool


Messages = Annotated[list[_Message], Field(min_length=1)]
Said = Annotated[list[_Message], Field(min_length=1, max_length=1)]


@with_config(STRICT)
class _Preference(TypedDict):
    prompt: Messages
    chosen: Said
    rejected: Said
    margin: NotRequired[float]


@with_config(STRICT)
class _Whole(TypedDict):
    chosen: Messages
    rejected: Messages
    margin: NotRequired[float]


@with_config(STRICT)
class _Unpaired(TypedDict):
    prompt: Messages
    completion: Said
    label: bool


@with_config(STRICT)
class _Ranked(TypedDict):
    rank: int
    completion: Said


@with_config(STRICT)
class _Ranking(TypedDict):
    context: Messages
    completions: Annotated[list[_Ranked], Field(min_length=2, max_length=2)]


@with_config(STRICT)
class _LastMessage(TypedDict):
    conversations: Messages
    chosen: _Message
    rejected: _Message


@with_config(STRICT)
class _Completed(TypedDict):
    prompt: Messages
    completion: Said


@with_config(STRICT)
class _Continued(TypedDict):
    prompt: Text
    completion: Text


@with_config(STRICT)
class _Fault(TypedDict):
    start: Place
    end: Place
    tokens: Annotated[list[Place], Field(min_length=2, max_length=2)]
    principle: Text
    severity: Annotated[int, Field(ge=0, le=3)]
    quote: Text


@with_config(STRICT)
class _Labelled(_Completed):
    input_ids: Annotated[list[Place], Field(min_length=1)]
    labels: list[Literal[0, 1, -100]]
    spans: list[_Fault]


@with_config(STRICT)
class _Conversation(TypedDict):
    messages: Messages


@with_config(STRICT)
class _TrainedConversation(TypedDict):
    messages: Annotated[list[_Trained], Field(min_length=2)]


@with_config(STRICT)
class _InputOutput(TypedDict):
    input: Messages
    output: Said


@with_config(STRICT)
class _Prompt(TypedDict):
    prompt: Messages
    id: Text


@with_config(STRICT)
class _LabelledPrompt(TypedDict):
    input: Messages
    label: str
    datasource: str


@with_config(STRICT)
class _VerlPrompt(TypedDict):
    data_source: Text
    prompt: Messages
    ability: str
    reward_model: dict[str, str]
    extra_info: dict[str, str]


SHAPES: dict[tuple[str, Kind], Any] = {
    ("trl", "pairs"): _Preference,
    ("trl", "sft"): _Completed | _Continued,
    ("trl", "prompts"): _Prompt,
    ("trl", "spans"): _Labelled,
    ("trl-reward", "pairs"): _Whole,
    ("trl-kto", "pairs"): _Unpaired,
    ("openrlhf", "pairs"): _Preference,
    ("openrlhf", "sft"): _InputOutput,
    ("openrlhf", "prompts"): _LabelledPrompt,
    ("axolotl", "pairs"): _Preference,
    ("axolotl", "sft"): _TrainedConversation,
    ("llama-factory", "pairs"): _LastMessage,
    ("llama-factory", "sft"): _Conversation,
    ("torchtune", "pairs"): _Whole,
    ("torchtune", "sft"): _Conversation,
    ("nemo-rl", "pairs"): _Ranking,
    ("nemo-rl", "sft"): _Conversation,
    ("nemo-rl", "prompts"): _Prompt,
    ("verl", "sft"): _Conversation,
    ("verl", "prompts"): _VerlPrompt,
}
MANY = 20  # faults that are told


def faults(rows: Iterable[object], to: str, kind: Kind) -> list[str]:
    """What is wrong with the rows, as `row N: what`; at most so many as are worth telling."""
    adapter: TypeAdapter[Any] = TypeAdapter(SHAPES[to, kind])
    form = FORMATS[to]
    found: list[str] = []
    with_margin: set[bool] = set()
    labels: dict[int, bool] = {}  # by the hash of a text and its prompt
    count = 0
    for count, row in enumerate(rows, 1):
        try:
            told: dict[str, Any] = adapter.validate_python(row)
            with_margin.add("margin" in told)
            beyond = _beyond_shape(told, in_turn=kind in form.in_turn) + _twice(told, labels)
            if "margin" in told and not form.margin:
                beyond.append(f"{to} reads no margin")
            found += [f"row {count}: {fault}" for fault in beyond]
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(part for part in map(str, first["loc"]) if not part.startswith("_"))  # no names of ours
            found.append(f"row {count}: {where or 'row'}: {first['msg'].lower()}")
        if len(found) >= MANY:
            return found
    if len(with_margin) > 1:
        found.append("some rows have a margin and some have none; a trainer reads it from the first row for all")
    return found if count else ["no rows"]


def _beyond_shape(row: dict[str, Any], *, in_turn: bool) -> list[str]:
    found = []
    told = row.get("prompt") or row.get("conversations") or row.get("context") or row.get("input")
    if isinstance(told, list) and told[-1]["role"] != "user":
        found.append("the prompt does not end with the user")
    if row.get("chosen") is not None and row.get("chosen") == row.get("rejected"):
        found.append("chosen and rejected are the same")
    for side in ("chosen", "rejected", "completion", "output", "messages"):
        last = _last(row.get(side))
        if last and (last["role"] != "assistant" or not last["content"].strip()):
            found.append(f"{side} does not end with something that the assistant said")
    turns = row.get("conversations") or row.get("messages")
    if in_turn and isinstance(turns, list) and not speak_in_turn(turns):
        found.append("user and assistant do not speak in turn")
    return found + (_beyond_labels(row) if "input_ids" in row else [])


def _beyond_labels(row: dict[str, Any]) -> list[str]:
    """What is wrong with token labels that have the right shape."""
    if len(row["labels"]) != len(row["input_ids"]):
        return [f"{len(row['labels'])} labels for {len(row['input_ids'])} tokens"]
    said = row["completion"][-1]["content"]
    found = []
    for span in row["spans"]:
        first, last = span["tokens"]
        if said[span["start"] : span["end"]] != span["quote"]:
            found.append(f"{span['start']}:{span['end']} of the completion is not {span['quote']!r}")
        if 1 not in row["labels"][first:last]:
            found.append(f"no token of {span['quote']!r} has the label 1")
    if 1 in row["labels"] and not row["spans"]:
        found.append("tokens have the label 1 without a span")
    return found


def _twice(row: dict[str, Any], labels: dict[int, bool]) -> list[str]:
    """What is wrong with a text that says whether it is good, where it stands in an earlier row too."""
    if "label" not in row or "completion" not in row:
        return []
    key = hash(repr((row["prompt"], row["completion"])))
    if key not in labels:
        labels[key] = row["label"]
        return []
    same = labels[key] == row["label"]
    return ["the same row stands there before" if same else "the same text stands there as good and as bad"]


def _last(told: object) -> dict[str, Any] | None:
    if isinstance(told, dict):
        return told
    return told[-1] if isinstance(told, list) and told else None
