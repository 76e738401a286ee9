"""The questions that a judge is asked: which text is better, does it comply, how good is it."""

from collections.abc import Sequence

from caigen.records import Message
from caigen.stages.templates import Templates, shown_conversation, transcript


def compare_prompt(
    templates: Templates, prompt: Sequence[Message], a: str, b: str, rule: str, *, name: str = "compare"
) -> str:
    """The A/B question of stage two (paper 4.1), by default for the letter alone."""
    return templates.fill(name, **shown_conversation(prompt, a, b), rule=rule, a=a, b=b)


def verdict_prompt(templates: Templates, prompt: Sequence[Message], answer: str, rule: str) -> str:
    """The single-text question: does the last answer break the rule?"""
    return templates.fill("verdict", **_shown_answer(prompt, answer), rule=rule)


def rating_prompt(templates: Templates, prompt: Sequence[Message], answer: str, rule: str, top: int) -> str:
    """The single-text question with a scale: how well does the last answer follow the rule, from 1 to `top`?"""
    return templates.fill("rating", **_shown_answer(prompt, answer), rule=rule, top=str(top))


def _shown_answer(prompt: Sequence[Message], answer: str) -> dict[str, str]:
    """A conversation and its last answer; the plain `transcript` holds the answer as its last turn."""
    whole = transcript([*prompt, Message(role="assistant", content=answer)])
    return {**shown_conversation(prompt, answer), "transcript": whole, "answer": answer}
