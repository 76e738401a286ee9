"""Forms of preference rows: two answers to one prompt, of which one is known to be better."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from caigen.io.messages import ShapeError, is_dialogue, parse_conversation, parse_hh, parse_messages
from caigen.io.reading import SIDES, Fields, Reading, Side, last_answer, parse_side, without_system
from caigen.records import Message

Sides = Mapping[Side, str]
CHOICE_WORDS = {"model_a": -1, "model_b": 1, "tie": 0, "tie (bothbad)": 0}


class TwoAnswers(NamedTuple):
    """A form with two answers and a choice. `better` gives -1 for a choice of the first answer, 1 for the second, 0 for
    neither; without it the sign of the choice says so.
    """

    prompt: str
    first: str
    second: str
    choice: str
    better: Mapping[float, int] | None = None


TWO_ANSWERS = {
    "PKU-SafeRLHF": TwoAnswers("prompt", "response_0", "response_1", "better_response_id", {0: -1, 1: 1}),
    "HelpSteer2 preference": TwoAnswers("prompt", "response_1", "response_2", "preference_strength"),
    "HelpSteer3 preference": TwoAnswers("context", "response1", "response2", "overall_preference"),
    "SHP": TwoAnswers("history", "human_ref_A", "human_ref_B", "labels", {1: -1, 0: 1}),
    "AlpacaFarm preference": TwoAnswers("instruction", "output_1", "output_2", "preference", {1: -1, 2: 1}),
}


def needs_of(form: TwoAnswers) -> tuple[str, ...]:
    """The fields by which such a row is known."""
    return (form.prompt, form.first, form.second, form.choice)


def read_two_answers(fields: Fields, form: TwoAnswers) -> Reading:
    """A prompt and two answers, with a number that says which is better."""
    messages = parse_conversation(fields.pop(form.prompt), form.prompt)
    if form.prompt == "instruction":  # Alpaca's, which may have an input
        messages = with_input(messages, fields)
    choice = fields[form.choice]

    def side(name: Side) -> str:
        sign = _sign(choice, form)
        if sign == 0:
            raise ShapeError(f'"{form.choice}" is {choice}: neither answer is preferred')
        chosen, rejected = (form.first, form.second) if sign < 0 else (form.second, form.first)
        field = chosen if name == "chosen" else rejected
        return parse_side(fields[field], messages, field)

    return Reading(messages, side=side, side_fields=(form.first, form.second))


def read_arena(fields: Fields) -> Reading:
    """`conversation_a`, `conversation_b` and `winner` (Chatbot Arena): both begin with the same prompt."""
    names = ("conversation_a", "conversation_b")
    first, second = (parse_conversation(fields.pop(name), name) for name in names)
    winner = fields.get("winner")

    def order(_: Side) -> int:
        sign = CHOICE_WORDS.get(str(winner))
        if not sign:
            raise ShapeError(f'"winner" is {winner!r}: neither answer is preferred')
        return sign

    prompt = _shared_prompt(first, second, names)

    def side(name: Side) -> str:
        is_first = (order(name) < 0) == (name == "chosen")
        return _first_answer(first if is_first else second, prompt, names[0] if is_first else names[1])

    return Reading(prompt, side=side, side_fields=names)


def read_dialogues(fields: Fields) -> Reading:
    """`chosen` and `rejected`, two whole conversations: the messages that both begin with are the prompt."""
    sides = {side: _parse_dialogue(fields.pop(side), side) for side in SIDES}
    prompt = _shared_prompt(sides["chosen"], sides["rejected"], SIDES)
    return Reading(prompt, side=lambda name: _first_answer(sides[name], prompt, name), side_fields=SIDES)


def read_openai_preference(fields: Fields) -> Reading:
    """`input.messages`, `preferred_output` and `non_preferred_output` (OpenAI's preference tuning)."""
    given = fields.pop("input")
    if not isinstance(given, dict) or "messages" not in given:
        raise ShapeError('"input" has no "messages"')
    messages = parse_messages(given["messages"], "input.messages")
    names = {"chosen": "preferred_output", "rejected": "non_preferred_output"}
    return Reading(
        messages,
        side=lambda name: parse_side(fields[names[name]], messages, names[name]),
        side_fields=tuple(names.values()),
    )


def read_scored(fields: Fields) -> Reading:
    """`input` with `target_scores`, or with `targets` of `choices` and `labels` (HHH, BIG-bench)."""
    text = fields.pop("input")
    messages = parse_conversation(text, "input")
    if isinstance(text, str) and "\n\nAssistant:" in text and not is_dialogue(text):
        # BIG-bench leaves out the first "Human:" and the last "Assistant:", which it writes around each input
        messages = parse_hh(f"\n\nHuman: {text.strip()}")
    names = ("target_scores",) if fields.get("target_scores") is not None else ("targets",)

    def side(name: Side) -> str:
        return best_and_worst(_scores(fields))[name]

    return Reading(messages, side=side, side_fields=names)


def read_ultrafeedback(fields: Fields) -> Reading:
    """`instruction` and `completions`, each with a `response` and an `overall_score`."""
    messages = parse_conversation(fields.pop("instruction"), "instruction")
    completions = fields["completions"]

    def side(name: Side) -> str:
        if not isinstance(completions, list) or not all(isinstance(each, dict) for each in completions):
            raise ShapeError('"completions" is not a list of objects')
        scores = {str(each.get("response")): each.get("overall_score") for each in completions}
        return best_and_worst(scores)[name]

    return Reading(messages, side=side, side_fields=("completions",))


def best_and_worst(scores: object) -> Sides:
    """The texts with the highest and the lowest score, from a dict of texts and scores.

    Raises ShapeError where the scores tell none apart.
    """
    if not isinstance(scores, dict) or not all(isinstance(value, int | float) for value in scores.values()):
        raise ShapeError("the scores of the answers tell none apart: not all are numbers")
    if len(set(scores.values())) < 2:
        raise ShapeError("the scores of the answers tell none apart")
    ascending = sorted(scores, key=lambda text: float(scores[text]))
    return {"chosen": str(ascending[-1]), "rejected": str(ascending[0])}


def _scores(fields: Fields) -> object:
    """Texts and scores of an HHH row.

    Raises ShapeError.
    """
    scores = fields.get("target_scores")
    if scores is not None:
        return scores
    targets = fields.get("targets")
    try:
        return dict(zip(targets["choices"], targets["labels"], strict=True))  # type: ignore[index]
    except (TypeError, KeyError, ValueError) as error:
        raise ShapeError('"targets" needs "choices" and "labels" of one length') from error


def read_beside(fields: Fields, reading: Reading) -> Reading:
    """A reading with the `chosen` and `rejected` that stand beside its prompt, where there are some."""
    if reading.side or any(fields.get(side) is None for side in SIDES):
        return reading
    messages = _longer_prompt(fields, reading.messages)

    def side(name: Side) -> str:
        return parse_side(fields[name], messages, name)

    return Reading(messages, reading.answer, side, SIDES)


def _longer_prompt(fields: Fields, messages: list[Message]) -> list[Message]:
    """The shared beginning of two whole conversations, where the prompt is only one of its messages, as in Tulu's."""
    lists = [fields[side] for side in SIDES if isinstance(fields[side], list)]
    if len(lists) < 2 or len(without_system(messages)) > 1 or any(len(each) < 4 for each in lists):
        return messages
    chosen, rejected = (parse_messages(fields[side], side) for side in SIDES)
    shared = _shared_prompt(chosen, rejected, SIDES)
    return shared if messages[-1] in shared else messages


def with_input(messages: list[Message], fields: Fields) -> list[Message]:
    """The messages of an instruction, with Alpaca's `input` below the last one."""
    extra = fields.pop("input", None)
    if not isinstance(extra, str) or not extra.strip():
        return messages
    last = messages[-1]
    return [*messages[:-1], Message(role=last.role, content=f"{last.content}\n\n{extra}")]


def _parse_dialogue(value: object, side: str) -> list[Message]:
    if isinstance(value, str):
        try:
            return parse_hh(value)
        except ShapeError as error:
            raise ShapeError(f'"{side}": {error}; a row of answers alone needs its prompt in "prompt"') from error
    if isinstance(value, list):
        return parse_messages(value, side)
    raise ShapeError('"chosen" and "rejected" must be hh-rlhf dialogues (strings) or lists of messages')


def _shared_prompt(one: list[Message], other: list[Message], names: tuple[str, str]) -> list[Message]:
    """The messages that two conversations share at the beginning, up to the user's last one.

    Raises ShapeError if there are none.
    """
    prompt: list[Message] = []
    for message, counterpart in zip(one, other, strict=False):
        if message != counterpart:
            break
        prompt.append(message)
    while prompt and prompt[-1].role != "user":  # both answers may begin with the same message
        prompt.pop()
    if not prompt:
        raise ShapeError(f'"{names[0]}" and "{names[1]}" share no prompt')
    return prompt


def _first_answer(messages: list[Message], prompt: list[Message], field: str) -> str:
    """The text of the message after the prompt, if it is an answer."""
    rest = messages[len(prompt) :]
    if not rest or rest[0].role != "assistant" or not rest[0].content.strip():
        raise ShapeError(f"{field!r} has no answer to the shared prompt")
    return last_answer(rest[:1], field)


def _sign(choice: Any, form: TwoAnswers) -> float:
    """A negative number where the first answer is better, a positive one for the second, 0 for neither.

    Raises ShapeError.
    """
    try:
        number = float(choice)  # a CSV file holds it as a text
        return number if form.better is None else form.better[number]
    except (TypeError, ValueError, KeyError) as error:
        raise ShapeError(
            f'"{form.choice}" is {str(choice)[:20]!r}, which says of no answer that it is better'
        ) from error
