"""What records say of themselves."""

from typing import Any, Literal

import pytest

from caigen.records import (
    Candidate,
    Comparison,
    Critique,
    Failure,
    Message,
    Record,
    Revision,
    Round,
    Score,
    latest,
    unfinished,
)

RECORD = Record(id="r", prompt=(Message(role="user", content="Hi"),))


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (None, None),
        *(
            (whole, None)
            for whole in ("stop", "STOP", "eos", "eos_token", "end_turn", "stop_sequence", "Stop-Sequence")
        ),
        *((cut, "truncated") for cut in ("length", "max_tokens", "MAX_TOKENS", "model_length", "max_output_tokens")),
        ("repetition", "loop"),
        ("content_filter", "content_filter"),
        ("SAFETY", "safety"),
        ("tool calls", "tool_calls"),
        ("(no -- reason)", "no_reason"),
        ("", "unknown"),
        ("?!", "unknown"),
        ("a" * 60, "a" * 40),
        ("a" * 39 + " bc", "a" * 39),
    ],
)
def test_why_a_text_is_not_whole(reason: str | None, word: str | None) -> None:
    assert unfinished(reason) == word


def critique(verdict: Literal["violates", "complies", "unclear"], *flags: str) -> Critique:
    return Critique(text="It promises.", verdict=verdict, flags=flags)


REVISION = Revision(text="It may help.")


@pytest.mark.parametrize(
    ("round_", "faulted", "awaits_revision"),
    [
        (Round(principle="A@1"), False, True),
        (Round(principle="A@1", revision=REVISION), False, False),
        (Round(principle="A@1", critique=critique("violates")), True, True),
        (Round(principle="A@1", critique=critique("violates"), revision=REVISION), True, False),
        (Round(principle="A@1", critique=critique("unclear")), True, True),
        (Round(principle="A@1", critique=critique("complies")), False, False),
        (Round(principle="A@1", critique=critique("violates", "loop")), False, False),
        (Round(principle="A@1", critique=critique("complies", "loop")), False, False),
    ],
)
def test_a_round_awaits_a_revision(round_: Round, faulted: bool, awaits_revision: bool) -> None:
    assert (round_.faulted, round_.awaits_revision) == (faulted, awaits_revision)


def test_the_history_of_a_candidate() -> None:
    rounds = (
        Round(principle="A@1", revision=Revision(text="one", finish_reason="stop")),
        Round(principle="A@1"),
        Round(principle="A@1", revision=Revision(text="bad", finish_reason="length", flags=("truncated",))),
        Round(principle="A@1", revision=Revision(text="two")),
    )
    found = Candidate(text="none", finish_reason="eos", rounds=rounds)
    texts = ["none", "one", "one", "one", "two"]
    assert found.history() == texts
    assert found.finish_reasons() == ["eos", "stop", "stop", "stop", None]
    assert found.text_after() == "two"
    for number, text in enumerate(texts):
        assert found.history(number) == texts[: number + 1]
        assert found.text_after(number) == text
    flagged = Candidate(text="none", finish_reason="eos", rounds=rounds[2:3])
    assert (flagged.history(), flagged.finish_reasons()) == (["none", "none"], ["eos", "eos"])


HOW: dict[str, Any] = {
    "judge": "m@1", "constitution": "general@1.0.0", "constitution_sha256": "c", "templates_sha256": "t", "settings": "s",  # noqa: E501
}  # fmt: skip


def compared(a: str, b: str, **more: Any) -> Comparison:
    return Comparison(a=a, b=b, p_a=0.75, status="decided", **{"principle": "A@1", **HOW, **more})


def test_the_method_is_all_that_must_be_the_same() -> None:
    one, score = compared("0.0", "1.0"), Score(round=0, reward=0.5, violates={"A@1": 0.5}, unread=("B@1",), **HOW)
    assert one.method == tuple(HOW.values())
    assert score.method == (*HOW.values(), None, {"A@1", "B@1"})
    for name in HOW:
        assert compared("0.0", "1.0", **{name: "other"}).method != one.method
        assert score.model_copy(update={name: "other"}).method != score.method
    for changed in ({"scale": 5}, {"violates": {}}, {"unread": ()}):
        assert score.model_copy(update=changed).method != score.method
    same = one.model_copy(update={"samples": 3, "mass": 0.5, "p_a": 0.1})
    assert same.method == one.method
    assert score.model_copy(update={"reward": 0.1, "round": 1, "error": 0.2}).method == score.method


def test_a_comparison_seen_from_the_other_text() -> None:
    orders = ({"p_first": 0.7, "mass": 1.0}, {"p_first": 0.2, "mass": 0.9})
    one = compared("0.1", "1.2", orders=orders, mass=0.95)
    swapped = one.swapped()
    expected = {**one.model_dump(), "a": "1.2", "b": "0.1", "p_a": 0.25, "orders": (orders[1], orders[0])}
    assert swapped.model_dump() == expected
    assert swapped.swapped() == one
    unread = Comparison(a="0.0", b="1.0", principle="A@1", status="unparsed")
    assert unread.swapped() == unread.model_copy(update={"a": "1.0", "b": "0.0"})


def test_the_comparisons_that_speak() -> None:
    """Of each two texts, whichever stands first, those that were made as the last one was."""
    old, swapped = compared("0.0", "1.0", judge="old"), compared("1.0", "0.0", judge="old")
    new, again = compared("1.0", "0.0"), compared("0.0", "1.0", principle="B@1")
    pair = compared("0.0", "0.1", judge="old")
    assert latest([old, pair, swapped, new, again]) == [pair, new, again]
    assert latest([new, old, swapped]) == [old, swapped]
    assert latest([]) == []


def test_a_failed_record_keeps_what_it_has() -> None:
    failed = RECORD.failed("revise", "truncated", "the answer was cut off")
    failure = Failure(stage="revise", kind="truncated", message="the answer was cut off")
    assert failed == RECORD.model_copy(update={"status": "failed", "error": failure})
    assert (RECORD.status, RECORD.error) == (None, None)
