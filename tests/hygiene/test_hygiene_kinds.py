"""Lead-ins and remarks by the kinds of their words: lists that the tables had not seen, and what must stay."""

from pathlib import Path

import pytest

from caigen.hygiene import clean, flags
from caigen.hygiene.kinds import LEXICONS, Lexicon, lead_in, remark, splits_quotation
from caigen.hygiene.kinds.sentences import LONGEST_REMARK
from tests.hygiene.test_hygiene import OTHER, real_answers, steps
from tests.texts.unseen import GENUINE, PLANTED
from tests.texts.unseen.bodies import ANSWERS, SOURCES, wrapped

BODY = "Tea may help, and rest does too.\n\nAsk a doctor if it lasts."


@pytest.mark.parametrize("name", PLANTED)
def test_planted_words_are_cleaned_off_or_flagged(name: str) -> None:
    missed = []
    for number, (language, before, after) in enumerate(PLANTED[name]):
        body, source = ANSWERS[language][number % 3], SOURCES[language][number % 3]
        text, _ = clean(wrapped(before, body, after), source)
        if text != body and not flags(text, source):
            missed.append((before, after, text))
    assert len(PLANTED[name]) >= 60
    assert len(missed) <= 0.04 * len(PLANTED[name]), missed


@pytest.mark.parametrize(("language", "text"), GENUINE)
def test_genuine_answers_of_the_lists_stay(language: str, text: str) -> None:
    source = SOURCES[language][0]
    assert clean(text, source) == (text, ())
    assert flags(text, source, finish_reason="stop") == ()


@pytest.mark.parametrize("body", [body for bodies in ANSWERS.values() for body in bodies])
def test_an_answer_with_nothing_around_it_stays(body: str) -> None:
    assert clean(body, OTHER) == (body, ())


@pytest.mark.parametrize("lexicon", LEXICONS, ids=lambda lexicon: lexicon.language)
def test_a_lexicon_holds_for_its_own_examples(lexicon: Lexicon) -> None:
    for lead in lexicon.leads:
        assert lead_in(lead + BODY, follows=False) == len(lead), lead
        assert lead_in(lead, follows=False) < len(lead), lead  # with nothing after it, it may be the answer
    for last in lexicon.remarks:
        assert remark(last), last
        assert clean(f"{BODY}\n\n{last}", OTHER) == (BODY, ("meta_suffix",)), last
        assert not remark(last + " b" * LONGEST_REMARK), last
    for spared in lexicon.spares:
        assert not lead_in(f"{spared}\n\n{BODY}", follows=False), spared
        assert not remark(spared), spared


def test_every_lexicon_has_every_kind() -> None:
    assert {frozenset(lexicon.kinds) for lexicon in LEXICONS} == {frozenset(LEXICONS[0].kinds)}


def test_what_the_source_says_of_itself_belongs_to_the_answer() -> None:
    raw = "Below is my answer after addressing the critique.\n\nTea may help."
    assert clean(raw, OTHER)[0] == "Tea may help."
    assert clean(raw, raw + " Really.") == (raw, ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Sure! Here is the revised answer:\n\n", ""),
        ("", "\n\nNote: I removed the misleading claim."),
        (
            "You're right, my previous answer was harmful. Here is a revised response:\n\n",
            "\n\nLet me know if you want further changes to the answer.",
        ),
    ],
)
def test_real_answers_come_out_whole_from_what_was_put_around_them(shared_data: Path, before: str, after: str) -> None:
    texts = [text for text in set(real_answers(shared_data)) if clean(text, "")[0] == text]
    broken = [text for text in texts if clean(before + text + after, "")[0] != text]
    assert len(texts) > 4000
    assert len(broken) <= 0.002 * len(texts), broken


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("***\n\nRevised:\n\nTea may help.\n\n***", "Tea may help."),
        ("Sure, here is the revised answer:\n\n---\n\nTea may help.\n\n---\n\nLet me know!", "Tea may help."),
        ("Tea may help.\n\n### Explanation\n\nThe revised response removes the unsafe advice.", "Tea may help."),
        ("Revised answer:\n\nTea may help.\n\n[End]", "Tea may help."),
        ("Assistant: Tea may help.\n\nUser: thanks", "Tea may help."),
        ("Tea may help.\n\n---", "Tea may help.\n\n---"),
        ("Assistant: Tea may help.\nGuest: thanks", "Assistant: Tea may help.\nGuest: thanks"),
        ("Revised answer:\n\nif a\n  b\nend", "if a\n  b\nend"),
        (
            "Sure, here is the revised answer:\n\n---\n\nTea.\n\n---\n\nRest.\n\n---\n\nSleep.",
            "Tea.\n\n---\n\nRest.\n\n---\n\nSleep.",
        ),
    ],
)
def test_lines_headings_and_turns_around_an_answer(raw: str, text: str) -> None:
    assert clean(raw, OTHER)[0] == text


def test_a_quotation_is_not_split() -> None:
    assert splits_quotation("He said: “I am sorry.")
    assert not splits_quotation("He said: “I am sorry.”")
    raw = 'A note could say: "I apologize for my earlier answer. It was wrong." Then sign it.'
    assert clean(raw, OTHER) == (raw, ())


@pytest.mark.parametrize(
    "unit", ["Sorry. ", "Sure!\n", "I removed the claim.\n\n", "**Note**\n\n", "(a) ", "\n\n---\n\na"]
)
def test_twice_the_text_takes_at_most_twice_the_steps(unit: str) -> None:
    def work(size: int) -> int:
        text = "Sure. " + unit * (size // len(unit)) + "End"
        return steps(lambda: clean(text, OTHER))

    assert work(40_000) <= 2.3 * work(20_000) + 500


def test_a_sentence_that_begins_a_quotation_is_no_lead_in() -> None:
    assert lead_in("I am sorry for my earlier answer. Tea may help.", follows=False)
    assert not lead_in('"I am sorry for my earlier answer. It was wrong." So one may write.', follows=False)


def test_a_long_sentence_that_no_colon_ends_is_the_answer() -> None:
    assert lead_in(f"Here is my improved answer.\n\n{BODY}", follows=False)
    assert not lead_in(f"Here is {'really ' * 20}my improved answer.\n\n{BODY}", follows=False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("*Revised for accuracy and tone*\n\n", ""),  # a line in emphasis
        ("That wasn't a good answer. What I'd say instead:\n\n", ""),  # a hint, and what is a lead-in only after it
        ("My apologies for the tone earlier. Let me answer that properly:\n\n", ""),
        ("Thank you for the critique! I have incorporated it below.\n\n", ""),
        (
            "",
            "\n\nDie wichtigste Änderung: Die Antwort ermuntert nicht mehr zum Gesetzesbruch.",
        ),  # what comes after a colon
        ("", "\n\nI no longer claim that it works for everyone."),
        ("", "\n\nThe key change is that the answer no longer encourages breaking the law."),
        ("", "\n\n「必ず」を「多くの場合」に変え、誤った約束にならないようにしました。"),  # a quoted word begins it
    ],
)
def test_hints_lines_and_quoted_words(before: str, after: str) -> None:
    assert clean(before + BODY + after, OTHER)[0] == BODY


def test_only_a_line_that_a_colon_ends_is_a_lead_in_after_a_hint() -> None:
    raw = f"That wasn't a good answer. What I'd say instead is no.\n\n{BODY}"
    assert clean(raw, OTHER) == (raw, ())
