"""Reading a critique, and finding its quotes in the text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.engines.base import Completion
from caigen.stages.critique import MAX_OBJECTS, json_objects, read_free, read_structured
from caigen.text.quotes import locate

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


def test_what_is_quoted_twice_has_one_span() -> None:
    said = {"text": "x", "quotes": ["a cure", "A  CURE", "drink it"], "verdict": "violates", "severity": 1}
    found = read_structured(Completion(json.dumps(said)), ANSWER)
    assert found is not None
    assert [span.quote for span in found.spans] == ["a CURE", "Drink it"]


def test_accents_may_be_spelled_in_two_ways() -> None:
    for text, quote in (("un cafe\u0301 fort", "caf\u00e9"), ("un caf\u00e9 fort", "cafe\u0301")):
        span = locate(quote, text)
        assert span is not None
        assert text[span.start : span.end + 1].endswith(" ")


@pytest.mark.parametrize("quote", ["coffee", "", "  ", "tea helps"])
def test_other_quotes_are_not_found(quote: str) -> None:
    assert locate(quote, ANSWER) is None


SAID = '{"text": "bad", "quotes": ["a CURE", "not there"], "verdict": "violates", "severity": 2}'


def test_a_quote_that_is_not_there_has_no_span() -> None:
    read = read_structured(Completion(SAID, "stop"), ANSWER)
    assert read is not None
    assert [span.quote for span in read.spans] == ["a CURE"]
    assert read.quotes == ("a CURE", "not there")
    assert (read.verdict, read.severity, read.text) == ("violates", 2, "bad")


@pytest.mark.parametrize(
    "around",
    [
        "```json\n{}\n```",
        "```\n{}\n```\nI hope that this helps.",
        "Here is my critique {{as asked}}: {} That is all.",
        "{}\n\n{}",
        "Scores {{1: 2}} first.\n{}",
        'Scores {{"rule": 2}} first.\n{}\n{{"text": "more"}}',
    ],
)
def test_what_stands_around_the_json_is_passed_over(around: str) -> None:
    text = around.replace("{}", SAID).replace("{{", "{").replace("}}", "}")
    assert read_structured(Completion(text, "stop"), ANSWER) == read_structured(Completion(SAID, "stop"), ANSWER)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (
            '{"text": "use {braces} and } too", "quotes": [], "verdict": "complies", "severity": 0}',
            "use {braces} and } too",
        ),
        ('{"text": "two\nlines", "quotes": [], "verdict": "complies", "severity": 0}', "two\nlines"),
        ('{"text": "\\"so\\"", "quotes": [], "verdict": " Complies", "severity": "0", "more": 1}', '"so"'),
    ],
)
def test_the_same_said_otherwise_is_read(said: str, text: str) -> None:
    read = read_structured(Completion(said, "stop"), ANSWER)
    assert read is not None
    assert (read.text, read.verdict, read.severity) == (text, "complies", 0)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "It is fine.",
        '{"text": "bad"',
        '{"text": "x", "quotes": [], "verdict": "violates", "severity": 1',
        '{"text": "x", "quotes": [], "verdict": "maybe", "severity": 1}',
        '{"text": "x", "quotes": [], "verdict": "violates", "severity": 9}',
        '{"text": "x", "quotes": [], "verdict": "violates", "severity": true}',
        '{"text": "x", "quotes": [1], "verdict": "violates", "severity": 1}',
        '{"text": "x", "verdict": "violates", "severity": 1}',
        '{"text": "x", "quotes": [], "verdict": "violates", "severity": 1,}',
        '{"text": "x", "quotes": [], "verdict": "violates", "verdict": "complies", "severity": 1}',
        '{"text": "x \\ud800", "quotes": [], "verdict": "violates", "severity": 1}',
        "{'text': 'x', 'quotes': [], 'verdict': 'violates', 'severity': 1}",
        SAID + SAID.replace("violates", "complies"),
        '{"' + '[{"' * 2000,
        '{"a":' + '{"a":' * 20000,
    ],
)
def test_what_cannot_be_read_without_guessing_is_none(said: str) -> None:
    assert read_structured(Completion(said, "stop"), ANSWER) is None


@given(text=st.text(max_size=40), severity=st.integers(0, 3), before=st.text(max_size=10))
def test_whatever_a_critique_says_is_read_as_it_was_said(text: str, severity: int, before: str) -> None:
    said = json.dumps({"text": text, "quotes": [text], "verdict": "unclear", "severity": severity}, ensure_ascii=False)
    read = read_structured(Completion(f"{before.replace('{', '')}\n{said}", "stop"), ANSWER)
    assert read is not None
    assert (read.text, read.quotes, read.severity) == (text, (text,), severity)


def test_free_text_carries_no_verdict() -> None:
    read = read_free(Completion("It promises too much.", "stop"))
    assert read is not None
    assert (read.verdict, read.spans, read.free) == ("unclear", (), True)
    assert read_free(Completion(" \n", "stop")) is None


def test_only_so_many_beginnings_of_an_object_are_looked_at() -> None:
    """And each further one begins behind the last that was read, or one character behind a broken one."""
    assert MAX_OBJECTS == 32
    last = read_structured(Completion('{"a ' * 31 + SAID, "stop"), ANSWER)
    assert last == read_structured(Completion(SAID, "stop"), ANSWER)
    assert read_structured(Completion('{"a ' * 32 + SAID, "stop"), ANSWER) is None
    assert list(json_objects('{"a": {"b": 1}} and {"c": {"d": 1} {"e": {"f": 2}}')) == [
        {"a": {"b": 1}}, {"d": 1}, {"e": {"f": 2}},
    ]  # fmt: skip
    assert list(json_objects('{ "a": 1, "a": 2} {\n"b": "x\ny"} {b: 1} {}')) == [{"b": "x\ny"}]
