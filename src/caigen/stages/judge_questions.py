"""The questions to a judge: which text is better, does a text break a rule, how well does it follow the rule."""

from collections.abc import Sequence

from caigen.records import Message
from caigen.stages.templates import Templates, conversation_values, transcript


def compare_prompt(  # noqa: PLR0917
    templates: Templates, prompt: Sequence[Message], a: str, b: str, principle: str, *, name: str = "compare"
) -> str:
    """Two answers and the text of a principle -> the A/B question (paper 4.1). `name` is the template's."""
    return templates.fill(name, **conversation_values(prompt, a, b), rule=principle, a=a, b=b)


def verdict_prompt(templates: Templates, prompt: Sequence[Message], answer: str, principle: str) -> str:
    """One answer and the text of a principle -> the Yes/No question: does the answer break the rule?"""
    return templates.fill("verdict", **_answer_values(prompt, answer), rule=principle)


def rating_prompt(templates: Templates, prompt: Sequence[Message], answer: str, principle: str, *, top: int) -> str:
    """One answer and the text of a principle -> the rating question: how well is the rule followed, from 1 to `top`?"""
    return templates.fill("rating", **_answer_values(prompt, answer), rule=principle, top=str(top))


def _answer_values(prompt: Sequence[Message], answer: str) -> dict[str, str]:
    """The template values of a conversation and its last answer; `transcript` includes the answer."""
    messages = [*prompt, Message(role="assistant", content=answer)]
    return {**conversation_values(prompt, answer), "transcript": transcript(messages), "answer": answer}
