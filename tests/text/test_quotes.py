"""Where a critic's quote stands in the criticised text: at whole words, however it is spelled, or nowhere."""

import re
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caigen.text.quotes import ELLIPSIS_AND_QUOTES, SENTENCE_MARKS, locate, normalize


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("Yes.", "Yesterday I rested."),
        ("No!", "Nobody knows."),
        ("5*3", "Room 53 is free."),
        ("53", "It is 5*3 metres."),
        ("cure", "It is secure."),
        ("A", "Take tea."),
        ("A", "It is a cure."),
        ("3", "It costs 3.5 euros."),
        ("5", "It costs 3.5 euros."),
        ("can", "You can't do it."),
        ("cafe", "un cafe\u0301 fort"),
        ("i", "a ﬁne day"),
        ("name", "the variable a_name"),
        ("-", "a—b c"),
        ("...", "…"),
        ("tea helps", "tea. It helps"),
        ("ss", "Straße"),
        ("가", "\u1100\u1161\u11a8"),
        ("", "tea"),
        (" ", "a b"),
        ("会社", "株式㍿の"),
        ("12", "in 2012"),
        ("ail", "mail"),
        ("mai", "mail"),
        ("3", "3ab"),
        ("aname is", "the variable a_name is"),
        ("bare now", "so b*are now"),
        ("53 now", "5**3 now"),
    ],
)
def test_what_is_not_there_is_not_found(quote: str, text: str) -> None:
    assert locate(quote, text) is None


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("cure", "secure and a cure", "cure"),
        ("CURE", "secure and a cure", "cure"),
        ("Tea — always", "He drank tea - always.", "tea - always"),
        ("a--b c", "so a—b c", "a—b c"),
        ("“it helps”", 'he said: "it helps"', '"it helps"'),
        ("it's «good»", "it’s “good” now", "it’s “good”"),
        ("never fails...", "It never fails… or so.", "never fails…"),
        ("...never fails", "It never fails.", "never fails"),
        ("a sure cure", "no, a **sure** _cure_!", "a **sure** _cure"),
        ("un**sure** now", "unsure now", "unsure now"),
        ("a_name = 2", "set a_name = 2 now", "a_name = 2"),
        ("co\u00adoperate", "They cooperate.", "cooperate"),
        ("cooperate", "They co\u00adoper\u200bate.", "co\u00adoper\u200bate"),
        ("caf\u00e9 noir", "un cafe\u0301 noir", "cafe\u0301 noir"),
        ("cafe\u0301 noir", "un caf\u00e9 noir", "caf\u00e9 noir"),
        (unicodedata.normalize("NFD", "한국어"), "이것은 한국어 입니다", "한국어"),
        ("한국어", unicodedata.normalize("NFD", "이것은 한국어 입니다"), unicodedata.normalize("NFD", "한국어")),
        ("ガラス", unicodedata.normalize("NFD", "赤いガラスです"), unicodedata.normalize("NFD", "ガラス")),
        ("ガラス", "赤いｶﾞﾗｽです", "ｶﾞﾗｽ"),
        ("ＡＢＣ teas", "the ABC teas", "ABC teas"),
        ("ﬁne day", "a fine day", "fine day"),
        ("about 20 °C", "It is about 20 ℃ here.", "about 20 ℃"),
        ("茶", "お茶を飲む", "茶"),
        ("能治好", "茶能治好感冒", "能治好"),
        ("AI技术", "使用AI技术的人", "AI技术"),
        ("ชา", "ดื่มชาทุกวัน", "ชา"),
        ("「効きます」", "「効きます」と言う", "「効きます」"),
        ("l'ail", "Mangez de l’ail.", "l’ail"),
        ("ail", "Mangez de l'ail.", "ail"),
        ("3.5 euros", "It costs 3.5 euros.", "3.5 euros"),
        ("can't", "You can’t do it.", "can’t"),
        ("line one line two", "line one\n  line two", "line one\n  line two"),
        ("  tea ", "tea helps", "tea"),
        ("Drink it!", "Then drink it, all of it", "drink it"),
        ("🍵 tea", "a 🍵️ Tea", "🍵️ Tea"),
        ("हिन्दी भाषा", "यह हिन्दी भाषा है", "हिन्दी भाषा"),
        ("ab ab a", "ab ab ab ab ab a", "ab ab a"),
        ("tea", "tea.5", "tea"),
        ("5", "so 5.", "5"),
    ],
)
def test_what_is_there_is_found_in_any_spelling(quote: str, text: str, found: str) -> None:
    span = locate(quote, text)
    assert span is not None
    assert text[span.start : span.end] == span.quote == found


