"""The number that stands for a reward which there is not."""

import math
from typing import Any

import pytest

from caigen.errors import CaigenError, RequestError
from caigen.judge.rollouts import Unread
from caigen.judge.unread import MAX_REMEMBERED, Policy, Substitute, policy_of, violates_of
from caigen.records import Message, Score

TEA = (Message(role="user", content="Does this tea help?"),)
HONEY = (Message(role="user", content="Is honey good?"),)
NEW = (Message(role="user", content="And water?"),)
EMPTY = Unread("no_answer", "the answer is empty")
PARTLY = Score(round=0, violates={"A@1": 0.25}, unread=("B@1",))  # a score without a reward


def read(reward: float, **violates: float) -> Score:
    return Score(round=0, reward=reward, violates=violates)


def test_the_probabilities_that_were_read() -> None:
    for one, expected in (
        (read(0.5, a=0.5), {"a": 0.5}),
        (PARTLY, {"A@1": 0.25}),
        (Unread("unread", "no", PARTLY), {"A@1": 0.25}),
        (EMPTY, {}),
    ):
        assert violates_of(one) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [("raise", "raise"), ("nan", "nan"), ("mean", "mean"), ("0", 0.0), ("-1", -1.0), ("0.25", 0.25), ("1e3", 1000.0)],
)
def test_policies(told: str, expected: object) -> None:
    assert policy_of(told) == expected
    assert Substitute(expected).policy == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("told", ["zero", "", "Mean", "inf", "-inf", "NaN", "1,5"])
def test_what_is_no_policy(told: str) -> None:
    with pytest.raises(CaigenError) as caught:
        policy_of(told)
    assert str(caught.value) == f"unread {told!r}: it is raise, mean, or a number"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("mean", [0.2, 0.4, 0.9, 0.3, 0.9, 0.5, 0.3]),  # of its own prompt, else of all
        ("nan", [0.2, 0.4, 0.9, math.nan, math.nan, math.nan, math.nan]),
        (0.0, [0.2, 0.4, 0.9, 0.0, 0.0, 0.0, 0.0]),
        (-1, [0.2, 0.4, 0.9, -1, -1, -1, -1]),
    ],
)
def test_numbers(policy: Policy, expected: list[float]) -> None:
    """Rewards stay as they are, and are known to the texts of the same call that have none, wherever these stand."""
    prompts = [TEA, TEA, HONEY, TEA, HONEY, NEW, list(TEA)]
    found: list[Any] = [read(0.2), read(0.4), read(0.9), EMPTY, PARTLY, EMPTY, EMPTY]
    for order in (1, -1):
        assert Substitute(policy).numbers(prompts[::order], found[::order]) == pytest.approx(
            expected[::order], nan_ok=True
        )


def test_a_reward_of_zero_is_one() -> None:
    assert Substitute("mean").numbers([TEA, TEA, TEA], [read(0.0), read(0.5), EMPTY]) == [0.0, 0.5, 0.25]
    assert Substitute("raise").numbers([TEA], [read(0.0)]) == [0.0]


def test_a_mean_is_of_what_was_read_before_and_of_the_latest_alone() -> None:
    mean = Substitute("mean")
    assert mean.violates("a") is None
    mean.numbers([TEA], [read(1.0, a=0.75)])
    assert mean.numbers([TEA], [EMPTY]) == [1.0]
    mean.numbers([HONEY] * (MAX_REMEMBERED - 1), [read(0.0, b=0.5)] * (MAX_REMEMBERED - 1))
    assert (mean.numbers([TEA], [EMPTY]), mean.violates("a"), mean.violates("b")) == ([1.0], 0.75, 0.5)
    mean.numbers([HONEY], [read(0.0, b=0.5)])
    assert (mean.numbers([TEA], [EMPTY]), mean.violates("a"), mean.violates("b")) == ([0.0], None, 0.5)
    mean.numbers([TEA] * 2, [read(1.0, b=0.0)] * 2)
    assert mean.violates("b") == pytest.approx(0.5 * (MAX_REMEMBERED - 2) / MAX_REMEMBERED)


@pytest.mark.parametrize(
    ("policy", "one", "kind", "said"),
    [
        ("raise", EMPTY, "no_answer", "no reward (no_answer): the answer is empty"),
        ("raise", PARTLY, "unread", "no reward (unread): the judge was not read"),
        (
            "mean",
            EMPTY,
            "no_answer",
            "no reward (no_answer): the answer is empty; no text was read yet, so there is no mean",
        ),
    ],
)
def test_no_number_is_an_error(policy: Policy, one: Any, kind: str, said: str) -> None:
    with pytest.raises(RequestError) as caught:
        Substitute(policy).numbers([TEA], [one])
    assert (caught.value.kind, str(caught.value)) == (kind, said)


def test_each_text_has_a_prompt() -> None:
    for prompts, found in (([TEA], []), ([], [EMPTY])):
        with pytest.raises(ValueError, match="zip"):
            Substitute("nan").numbers(prompts, found)
