"""How alike two texts are, in scripts with spaces and without."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.text.similarity import MAX_CHEAP_PRODUCTS, Similarity, similarity
from caigen.text.words import MAX_WORD_CHARACTERS, plain_words, words


def share(one: str, other: str) -> float:
    found = similarity(one, other)
    assert found is not None
    return round(found.share, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Take it, please.", ["Take", "it,", "please."]),
        ("喝茶，好。", ["喝", "茶", "，", "好", "。"]),
        ("我用 Python 写代码", ["我", "用", "Python", "写", "代", "码"]),
        ("お茶を飲む", list("お茶を飲む")),
        ("น้ำดี", ["น้ำ"[:2], "ำ", "ดี"]),
        ("차를 마셔요", ["차를", "마셔요"]),
        ("e\u0301te\u0301 d'ici", ["\u00e9t\u00e9", "d'ici"]),
        ('{"dose":5,"unit":"mg","when":"now"}', re.findall(r"\w+|\W", '{"dose":5,"unit":"mg","when":"now"}')),
        ("Donaudampfschifffahrtsgesellschaft", ["Donaudampfschifffahrtsgesellschaft"]),
        (" \n\t", []),
        ("a" * (MAX_WORD_CHARACTERS - 1) + ", b,c", ["a" * (MAX_WORD_CHARACTERS - 1) + ",", "b,c"]),
        ("a" * MAX_WORD_CHARACTERS + ", b,c", ["a" * MAX_WORD_CHARACTERS, ",", "b,c"]),  # the long one alone is cut
        ("é" * MAX_WORD_CHARACTERS + ", b,c 茶", ["é" * MAX_WORD_CHARACTERS, ",", "b,c", "茶"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't — STOP!", ["don", "t", "stop"]),
        ("ＡＢＣ １２", ["abc", "12"]),
        ("हिन्दी में", ["हिन्दी", "में"]),  # vowel signs are part of a word
        ("喝茶，好", ["喝", "茶", "好"]),
        ("ｶﾞｷﾞ", ["ガ", "ギ"]),
        ("in\u00advisi\u200bble", ["invisible"]),
    ],
)
def test_plain_words(text: str, expected: list[str]) -> None:
    assert plain_words(text) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("This tea helps most people very much today", "This tea helps some people very much today", 0.875),
        ("这种茶对大多数人都有很大的帮助", "这种茶对大多数人都有不小的帮助", 0.867),
        ("このお茶はとても体に良いと思います", "このお茶はあまり体に良いと思います", 0.824),
        ("ชานี้ช่วยคนส่วนใหญ่ได้ดีมากในวันนี้", "ชานี้ช่วยคนบางคนได้ดีมากในวันนี้", 0.816),
        ("이 차는 대부분 사람에게 아주 큰 도움이 됩니다", "이 차는 일부 사람에게 아주 큰 도움이 됩니다", 0.875),
        ('{"dose":5,"unit":"mg","when":"now"}', '{"dose":9,"unit":"mg","when":"now"}', 0.957),
        ("用 Python 写 fast code", "用 Python 写 slow code", 0.8),
    ],
)
def test_one_changed_word_weighs_alike_in_every_script(one: str, other: str, expected: float) -> None:
    assert share(one, other) == expected
    assert share(other, one) == expected
    assert share(one, one) == 1


def test_the_definition() -> None:
    assert share("a b c d", "a c d e") == 0.75  # 2 * 3 of 8
    assert share("a b", "c d") == 0
    assert share("", "") == 1
    assert share("", "a") == 0
    assert share("a  b\n", "a b") == 1
    assert share("caf\u00e9", "cafe\u0301") == 1


def test_a_share_is_the_number_that_is_typed() -> None:
    same = "one"
    found = similarity(" ".join([same, *map(str, range(9))]), " ".join([same, *map(str, range(10, 19))]))
    assert found is not None
    assert (found.share, found.change) == (0.1, 0.9)
    nine = " ".join("abcdefghi")
    found = similarity(f"{nine} j", f"{nine} k")
    assert found is not None
    assert (found.share, found.change) == (0.9, 0.1)
    assert 1 - 0.9 < 0.1


@pytest.mark.parametrize(("one", "other"), [("a b ", "a b b "), ("好的", "好好的"), ("la ", "la ti ")])
def test_texts_that_repeat_themselves_come_to_an_end(one: str, other: str) -> None:
    assert 0 < share(one * 2000, other * 1400) < 1


def test_what_is_too_long_is_compared_only_where_it_is_asked_for() -> None:
    draw = random.Random(0)
    one, other = (" ".join(draw.choices("abcdefgh", k=15_000)) for _ in range(2))
    assert similarity(one, other, max_products=MAX_CHEAP_PRODUCTS) is None
    assert 0.5 < share(one, other) < 0.8
    short = " ".join(draw.choices("abcdefgh", k=10_000))
    assert similarity(short, short[::-1], max_products=MAX_CHEAP_PRODUCTS) is not None


def test_as_much_is_compared_as_is_asked_for() -> None:
    one, other = "a b c d e", "a b x"
    assert similarity(one, other, max_products=15) == similarity(one, other) == Similarity(4, 8)
    assert similarity(one, other, max_products=14) is None
    assert similarity("", one, max_products=0) == Similarity(0, 5)
    assert Similarity(0, 0).change == 0
    assert Similarity(0, 0).share == 1


@given(st.text(), st.text())
def test_it_is_symmetric_and_in_bounds(one: str, other: str) -> None:
    found, turned = similarity(one, other), similarity(other, one)
    assert found == turned
    assert found is not None
    assert 0 <= found.share <= 1
    assert found.same % 2 == 0


@given(st.text("aZ9.,-\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f \x00", max_size=80))
def test_ascii_has_the_words_that_any_text_has(text: str) -> None:
    assert words(text) == words(f"{text} 茶")[:-1]