@pytest.mark.parametrize(
    ("quote", "text", "start"),
    [("tea", "tea and tea", 0), ("TEA", "a tea, tea", 2), ("ail", "mail ail ail", 5), ("a b", "xa b a b a b", 5)],
)
def test_the_first_place_is_taken(quote: str, text: str, start: int) -> None:
    span = locate(quote, text)
    assert span is not None
    assert span.start == start


LETTERS = st.text("ab A.-*_ 'é\u0301\u00ad…“ﬁß5茶ｶﾞ\u1100\u1161\u11a8각\u200b\n", max_size=40)


@settings(deadline=None, max_examples=400)
@given(text=LETTERS | st.text(max_size=60), quote=LETTERS | st.text(max_size=20))
def test_a_span_is_a_part_of_the_text_that_evens_out_to_the_quote(text: str, quote: str) -> None:
    span = locate(quote, text)
    if span is None:
        return
    assert text[span.start : span.end] == span.quote
    wanted = normalize(quote.strip())[0].strip()
    bare = wanted.strip(ELLIPSIS_AND_QUOTES).rstrip(SENTENCE_MARKS + ELLIPSIS_AND_QUOTES)
    assert span.quote == quote.strip() or normalize(span.quote)[0] in (wanted, bare)


@settings(deadline=None, max_examples=200)
@given(words=st.lists(st.text("abcé茶ß", min_size=3, max_size=6), min_size=2, max_size=12), data=st.data())
def test_whole_words_of_a_text_are_found_in_it(words: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first + 1, len(words)))
    text, quote = "  ".join(words), " ".join(words[first:last])
    for spelled in (quote, quote.upper(), unicodedata.normalize("NFD", quote), f"“{quote}…”"):
        assert locate(spelled, text) is not None


@given(quote=st.text("ab", min_size=1, max_size=5), words=st.lists(st.text("ab", max_size=9), max_size=9))
def test_a_word_is_found_at_its_first_place_among_longer_ones(quote: str, words: list[str]) -> None:
    text = " ".join(words)
    expected = re.search(rf"\b{quote}\b", text)
    span = locate(quote, text)
    assert (span and span.start) == (expected and expected.start())


def steps(quote: str, text: str) -> int:
    """How many lines of Python a search runs."""
    count = 0

    def trace(frame: object, event: str, argument: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        locate(quote, text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("a", "a"),
        ("ab ", "ab "),
        ("*", "*"),
        ("x\u0301\u0323", "y\u0323\u0301"),
        ("x ", "- "),
        ("\u1100", "\u1161"),
        ("tea", "teas "),
    ],
)
def test_twice_the_text_takes_at_most_twice_the_steps(quote: str, text: str) -> None:
    def work(size: int) -> int:
        return steps(quote * (size // 2) + "a", text * size + "b")

    assert work(4000) <= 2.2 * work(2000) + 200


@given(st.text("aB9 -.,'\"\t\n(é", max_size=40))
def test_plain_runs_even_out_as_their_letters_do_one_by_one(text: str) -> None:
    """An invisible character between any two letters takes the way of a run from them."""
    letters, found = normalize(text)
    places = [found[number] for number in range(len(letters))]
    apart, _ = normalize("\u200b".join(text))
    assert letters == apart
    assert all(end - start == 1 for start, end in places)
    for letter, (start, end) in zip(letters, places, strict=True):
        assert letter in (text[start:end].casefold(), " ", '"')


def test_a_mark_after_a_plain_run_belongs_to_its_last_letter() -> None:
    letters, places = normalize("so cafe\u0301 au")
    assert letters == "so café au"
    assert [places[number] for number in range(10)] == [
        *((n, n + 1) for n in range(6)),
        (6, 8),
        *((n, n + 1) for n in range(8, 11)),
    ]
