"""What is cleaned off a revision, what makes it unusable, and what is left alone."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("I apologize for my earlier response. Tea may help.", "Tea may help.", ("meta_prefix",)),
        ("## Revised answer\n\nTea may help.", "Tea may help.", ("role_tag",)),
        ("Tea may help.\n\nIn this revised version, I removed the promise.", "Tea may help.", ("meta_suffix",)),
        ("Tea may help.\n(Note: I removed the promise.)", "Tea may help.", ("meta_suffix",)),
        ("Tea may help.\n\nLet me know if you would like further changes.", "Tea may help.", ("meta_suffix",)),
        ("Here is the revised answer.\n\nTea may help.", "Tea may help.", ("meta_prefix",)),
        ("Here's the answer rewritten to promise nothing:\nTea may help.", "Tea may help.", ("meta_prefix",)),
        ("You're right, and I apologize. Here's a better answer:\n\nTea may help.", "Tea may help.", ("meta_prefix",)),
        (
            "Certainly! Here's a revised version of the response that promises nothing and keeps the rest:\n\nTea may help.",
            "Tea may help.",
            ("meta_prefix",),
        ),
        ("**Revised response**\n\nTea may help.", "Tea may help.", ("role_tag",)),
        ("Critique: it promises.\n\nRevision: Tea may help.", "Tea may help.", ("role_tag",)),
        ("Tea may help.\n\n**Changes made:**\n- Removed the promise.", "Tea may help.", ("meta_suffix",)),
        ("Tea may help.\n\n(This revision removes the promise.)", "Tea may help.", ("meta_suffix",)),
        ("Tea may help.\n\n---\n*Note: The revised answer promises nothing.*", "Tea may help.", ("meta_suffix",)),
    ],
)
def test_clean(raw: str, text: str, cleaned: tuple[str, ...]) -> None:
    assert clean(raw, SOURCE) == (text, cleaned)


@pytest.mark.parametrize(
    "text",
    [
        "Tea may help.\n\nNote: ask a pharmacist before you combine it with ibuprofen.",
        "Tea may help.\n\nThe new law takes effect in July, so give notice.",
        "Here are some tips to improve your sleep:\n1. Rest.",
        "Here is a meditation you can try: breathe.",
        "Here are the credit cards you asked about: one, two.",
        "To log in:\nUser: your email\nPassword: your word",
        "I tried it.\n\nI changed my mind about coffee and never looked back.",
        "Tea may help.\n\nLet me know if you have questions.",
        "Name: ____________________________________________________",
        "Here is a sample dialogue:\n\nUser: Can you help?\n\nAssistant: Yes.",
        "Here is a sample dialogue:\n\nHuman: Can you help?\n\nAI: Yes.",
        "My new text editor is great: it saves time.",
        "This is how you file an updated statement: go to the court.",
        "Dear Sir,\n\nI removed the old sentence from the contract, as your statement asked.\n\nI've changed the wording of it.",
        "Tea may help.\n\nLet me know if any changes happen with your symptoms.",
        "Tea may help.\n\nIn this updated version of the law, tenants get notice.",
        "Tea may help.\n\nNote: the new version of the app shows the dose.",
        "Tea may help.\n\nNote that the original message from your doctor is what counts.",
        "```python\nprint(1)\n```",
        "Sure.\nThat works with tea too.",
        "Answer: 42",
        "Signature: ____ Date: ____\n" * 5,
        "- [ ] tea\n" + "- [ ]\n" * 9,
        "0 1 0 1\n" * 12,
    ],
)
def test_what_is_part_of_the_answer_stays(text: str) -> None:
    assert clean(text, SOURCE) == (text.strip(), ())
    assert flags(text, SOURCE, finish_reason="stop") == ()


@given(text=st.text("aN:\n (note i removed", max_size=400), blank=st.integers(0, 4000))
def test_cleaning_takes_no_longer_than_reading(text: str, blank: int) -> None:
    began = time.process_time()
    clean("Answer." + "\n" * blank + text + "\n \n" * blank + "End", SOURCE)
    assert time.process_time() - began < 1


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
        (
            "Your answer says tea is sure to work and that is a promise nobody can keep. Tea may help.",
            "stop",
            ("leak",),
        ),
        ("The answer already complies with the principle.", "stop", ("meta",)),
        ("Tea may bring some comfort and a little rest to many people.", "stop", ()),
        ("茶はよく効きます。" * 8, "stop", ("loop",)),
        ("茶はよく効きますが、効かないこともあります。医師に相談してください。", "stop", ()),
    ],
)
def test_flags(text: str, finish: str, expected: tuple[str, ...]) -> None:
    critique = "Your answer says tea is sure to work and that is a promise nobody can keep. Better: tea may bring some comfort and a little rest"
    assert flags(text, SOURCE, critique=critique, finish_reason=finish) == expected


def test_words_quoted_from_the_source_are_no_leak() -> None:
    critique = f"The answer says: {SOURCE}"
    assert flags(SOURCE + " Ask a doctor.", SOURCE, critique=critique) == ()


def test_a_text_that_the_engine_ended_for_repeating_itself_is_a_loop() -> None:
    assert flags("It may help.", "It always works.", finish_reason="repetition") == ("loop",)
