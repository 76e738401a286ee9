"""What makes a critique useless: it is empty, repeats itself, refuses, or echoes its request."""

import pytest

from caigen.hygiene import flags_of_critique
from caigen.hygiene.critiques import refuses
from caigen.hygiene.refusals import REFUSALS
from caigen.hygiene.rules import Rule

REQUEST = (
    "Here is a rule: an answer promises no cure, and names what helps only where it is known. Here is an answer: "
    "Tea will cure a cold for good, and honey heals every cough within a day. Say where the answer breaks the rule, "
    "quote its words exactly, and end with your verdict. 规则：回答不得承诺治愈，只能说明已知有效的方法。"
)


@pytest.mark.parametrize("rule", REFUSALS, ids=lambda rule: rule.language)
def test_each_refusal_is_told_from_a_critique(rule: Rule) -> None:
    for text in rule.matches:
        assert rule.pattern.match(text), text
        assert flags_of_critique(text) == ("refusal",)
    for text in rule.spares:
        assert not refuses(text), text
        assert flags_of_critique(text) == ()


@pytest.mark.parametrize("text", ["", " \n", "...", "{}", "12 %", "—"])
def test_a_critique_without_letters_is_empty(text: str) -> None:
    assert flags_of_critique(text) == ("empty",)


@pytest.mark.parametrize(
    "text",
    [
        "The answer is bad. " * 20,
        "bad bad " * 30,
        "这个回答不好。" * 10,
        "この回答はよくないです。" * 6,
        "a" * 60,
        "The answer promises a cure that nobody can promise, and it says so to a person who is ill. " * 4,
    ],
)
def test_a_critique_that_repeats_itself_is_a_loop(text: str) -> None:
    assert flags_of_critique("It is so. " + text) == ("loop",)


def test_a_critique_that_gives_its_request_back_is_an_echo() -> None:
    assert flags_of_critique(REQUEST[:180], request=REQUEST) == ("echo",)
    assert flags_of_critique(REQUEST[-26:], request=REQUEST) == ("echo",)
    critique = (
        'It says "Tea will cure a cold for good": nobody can know that, so the promise has to go, and so has the honey.'
    )
    assert flags_of_critique(critique, request=REQUEST) == ()
    assert flags_of_critique("The answer breaks the rule.", request=REQUEST) == ()
    assert flags_of_critique("回答承诺茶能治好感冒，这是没有根据的，应该删去。", request=REQUEST) == ()
    assert flags_of_critique(REQUEST[:180]) == ()


def test_a_long_critique_that_hesitates_first_is_none_the_less_one() -> None:
    text = "I'm sorry, but I can't help with that. " + " ".join(f"Fault {n}: it promises too much." for n in range(40))
    assert flags_of_critique(text) == ()


def test_a_critique_that_quotes_much_is_no_echo() -> None:
    quoted = REQUEST[96:190]
    critique = f'It says "{quoted}", and no one can promise that to the ill.'
    assert flags_of_critique(critique, request=REQUEST) == ()
    assert flags_of_critique("Tea will cure a cold for good, and honey", request=REQUEST) == ()


def test_the_limits_of_a_refusal_and_of_an_echo() -> None:
    refusal = "I cannot assist with that."
    for count, flags in ((600, ("refusal",)), (601, ())):
        rest = "".join(f" so {n}" for n in range(200))[: count - len(refusal)]
        assert flags_of_critique(f'\n **"{refusal}{rest}') == flags, count

    def words(count: int) -> str:
        return " ".join(f"word{n}" for n in range(count))

    assert flags_of_critique(words(11), request=words(40)) == ("echo",)  # six runs of six words
    assert flags_of_critique(words(10), request=words(40)) == ()
    assert flags_of_critique(words(15), request=words(12)) == ("echo",)  # seven runs of ten
    assert flags_of_critique(words(15), request=words(11)) == ()
    both = "I cannot assist with that. " * 10
    assert flags_of_critique(both, request=both) == ("loop", "refusal")
