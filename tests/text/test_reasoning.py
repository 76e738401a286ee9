"""Thoughts apart from answers, in texts of known and of unknown models."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.engines.base import Completion
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import RequestError
from caigen.judge.judge import Judge
from caigen.stages.requests import PromptSettings
from caigen.text import reasoning
from caigen.text.reasoning import FORMATS, HARMONY, Format, detect, read, split_at_markers, split_thought

THINK = next(known for known in FORMATS if known.name == "think")
TAGS = [known for known in FORMATS if known is not HARMONY]
STEPS = "Here are my reasoning steps:"
CHANNELS = "<|channel|>analysis<|message|>2 plus 2.<|end|><|start|>assistant<|channel|>final<|message|>It is 4."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 plus 2.\n</think>\n\nIt is 4.", ("It is 4.", "2 plus 2.")),
        ("2 plus 2.\r\n</think>\r\n\r\nIt is 4.", ("It is 4.", "2 plus 2.")),
        ("<think>\n2 plus 2.\n</think>\n\nIt is 4.", ("It is 4.", "2 plus 2.")),
        ("<think>\n2 plus 2, and then", ("", "2 plus 2, and then")),
        ("<think>2.</think>It is 4. </think> closes <think>.", ("It is 4. </think> closes <think>.", "2.")),
        (CHANNELS, ("It is 4.", "2 plus 2.")),
        ("<|start|>assistant" + CHANNELS, ("It is 4.", "2 plus 2.")),
        ("<|channel|>final<|message|>It is 4.<|return|>", ("It is 4.", None)),
        ("<|channel|>analysis<|message|>2 plus", ("", "2 plus")),
        ("analysisThey ask.assistantfinalIt is 4.", ("It is 4.", "They ask.")),
        ("analysisThey ask for", ("", "They ask for")),
        ("[THINK]2 plus 2.[/THINK]It is 4.", ("It is 4.", "2 plus 2.")),
        ("<seed:think>2 plus 2.</seed:think>It is 4.", ("It is 4.", "2 plus 2.")),
        ("<reasoning>\n2.\n</reasoning>\n<answer>\nIt is 4.\n</answer>", ("It is 4.", "2.")),
        ("<think>2.</think><response>It is 4.</response>", ("It is 4.", "2.")),
        ("<|START_THINKING|>2.<|END_THINKING|><|START_RESPONSE|>4.<|END_RESPONSE|>", ("4.", "2.")),
        ("<|channel>thought\n2.<channel|>It is 4.", ("It is 4.", "2.")),
        ("<thinking>\n2.\n</thinking>\nIt is 4.", ("It is 4.", "2.")),
        ("<think>2.</think>\n<think>So 4.</think>It is 4.", ("It is 4.", "2.\nSo 4.")),
        ("<think>2.</think><think>So", ("", "2.\nSo")),
        ("<think></think><think></think>It is 4.", ("It is 4.", "")),
        ("<THINK>2 plus 2.</THINK>It is 4.", ("It is 4.", "2 plus 2.")),
        ("2 plus 2.\n</THINK>\n\nIt is 4.", ("It is 4.", "2 plus 2.")),
        (STEPS + "\n2 plus 2.\n[BEGIN FINAL RESPONSE]\nIt is 4.\n[END FINAL RESPONSE]", ("It is 4.", "2 plus 2.")),
        ("2 plus 2.\n[BEGIN FINAL RESPONSE]\nIt is 4.\n[END FINAL RESPONSE]\n", ("It is 4.", "2 plus 2.")),
        (STEPS + "\n2.\n[BEGIN FINAL RESPONSE]\n" + STEPS + " 4.", (STEPS + " 4.", "2.")),
    ],
)
def test_a_thought_at_the_beginning(text: str, expected: tuple[str, str | None]) -> None:
    assert split_thought(text) == expected
    assert split_thought("\n " + text) == expected or "</think>" in text


@pytest.mark.parametrize(
    "text",
    [
        "The tag </think> closes the part that <think> opened.",
        "Use <think> and </think> tags around the plan. They are then stripped.",
        "Close the thought with </think> and then write.",
        "Two lines:\n<think>\nplan\n</think>\n\nThen the answer.",
        "```\nplan\n</think>\n\nanswer\n```",
        "plan\n</think>\nno blank line",
        "plan\n</think>\n\n",
        "plan\n</think>\n\nmore\n</think>\n\nmore",
        STEPS + "\n1. Add two.\n2. Say four.\n",
        "It closes with [BEGIN FINAL RESPONSE].",
        "It closes with\n[BEGIN FINAL RESPONSE] as a mark.",
        "analysis of the market\n\nassistantfinal",
        "analysis is a branch of mathematics",
        "Channels are written <|channel|>analysis<|message|>.",
        "  spaces stay  ",
    ],
)
def test_a_text_that_only_speaks_of_tags_stays_whole(text: str) -> None:
    assert split_thought(text) == (text, None)


def test_an_unopened_thought_is_for_models_of_which_nothing_is_known() -> None:
    text = "plan\n</think>\n\nanswer"
    assert split_thought(text) == ("answer", "plan")
    assert split_thought(text, unopened=False) == (text, None)


@pytest.mark.parametrize("known", TAGS, ids=lambda known: known.name)
def test_each_format_is_read_where_it_is_known(known: Format) -> None:
    whole = f"{known.open}hm{known.close}{known.between}yes"
    assert read(split_at_markers(whole, known), known) == ("yes", "hm")
    assert read(split_at_markers(f"hm{known.close}yes", known), known, opened=True) == ("yes", "hm")
    assert read(split_at_markers("never ends", known), known, opened=True) == ("", "never ends")
    if not known.plain_words:  # words alone are an answer like any other
        assert read(split_at_markers(known.open + "never ends", known), known) == ("", "never ends")
    assert read(split_at_markers(f"yes{known.end}", known), known) == ("yes", None)
    said = f"It writes {known.open}x{known.close} around it."
    assert read(split_at_markers(said, known), known) == (said, None)
    assert read(split_at_markers(f"yes {known.close} no", known), known) == (f"yes {known.close} no", None)


def test_channels_of_gpt_oss() -> None:
    assert read(split_at_markers(CHANNELS, HARMONY), HARMONY) == ("It is 4.", "2 plus 2.")
    assert read(
        split_at_markers("2 plus<|end|><|start|>assistant<|channel|>final<|message|>4", HARMONY), HARMONY, opened=True
    ) == (
        "4",
        "2 plus",
    )
    assert read(split_at_markers("straight away", HARMONY), HARMONY) == ("straight away", None)
    assert read(split_at_markers("<|channel|>commentary to=f<|message|>{}<|call|>", HARMONY), HARMONY) == ("", "{}")
    assert read(split_at_markers("<|channel|>analysis<|message|>cut off", HARMONY), HARMONY) == ("", "cut off")


def test_a_family_is_told_by_template_or_tokens() -> None:
    assert detect("{{ messages }}", set()) == (None, False)
    assert detect("...<think>\n...", set()) == (THINK, True)
    assert detect("{{ messages }}", {"<think>", "</think>"}) == (THINK, False)
    apriel, capitals = (next(one for one in FORMATS if one.name == name) for name in ("apriel", "think-capitals"))
    assert detect("{# <thinking> #} … [BEGIN FINAL RESPONSE] …", set()) == (apriel, True)
    assert detect("{{ messages }}", {"[BEGIN FINAL RESPONSE]"}) == (apriel, False)
    assert detect("Say: " + STEPS, set()) == (None, False)
    assert detect("{{ messages }}<THINK>", set()) == (capitals, True)
    assert detect("<|start|>{{ role }}<|channel|>final<|message|>", set()) == (HARMONY, True)
    assert detect("<|start|>{{ role }}<|end|>", {"<|start|>", "<|end|>"}) == (None, False)


@given(st.text(alphabet=st.sampled_from("ab \n<>/")), st.sampled_from(TAGS))
def test_nothing_of_a_text_is_lost(text: str, known: Format) -> None:
    answer, thought = split_thought(f"{known.open}{text}{known.close} end")
    assert (answer, thought) == ("end", text.strip())
    assert reasoning.has_closing_marker(f"{text}{known.close}", known)


def test_a_judge_never_reads_the_thought(prompt_settings: PromptSettings) -> None:
    judge = Judge(ScriptedEngine(lambda request: Completion("", choices={"Yes": -3.0, "No": -0.05})), prompt_settings)
    texts = ["4.", "<think>It never fails?</think>\n\n4.", "It never fails?\n</think>\n\n4."]
    scores = [asyncio.run(judge.score("How much is 2 + 2?", text)).reward for text in texts]
    assert isinstance(judge.engine, ScriptedEngine)
    shown = {turn.content for request in judge.engine.asked for turn in request.messages}
    assert scores[0] == scores[1] == scores[2]
    assert not any("It never fails?" in said for said in shown)
    asyncio.run(judge.compare("How much is 2 + 2?", texts[1], "5.", "GEN-001"))
    assert "It never fails?" not in judge.engine.asked[-1].messages[-1].content
    with pytest.raises(RequestError, match="a thought that never ended"):
        asyncio.run(judge.score("How much is 2 + 2?", "<think>It never fails?"))
