"""The forms of input row that caigen reads, beside its own records.

`FORMS` is the registry: a name, the fields that such a row has, and its reader. The first form whose fields are all
there is taken. A reader takes the fields that it uses out of `fields`; what is left goes to the record's `meta`.
`REFUSED` holds what is known and not read, with the way.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from caigen.io import preferences
from caigen.io.messages import Conversation, ShapeError, parse_conversation, split_answer
from caigen.io.reading import Fields, Reading, text_or_none
from caigen.records import Message

SYSTEM_FIELDS = ("system", "system_prompt")
MAX_NAMES, MAX_NAME_CHARS = 12, 40  # of fields in an error message
OTHER_FORMS = "docs/inputs.md lists what is read"


class Form(NamedTuple):
    """A form of row: the fields by which it is known, and its reader."""

    name: str
    needs: tuple[str, ...]
    read: Callable[[Fields], Reading]


class Refused(NamedTuple):
    """A form of row that is known and not read: what it is, and the way."""

    needs: tuple[str, ...]
    why: str


def form_of(fields: Fields) -> Form:
    """The form of a row.

    Raises ShapeError where it has none: what the row looks like, the fields it has, and the option to use.
    """
    for form in FORMS:
        if _has_all(fields, form.needs):
            return form
    names = shown_names(fields)
    for refused in REFUSED:
        if _has_all(fields, refused.needs):
            raise ShapeError(f"not a prompt: {refused.why} (fields: {names})")
    if not names:
        raise ShapeError(f"not a prompt: the row has no fields; {OTHER_FORMS}")
    raise ShapeError(f"not a prompt: the row has {names}; --prompt-field NAME says which is the prompt; {OTHER_FORMS}")


def is_known(value: object) -> bool:
    """Whether a value is a row of some form, or a record of caigen."""
    if not isinstance(value, dict):
        return False
    return "schema" in value or any(_has_all(spelled_as_known(value), form.needs) for form in FORMS)


def shown_names(fields: Iterable[str]) -> str:
    """Names of fields for an error message, the first of them if they are many."""
    names = [ascii(name[:MAX_NAME_CHARS])[1:-1] if not name.isprintable() else name[:MAX_NAME_CHARS] for name in fields]
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(f'"{name}"' for name in names[:MAX_NAMES]) + more


def _has_all(fields: Fields, names: tuple[str, ...]) -> bool:
    """Whether all fields are there; one that is null is not."""
    for name in names:  # noqa: SIM110 - asked of each row for each form, and a loop is quick
        if fields.get(name) is None:
            return False
    return True


def spelled_as_known(fields: Fields) -> Fields:
    """The fields, those that differ from a known name in capitals and spaces alone under that name, as `Prompt `."""
    known: Fields = {}
    for name, value in fields.items():
        plain = name.strip().lower().replace(" ", "_")
        known[plain if plain in KNOWN_NAMES and plain not in fields else name] = value
    return known


def _read_prompt(fields: Fields) -> Reading:
    """`prompt`: a text or messages, with the answer beside it, or at its end."""
    prompt = fields.pop("prompt")
    messages = parse_conversation(prompt, "prompt")
    answer = _pop_response(fields) or _pop_completion(fields)
    messages = with_system(fields, messages)
    if answer is None:
        messages, answer = split_answer(messages)  # messages may end with the answer
    return Reading(messages, answer)


def _read_conversation(fields: Fields, field: str) -> Reading:
    """A list of messages: a prompt, with an answer if they end with the assistant."""
    return _reading(split_answer(with_system(fields, parse_conversation(fields.pop(field), field))))


def _read_batch(fields: Fields, field: str) -> Reading:
    """A request of a batch file, OpenAI's `body` or Anthropic's `params`; its other settings go to `meta`."""
    body = fields.pop(field)
    if "embeddings" in str(fields.get("url")):
        raise ShapeError("a request for an embedding has no prompt")
    kinds = ("messages", "input", "prompt")
    kind = next((kind for kind in kinds if isinstance(body, dict) and body.get(kind) is not None), None)
    if kind is None:
        raise ShapeError(f'"{field}" has no "messages", "input" or "prompt"')
    for key in ("method", "url"):
        fields.pop(key, None)
    fields.update({key: value for key, value in body.items() if key != kind})
    return _read_body(fields, body[kind], f"{field}.{kind}")


def _read_responses_body(fields: Fields) -> Reading:
    """`model` and `input`: a request of OpenAI's Responses API."""
    return _read_body(fields, fields.pop("input"), "input")


