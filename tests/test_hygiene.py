"""What is cleaned off a revision, what makes it unusable, and what is left alone."""

import pytest

from caigen.hygiene import clean, flags

SOURCE = "Tea will cure a cold for good. Rest helps."


@pytest.mark.parametrize(
    ("raw", "text", "cleaned"),
    [
        ("Sure, here is the revised answer:\n\nTea may help.", "Tea may help.", ("meta_prefix",)),
        ("Certainly! Here's a rewritten response:\nTea may help.", "Tea may help.", ("meta_prefix",)),
        ("Sure!\n\nTea may help.", "Tea may help.", ("meta_prefix",)),
        ("Assistant: Tea may help.", "Tea may help.", ("role_tag",)),
        ("**Revision:** Tea may help.", "Tea may help.", ("role_tag",)),
        ("Tea may help.\n\nHuman: thanks\n\nAssistant: ok", "Tea may help.", ("role_tag",)),
        ("Tea may help.\n\nNote: I removed the promise.", "Tea may help.", ("meta_suffix",)),
        ("Tea may help.\n\nThis revised answer promises nothing.", "Tea may help.", ("meta_suffix",)),
        ('"Tea may help."', "Tea may help.", ("wrapping",)),
        ("Tea may help.", "Tea may help.", ()),
        ("Here are three teas: mint, sage, lime.", "Here are three teas: mint, sage, lime.", ()),
        ("Sure signs of a cold are few.", "Sure signs of a cold are few.", ()),
        ("Answering is hard: nobody knows.", "Answering is hard: nobody knows.", ()),
    ],
)
def test_clean(raw: str, text: str, cleaned: tuple[str, ...]) -> None:
    assert clean(raw, SOURCE) == (text, cleaned)


def test_what_the_source_has_belongs_to_the_answer() -> None:
    source = "Dear reader.\n\nNote: ask a doctor."
    assert clean("Dear friend.\n\nNote: ask a doctor.", source) == ("Dear friend.\n\nNote: ask a doctor.", ())


@pytest.mark.parametrize(
    ("text", "finish", "expected"),
    [
        ("", "stop", ("empty",)),
        ("Tea may help a", "length", ("truncated",)),
        (SOURCE, "stop", ("identical",)),
        ("tea will cure a cold for good; rest helps!", "stop", ("near_identical",)),
        ("Tea may help. Rest helps.", "stop", ()),
        ("go on " * 30, "stop", ("loop",)),
        ("so it goes and so on " * 6, "stop", ("loop",)),
        ("a" * 60, "stop", ("loop",)),
        ("No, no, no, no: rest helps.", "stop", ()),
        ('{"text": "x", "verdict": "complies"}', "stop", ("leak",)),
        ("It says tea is sure to work and that is a promise nobody can keep. Tea may help.", "stop", ("leak",)),
    ],
)
def test_flags(text: str, finish: str, expected: tuple[str, ...]) -> None:
    critique = "It says tea is sure to work and that is a promise nobody can keep."
    assert flags(text, SOURCE, critique=critique, finish_reason=finish) == expected


def test_words_quoted_from_the_source_are_no_leak() -> None:
    critique = f"The answer says: {SOURCE}"
    assert flags(SOURCE + " Ask a doctor.", SOURCE, critique=critique) == ()
