"""Reading a critique, and finding its quotes in the text."""

import asyncio

import pytest

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import RequestError
from caigen.quotes import locate
from caigen.records import Candidate, Record
from caigen.stages.critique import critique, read_free, read_structured
from caigen.stages.prompts import Brief

ANSWER = "Tea \u2018always\u2019 helps.  It is a CURE\u2014really. \U0001f375 Drink it."


def test_exact_quotes_give_code_points() -> None:
    span = locate("\U0001f375 Drink", ANSWER)
    assert span is not None
    assert ANSWER[span.start : span.end] == "\U0001f375 Drink"


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("tea 'always' helps. it is a cure-really", "Tea \u2018always\u2019 helps.  It is a CURE\u2014really"),
        ("a  cure", "a CURE"),
        ("\u201cDrink.\u201d", "Drink"),
    ],
)
def test_quotes_that_differ_in_form_only_are_found(quote: str, found: str) -> None:
    span = locate(quote, ANSWER)
    assert span is not None
    assert ANSWER[span.start : span.end] == span.quote == found


def test_a_quote_is_rather_a_word_than_a_part_of_one() -> None:
    text = "It is secure, not a **sure** cure. Tea "
    for quote, start in (("cure", text.index("cure.")), ("it", 0), ("not a sure cure", 14), ("...not a sure cure", 14)):
        span = locate(quote, text)
        assert span is not None
        assert span.start == start


def test_accents_may_be_spelled_in_two_ways() -> None:
    for text, quote in (("un cafe\u0301 fort", "caf\u00e9"), ("un caf\u00e9 fort", "cafe\u0301")):
        span = locate(quote, text)
        assert span is not None
        assert text[span.start : span.end + 1].endswith(" ")


@pytest.mark.parametrize("quote", ["coffee", "", "  ", "tea helps"])
def test_other_quotes_are_not_found(quote: str) -> None:
    assert locate(quote, ANSWER) is None


def test_a_quote_that_is_not_there_stays_in_the_text_only() -> None:
    said = '{"text": "bad", "quotes": ["a CURE", "not there"], "verdict": "violates", "severity": 2}'
    read = read_structured(Completion(said, "stop"), ANSWER)
    assert read is not None
    assert [span.quote for span in read.spans] == ["a CURE"]
    assert read.quotes == ("a CURE", "not there")
    fenced = read_structured(Completion(f"```json\n{said}\n```", "stop"), ANSWER)
    assert fenced == read


@pytest.mark.parametrize(
    "said",
    [
        "",
        "It is fine.",
        '{"text": "bad"',
        '{"text": "x", "quotes": [], "verdict": "maybe", "severity": 1}',
        '{"text": "x", "quotes": [], "verdict": "violates", "severity": 9}',
    ],
)
def test_what_cannot_be_read_is_none(said: str) -> None:
    assert read_structured(Completion(said, "stop"), ANSWER) is None


def test_an_unreadable_critique_fails_the_row_and_never_gets_a_verdict(record: Record, brief: Brief) -> None:
    engine = ScriptedEngine(lambda request: "who knows")
    given_ = record.model_copy(update={"candidates": (Candidate(text=ANSWER),)})
    with pytest.raises(RequestError) as caught:
        asyncio.run(critique(given_, engine, brief, Sampling()))
    assert caught.value.kind == "critique_unparsed"
    assert len(engine.asked) == 2
    assert engine.asked[0].sampling.seed != engine.asked[1].sampling.seed


def test_free_text_carries_no_verdict() -> None:
    read = read_free(Completion("It promises too much.", "stop"))
    assert read is not None
    assert (read.verdict, read.spans) == ("unclear", ())
    assert read_free(Completion("", "stop")) is None


def test_a_critique_that_waits_is_not_asked_for_again(record: Record, brief: Brief) -> None:
    said = '{"text":"fine","quotes":[],"verdict":"violates","severity":1}'
    engine = ScriptedEngine(lambda request: said)
    given_ = record.model_copy(update={"candidates": (Candidate(text=ANSWER),)})
    once = asyncio.run(critique(given_, engine, brief, Sampling()))
    twice = asyncio.run(critique(once, engine, brief, Sampling()))
    assert once == twice
    assert len(engine.asked) == 1
    assert isinstance(engine.asked[0], Request)