def _read_body(fields: Fields, content: object, field: str) -> Reading:
    """The messages of a request, after its `instructions` (Responses) or `system` (Anthropic)."""
    messages = parse_conversation(content, field)
    return _reading(split_answer(with_system(fields, messages, ("instructions", *SYSTEM_FIELDS))))


def _read_alpaca(fields: Fields) -> Reading:
    """`instruction` with `input` or `context` below it; the answer is `output` or `response`."""
    messages = parse_conversation(fields.pop("instruction"), "instruction")
    if "input" not in fields and "context" in fields:  # Dolly's name
        fields["input"] = fields.pop("context")
    messages = preferences.with_input(messages, fields)
    messages = with_system(fields, [*_pop_history(fields), *messages])
    return Reading(messages, _pop_text(fields, "output", "response", "completion", "answer"))


def _pop_history(fields: Fields) -> list[Message]:
    """Earlier turns as LLaMA-Factory has them: pairs of a question and an answer. Anything else stays in `fields`."""
    history = fields.get("history")
    pairs = history if isinstance(history, list) else []
    turns = [text for pair in pairs if isinstance(pair, list) and len(pair) == 2 for text in pair]
    if not all(isinstance(text, str) for text in turns) or len(turns) != 2 * len(pairs):
        return []
    fields.pop("history", None)
    return [Message(role="assistant" if index % 2 else "user", content=text) for index, text in enumerate(turns)]


def _read_instances(fields: Fields) -> Reading:
    """`instruction` and `instances`, each with an `input` and an `output` (self-instruct): the first one is taken."""
    instances = fields["instances"]
    if not isinstance(instances, list) or not instances or not isinstance(instances[0], dict):
        raise ShapeError('"instances" is not a list of objects with "input" and "output"')
    if len(instances) == 1:
        del fields["instances"]
    row = {"instruction": fields.pop("instruction"), **instances[0]}
    return _read_alpaca(row)


def _read_question(fields: Fields, field: str) -> Reading:
    """A column of questions, with a column of answers in one of the usual names."""
    if text_or_none(fields.get("context")):
        raise ShapeError(f'"{field}" is asked about "context": write both into one field "prompt"')
    messages = with_system(fields, parse_conversation(fields.pop(field), field))
    return Reading(messages, _pop_text(fields, *ANSWER_FIELDS))


def _read_columns(fields: Fields, prompt: str, answer: str) -> Reading:
    """Two columns of texts."""
    messages = with_system(fields, parse_conversation(fields.pop(prompt), prompt))
    return Reading(messages, _pop_text(fields, answer))


def _read_goal(fields: Fields) -> Reading:
    """`goal` (AdvBench): a request; its `target` is what an attack wants to hear, no answer of a model."""
    return Reading(parse_conversation(fields.pop("goal"), "goal"))


def _read_behavior(fields: Fields) -> Reading:
    """`question` with `answer_matching_behavior` (Anthropic's model-written evaluations)."""
    why = 'an answer that matches a behavior is not a better one: write the better one to "chosen"'
    return Reading(parse_conversation(fields.pop("question"), "question"), no_sides=why)


def with_system(fields: Fields, messages: list[Message], names: tuple[str, ...] = SYSTEM_FIELDS) -> list[Message]:
    """The messages, after the system message of a field of its own; a system message that is there already wins."""
    for name in names:
        system = fields.get(name)
        if isinstance(system, str) and system.strip() and messages[0].role != "system":
            del fields[name]
            return [Message(role="system", content=system), *messages]
    return messages


def _reading(conversation: Conversation) -> Reading:
    return Reading(conversation.messages, conversation.answer)


def _pop_response(fields: Fields) -> str | None:
    """The text of `response`.

    Raises ShapeError for anything but a text.
    """
    response = fields.pop("response", None)
    text = text_or_none(response)
    if response is not None and text is None:
        raise ShapeError('"response" is not a text')
    return text


