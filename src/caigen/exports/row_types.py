"""The types of each trainer's rows (`ROW_TYPES`), by which pydantic tells whether a file holds them.

They follow formats.py; a trainer's own loader has the last word (docs/exports.md).
"""

from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,  # before Python 3.12 pydantic takes no other
)

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from caigen.exports.formats import Kind

Text = Annotated[str, Field(min_length=1)]
Index = Annotated[int, Field(ge=0)]
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
PRIVATE = "_"  # the names of all types begin so: in a path of pydantic's they are no fields of the row


@with_config(STRICT)
class _Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


@with_config(STRICT)
class _TrainedMessage(_Message):
    training: bool


Messages = Annotated[list[_Message], Field(min_length=1)]
OneMessage = Annotated[list[_Message], Field(min_length=1, max_length=1)]


# Preference pairs


@with_config(STRICT)
class _Preference(TypedDict):
    prompt: Messages
    chosen: OneMessage
    rejected: OneMessage
    margin: NotRequired[float]


@with_config(STRICT)
class _WholeConversations(TypedDict):
    chosen: Messages
    rejected: Messages
    margin: NotRequired[float]


@with_config(STRICT)
class _LabelledText(TypedDict):
    prompt: Messages
    completion: OneMessage
    label: bool


@with_config(STRICT)
class _RankedCompletion(TypedDict):
    rank: int
    completion: OneMessage


@with_config(STRICT)
class _Ranking(TypedDict):
    context: Messages
    completions: Annotated[list[_RankedCompletion], Field(min_length=2, max_length=2)]


@with_config(STRICT)
class _LastMessages(TypedDict):
    conversations: Messages
    chosen: _Message
    rejected: _Message


# Rows for supervised fine-tuning, and token labels


@with_config(STRICT)
class _Completion(TypedDict):
    prompt: Messages
    completion: OneMessage


@with_config(STRICT)
class _PlainCompletion(TypedDict):
    prompt: Text
    completion: Text


@with_config(STRICT)
class _Conversation(TypedDict):
    messages: Messages


@with_config(STRICT)
class _TrainedConversation(TypedDict):
    messages: Annotated[list[_TrainedMessage], Field(min_length=2)]


@with_config(STRICT)
class _InputOutput(TypedDict):
    input: Messages
    output: OneMessage


@with_config(STRICT)
class _FaultySpan(TypedDict):
    start: Index
    end: Index
    tokens: Annotated[list[Index], Field(min_length=2, max_length=2)]
    principle: Text
    severity: Annotated[int, Field(ge=0, le=3)]
    quote: Text


@with_config(STRICT)
class _TokenLabels(_Completion):
    input_ids: Annotated[list[Index], Field(min_length=1)]
    labels: list[Literal[0, 1, -100]]
    spans: list[_FaultySpan]


# Prompts


@with_config(STRICT)
class _Prompt(TypedDict):
    prompt: Messages
    id: Text


@with_config(STRICT)
class _OpenrlhfPrompt(TypedDict):
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


ROW_TYPES: dict[tuple[str, Kind], Any] = {
    ("trl", "pairs"): _Preference,
    ("trl", "sft"): _Completion | _PlainCompletion,
    ("trl", "prompts"): _Prompt,
    ("trl", "spans"): _TokenLabels,
    ("trl-reward", "pairs"): _WholeConversations,
    ("trl-kto", "pairs"): _LabelledText,
    ("openrlhf", "pairs"): _Preference,
    ("openrlhf", "sft"): _InputOutput,
    ("openrlhf", "prompts"): _OpenrlhfPrompt,
    ("axolotl", "pairs"): _Preference,
    ("axolotl", "sft"): _TrainedConversation,
    ("llama-factory", "pairs"): _LastMessages,
    ("llama-factory", "sft"): _Conversation,
    ("torchtune", "pairs"): _WholeConversations,
    ("torchtune", "sft"): _Conversation,
    ("nemo-rl", "pairs"): _Ranking,
    ("nemo-rl", "sft"): _Conversation,
    ("nemo-rl", "prompts"): _Prompt,
    ("verl", "sft"): _Conversation,
    ("verl", "prompts"): _VerlPrompt,
}
