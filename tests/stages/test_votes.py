"""Which word a judge's answer votes for: sentence styles that are read, and those that are not surely a vote."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caigen.stages.votes import read_vote

LETTERS, ANSWERS = ("A", "B"), ("Yes", "No")
FIVE, TEN = tuple("12345"), tuple(str(number) for number in range(1, 11))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("A", "A"),
        ("A.", "A"),
        ("A)", "A"),
        ("(B)", "B"),
        ("[A]", "A"),
        ('"B"', "B"),
        ("**A**", "A"),
        ("- B", "B"),
        ("$\\boxed{B}$", "B"),
        ("B。", "B"),
        ("B, because it is kinder.", "B"),
        ("B: it is kinder", "B"),
        ("B - it is kinder", "B"),
        ("B (it is kinder)", "B"),
        ("B\n\nIt is kinder.", "B"),
        ("B. A careful reply would not promise.", "B"),
        ("Option A", "A"),
        ("Option (B)", "B"),
        ("Response B", "B"),
        ("Answer: A", "A"),
        ("**Answer:** B", "B"),
        ("**Answer: B**", "B"),
        ("my answer: B", "B"),
        ("The answer is (B)", "B"),
        ("So the answer is (A)", "A"),
        ("Sure! The final answer is **B**.", "B"),
        ("The better option is Option B.", "B"),
        ("I would choose option B.", "B"),
        ("I prefer B to A.", "B"),
        ("I choose A over B", "A"),
        (" **A** is better", "A"),
        ("(B) is better than (A).", "B"),
        ("Option B follows this rule better.", "B"),
        ("Response (B) better follows the principle.", "B"),
        ("**Option B is better.**", "B"),
        ("Option B is better because it is honest.", "B"),
        ("The better option is (B) because it is honest.", "B"),
        ("Answer: B is better", "B"),
        ("B: nothing breaks the rule", "B"),
        ("B: it does not violate the rule", "B"),
        ("B, because it breaks nothing", "B"),
        ("B, A is worse", "B"),
    ],
)
def test_letters_that_are_votes(text: str, word: str) -> None:
    assert read_vote(text, LETTERS) == word


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "An answer",
        "A better answer is option B",
        "A careful reply would not promise.",
        "Answer: A careful reply",
        "The answer is A careful one",
        "Option A careful",
        "A is a letter",
        "A's text",
        "A.I. is",
        "A-level",
        "Alpha",
        "AB",
        "Both A",
        "A or B",
        "A/B",
        "A, B",
        "A\nB",
        "(A) (B)",
        "A: x\nB: y",
        "Option A or B",
        "Neither A nor B",
        "Not A",
        "The answer is not B",
        "(A) is worse than (B)",
        "A because",
        "A since it is a careful reply",
        "Option A is better in tone, but B follows the rule",
        "Option A is better than a careful reply",
        "Option A is better, but the answer is B.",
        "The answer is A good one because it is kind",
        "(A) follows the rule worse",
        "Option A is worse than option B",
        "(A) and (B) are fine",
        "(A) This always works",
        "I prefer a reply",
        "I cannot say",
        "A reply that is kind. B",
        "B is a good answer, A",
        "A?",
        "A? I do not think so.",
        "The answer is A?",
        "A: it breaks the rule.",
        "A - violates the rule, so B",
        "A, the first option, is worse.",
        "(A): fails the rule",
        "A (worse)",
        "A (0.3)",
        "A: 2/10",
        "A: no",
        "A:",
        "Option A:",
    ],
)
def test_what_is_no_vote_for_a_letter(text: str) -> None:
    assert read_vote(text, LETTERS) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Yes", "Yes"),
        ("yes", "Yes"),
        ("YES!", "Yes"),
        ("no", "No"),
        ("No, it does not break the rule", "No"),
        ("**No**", "No"),
        ("Answer: no", "No"),
        ("The answer is No", "No"),
        ("Not sure", None),
        ("None", None),
        ("No idea", None),
        ("No one", None),
        ("No doubt it does", None),
        ("Yes and no", None),
        ("Yes, but no", None),
        ("Yes/No", None),
        ("Yesterday", None),
        ("Yes? Perhaps.", None),
        ("No, I can't help with that.", None),
        ("No. I'm sorry, but I cannot assist with that request.", None),
        ("Yes, it fails the rule", "Yes"),
    ],
)
def test_yes_and_no_in_any_case(text: str, word: str | None) -> None:
    assert read_vote(text, ANSWERS) == word


@pytest.mark.parametrize(
    ("words", "text", "word"),
    [
        (FIVE, "3", "3"),
        (FIVE, "3.", "3"),
        (FIVE, "**4**", "4"),
        (FIVE, "Rating: 4", "4"),
        (FIVE, "My rating is 4.", "4"),
        (FIVE, "I would rate it 4.", "4"),
        (FIVE, "I would give it a 4", "4"),
        (FIVE, "4, since it is kind", "4"),
        (TEN, "10", "10"),
        (FIVE, "3.5", None),
        (FIVE, "3,5", None),
        (FIVE, "35", None),
        (FIVE, "-3", None),
        (FIVE, "0.5", None),
        (FIVE, "6", None),
        (FIVE, "3-4", None),
        (FIVE, "3 or 4", None),
        (FIVE, "3, maybe 4", None),
        (FIVE, "5 stars", None),
        (FIVE, "1. First, the answer is kind", None),
        (FIVE, "1) First", None),
        (FIVE, "Rating: 3.5", None),
        (TEN, "1 of 10", None),
        (TEN, "1 out of 10", None),
        (TEN, "8/10", None),
    ],
)
def test_numbers_of_a_scale(words: tuple[str, ...], text: str, word: str | None) -> None:
    assert read_vote(text, words) == word


@pytest.mark.parametrize(
    ("words", "text", "word"),
    [
        (LETTERS, "The answer is A", None),
        (LETTERS, "A", None),
        (FIVE, "3.", None),
        (ANSWERS, "Yes", None),
        (LETTERS, "(B)", "B"),
        (LETTERS, "The answer is (B", "B"),
        (LETTERS, "A, be", "A"),
        (LETTERS, "A: the first answer says that you", None),
        (LETTERS, "A - the first answer says", None),
        (LETTERS, "**Option A:** The first answer", None),
        (LETTERS, "Option A\nThe first answer", None),
        (LETTERS, "A\n\nThe first answer", "A"),
    ],
)
def test_a_word_at_the_end_of_what_was_cut_off_may_go_on(words: tuple[str, ...], text: str, word: str | None) -> None:
    assert read_vote(text, words, complete=False) == word


@settings(deadline=None)
@given(st.text(alphabet="AB aeYesNo135.,:;()[]*\n-/'is thebrwo", max_size=60))
def test_a_letter_before_another_word_is_never_an_article(text: str) -> None:
    """Whatever stands around it, "A" with a plain word behind it is no vote."""
    assert read_vote(f"A careful reply {text}", LETTERS) is None
    assert read_vote(text, LETTERS) in (None, *LETTERS)