def _pop_completion(fields: Fields) -> str | None:
    """The text of `completion`: a text, or one message of the assistant. None for all else, which stays in `meta`."""
    completion = fields.get("completion")
    if isinstance(completion, list) and len(completion) == 1 and isinstance(completion[0], dict):
        message = completion[0]
        completion = message.get("role") == "assistant" and message.get("content")
    text = text_or_none(completion)
    if text is not None:
        del fields["completion"]
    return text


def _pop_text(fields: Fields, *names: str) -> str | None:
    """The first of these fields that is a text, or a list of one text; the others stay in `meta`."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        text = text_or_none(value)
        if text is not None:
            del fields[name]
            return text
    return None


QUESTION_FIELDS = ("question", "query", "problem")
ANSWER_FIELDS = ("response", "answer", "answers", "responses", "completion", "output", "solution")

# the first form whose fields are all there is taken, so a form stands before those whose fields are among its own
FORMS: tuple[Form, ...] = (
    *(
        Form(name, preferences.needs_of(form), partial(preferences.read_two_answers, form=form))
        for name, form in preferences.TWO_ANSWERS.items()
    ),
    Form("Chatbot Arena", ("conversation_a", "conversation_b", "winner"), preferences.read_arena),
    Form(
        "OpenAI preference",
        ("input", "preferred_output", "non_preferred_output"),
        preferences.read_openai_preference,
    ),
    Form("HHH", ("input", "target_scores"), preferences.read_scored),
    Form("HHH", ("input", "targets"), preferences.read_scored),
    Form("prompt", ("prompt",), _read_prompt),
    Form("messages", ("messages",), partial(_read_conversation, field="messages")),
    Form("ShareGPT", ("conversations",), partial(_read_conversation, field="conversations")),
    Form("conversation", ("conversation",), partial(_read_conversation, field="conversation")),
    Form("OpenAI batch", ("body",), partial(_read_batch, field="body")),
    Form("Anthropic batch", ("params",), partial(_read_batch, field="params")),
    Form("UltraFeedback", ("instruction", "completions"), preferences.read_ultrafeedback),
    Form("self-instruct", ("instruction", "instances"), _read_instances),
    Form("Alpaca", ("instruction",), _read_alpaca),
    Form("model-written evaluation", ("question", "answer_matching_behavior"), _read_behavior),
    *(Form(name, (name,), partial(_read_question, field=name)) for name in QUESTION_FIELDS),
    Form("AdvBench", ("goal",), _read_goal),
    Form("Responses API", ("model", "input"), _read_responses_body),
    Form("input/output", ("input", "output"), partial(_read_columns, prompt="input", answer="output")),
    Form("inputs/targets", ("inputs", "targets"), partial(_read_columns, prompt="inputs", answer="targets")),
    Form("input/chosen/rejected", ("input", "chosen", "rejected"), partial(_read_question, field="input")),
    Form("chosen/rejected", ("chosen", "rejected"), preferences.read_dialogues),
)

REFUSED: tuple[Refused, ...] = (
    Refused(
        ("response",),
        "an answer without a prompt, such as an answer of an OpenAI batch, which lacks the prompt: give the batch's "
        "requests, or say with --prompt-field which field is the prompt",
    ),
    Refused(("choices",), "an answer of a server, which lacks the prompt"),
    Refused(("constitutions",), "a constitution of llm-swarm: give it to --constitution"),
    Refused(("harmful0",), "the paper's critique and revision requests: give the file to --constitution"),
    Refused(("turns",), "questions of several turns: --prompt-field turns.0 takes the first"),
    Refused(("contents",), 'a request of the Gemini API: write its texts as "messages"'),
    Refused(("input_ids",), "token ids, not texts"),
    Refused(("chosen",), '"chosen" without "rejected" and without a prompt: --prompt-field chosen takes its messages'),
    Refused(("rejected",), '"rejected" without "chosen" and without a prompt'),
    Refused(("text",), "a column of texts, which may be documents: --prompt-field text takes them as prompts"),
    Refused(("input",), "--prompt-field input takes its input as the prompt"),
)
KNOWN_NAMES = frozenset(
    [name for form in FORMS for name in form.needs]
    + [*ANSWER_FIELDS, *SYSTEM_FIELDS, "input", "chosen", "rejected", "context", "id", "history"]
)
