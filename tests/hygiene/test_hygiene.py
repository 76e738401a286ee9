"""What is cleaned off a revision, what makes it unusable, and what is left alone."""

import gzip
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caigen.hygiene import clean, flags
from caigen.hygiene.languages import RULES
from caigen.hygiene.rules import LONGEST_NOTES, LONGEST_OPENING, Rule
from caigen.hygiene.scripts import has_speakers, next_turn, users_turn
from caigen.hygiene.words import is_unspaced, loops, normalized, shingles, words
from caigen.hygiene.wrappers import LONGEST_JSON, unwrapped
from tests.conftest import ROOT
from tests.texts.genuine import GENUINE
from tests.texts.planted import BODIES, ENDINGS, NOTHING_TO_CHANGE, OPENINGS, TASK_REFUSED

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
            (
                "Certainly! Here's a revised version of the response that promises nothing and keeps the "
                "rest:\n\nTea may help."
            ),
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
        (
            "Dear Sir,\n\nI removed the old sentence from the contract, as your statement asked.\n\nI've changed the "
            "wording of it."
        ),
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


REQUEST = "Rewrite your answer so that it makes no sure promise. Write the revised answer and nothing else."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm sorry.\n\nRewrite your answer so that it makes no sure promise.", ("leak",)),
        ("Tea may help. Nobody makes a sure promise of that.", ()),
    ],
)
def test_the_words_of_the_request_are_no_revision(text: str, expected: tuple[str, ...]) -> None:
    assert flags(text, SOURCE, request=REQUEST, finish_reason="stop") == expected
    assert flags(text, f"{SOURCE} {REQUEST}", request=REQUEST) == ()  # the source had them already


def test_words_quoted_from_the_source_are_no_leak() -> None:
    critique = f"The answer says: {SOURCE}"
    assert flags(SOURCE + " Ask a doctor.", SOURCE, critique=critique) == ()


def test_a_text_that_the_engine_ended_for_repeating_itself_is_a_loop() -> None:
    assert flags("It may help.", "It always works.", finish_reason="repetition") == ("loop",)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.language}-{rule.word}-{rule.part}")
def test_each_rule_holds_for_its_own_examples(rule: Rule) -> None:
    """Every row of the tables: what it must take away, and what it must not touch."""
    assert rule.matches
    for text in rule.matches:
        assert rule.find(text), text
        if rule.part == "whole":
            assert flags(text, OTHER) == (rule.word,), text
        else:
            whole = text if rule.part in ("opening", "close") else f"Some answer.\n\n{text}"
            assert rule.word in clean(whole, OTHER)[1], text
    for text in rule.spares:
        assert not rule.find(text), text


OTHER = "Something else that was said before, at some length, of a matter of no concern here."


def test_most_planted_openings_and_endings_are_caught() -> None:
    planted = [(opening + body, source, body) for name, (source, body) in BODIES.items() for opening in OPENINGS[name]]
    planted += [(body + ending, source, body) for name, (source, body) in BODIES.items() for ending in ENDINGS[name]]
    missed = [raw for raw, source, body in planted if clean(raw, source)[0] != body]
    assert len(planted) > 400
    assert len(missed) <= 0.05 * len(planted), missed


@pytest.mark.parametrize("text", NOTHING_TO_CHANGE)
def test_an_answer_that_nothing_need_change_is_no_revision(text: str) -> None:
    assert flags(text, OTHER) == ("meta",)
    assert flags(text, text + " ") == ("identical",)


@pytest.mark.parametrize("text", TASK_REFUSED)
def test_a_refusal_of_the_task_is_no_revision(text: str) -> None:
    assert flags(text, OTHER) == ("refuses_task",)


def test_a_refusal_of_the_prompt_is_an_answer() -> None:
    assert flags("I'm sorry, but I can't help with that.", "Sure, mix them.") == ()


@pytest.mark.parametrize("text", GENUINE)
def test_genuine_answers_are_left_alone(text: str) -> None:
    assert clean(text, OTHER) == (text.strip(), ())
    assert flags(text, OTHER, finish_reason="stop") == ()


def test_few_real_answers_are_touched(shared_data: Path) -> None:
    """At most one in 200 answers of people and models that revised nothing."""
    texts = set(real_answers(shared_data))
    touched = [text for text in texts if clean(text, "") != (text, ()) or flags(text, "", finish_reason="stop")]
    assert len(texts) > 4000
    assert len(touched) <= 0.005 * len(texts), touched


def real_answers(folder: Path) -> Iterator[str]:
    with gzip.open(folder / "hh-rlhf-harmless-1200.jsonl.gz", "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            for turn in re.split(r"\n\n(?=Human:|Assistant:)", row["chosen"] + row["rejected"]):
                said = turn.strip().removeprefix("Assistant:").strip()
                if turn.strip().startswith("Assistant:") and said:
                    yield said
    for line in (folder / "self-instruct-seed-tasks-100.jsonl").read_text("utf-8").splitlines():
        yield from (said for each in json.loads(line)["instances"] if (said := each["output"].strip()))


@pytest.mark.parametrize("reason", ["content_filter", "tool_calls", "length", "abort", "no_finish_reason"])
def test_a_revision_that_its_model_did_not_end_is_flagged_under_its_own_name(reason: str) -> None:
    name = {"length": "truncated"}.get(reason, reason)
    assert flags("Tea may help a", SOURCE, finish_reason=reason) == (name,)
    assert flags("", SOURCE, finish_reason=reason) == (name,)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("It costs $5 a day.", "It costs 5 % a day."),
        ("Keep it at +5 degrees.", "Keep it at -5 degrees."),
        ("Keep it at 5 degrees.", "Keep it at -5 degrees."),
        ("Take 2,5 ml.", "Take 25 ml."),
        ("Take 0.5 ml.", "Take 05 ml."),
        ("It gives 5 mW.", "It gives 5 MW."),
        ("Take 5 mg.", "Take 5 µg."),
        ("Well done \U0001f600", "Well done \U0001f621"),
        ("Is it x > y?", "Is it x < y?"),
        ("It costs €5.", "It costs $5."),
        ("The area is 5*3.", "The area is 53."),
        ("It is 5–7 days.", "It is 57 days."),
        ("服用三片。", "服用两片。"),
        ("a == b", "a != b"),
    ],
)
def test_a_corrected_sign_unit_or_number_is_a_revision(text: str, source: str) -> None:
    assert flags(text, source) == ()


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Tea helps: drink it", "**Tea** helps, drink it."),
        ("“Tea” helps!", '"Tea" helps.'),
        ("茶很好。", "茶很好！"),
        ("re-use it", "Re use it"),
        ("cafe\u0301 helps", "Caf\u00e9 helps."),
    ],
)
def test_another_spelling_of_the_same_words_is_no_revision(text: str, source: str) -> None:
    assert flags(text, source) == ("near_identical",)


@pytest.mark.parametrize(
    ("raw", "text", "word"),
    [
        ('{"revision": "Tea may help."}', "Tea may help.", "wrapping"),
        ('```json\n{"revised_answer": "Tea may help.\\nA bit."}\n```', "Tea may help.\nA bit.", "wrapping"),
        ("<revised_answer>\nTea may help.\n</revised_answer>", "Tea may help.", "role_tag"),
        ("<answer>Tea may help.</answer>", "Tea may help.", "wrapping"),
        ("```\nTea may help a little.\n```", "Tea may help a little.", "wrapping"),
        ("„Tee kann helfen.“", "Tee kann helfen.", "wrapping"),
        ("Tea may help.<|eot_id|>", "Tea may help.", "control_token"),
        ("Tea may help.</s>", "Tea may help.", "control_token"),
        ("Tea may help.<|im_end|>\n<|im_start|>user\nAnd honey?<|im_end|>", "Tea may help.", "control_token"),
        ("<|start_header_id|>assistant<|end_header_id|>\n\nTea may help.", "Tea may help.", "control_token"),
        ("Sure! Here is the revised answer: Tea may help.", "Tea may help.", "meta_prefix"),
        ("**Here is the revised answer:** Tea may help.", "Tea may help.", "meta_prefix"),
        ("Assistant: Here is the revised answer:\n\nTea may help.", "Tea may help.", "meta_prefix"),
        ("Tea may help. (Note: I removed the promise.)", "Tea may help.", "meta_suffix"),
        (
            "Tea may help.\n\nNote: I removed the promise.\n\nLet me know if you want further changes.",
            "Tea may help.",
            "meta_suffix",
        ),
    ],
)
def test_what_is_around_an_answer_goes(raw: str, text: str, word: str) -> None:
    said, words = clean(raw, SOURCE)
    assert (said, words[0]) == (text, word)
    assert clean(raw, raw)[0] == raw  # what the source has belongs to the answer


def test_a_lead_in_without_an_answer_leaves_nothing() -> None:
    text, cleaned = clean("Here is the revised answer:", SOURCE)
    assert (text, cleaned) == ("", ("meta_prefix",))
    assert flags(text, SOURCE) == ("empty",)


def test_a_remark_inside_a_code_fence_is_code() -> None:
    text = "Run it:\n\n```\ntea\n\n# Note: I removed the promise.\n```"
    assert clean(text, SOURCE) == (text, ())


def test_a_leak_is_found_in_chinese() -> None:
    critique = "这个回答承诺茶能治好感冒，这是没有任何根据的说法，应当删去。"
    assert flags("茶很好。这个回答承诺茶能治好感冒，这是没有任何根据的说法。", "茶能治好感冒。", critique=critique) == (
        "leak",
    )
    assert flags("茶或许让人舒服一些，但不能治好感冒。", "茶能治好感冒。", critique=critique) == ()


def test_a_pile_of_marks_is_ordered_in_pieces() -> None:
    assert normalized("e\u0301 ＡＢ") == "é AB"
    assert normalized("e\u0301 ＡＢ", "NFC") == "é ＡＢ"
    pile = "a" + "\u0301\u0323" * 100_000  # in one piece this takes half a minute
    assert len(normalized(pile)) <= len(pile)
    thai = "ดื่มชาทุกวันช่วยให้สบายใจขึ้นเล็กน้อยแต่ไม่ใช่ยา"
    assert normalized(thai, "NFC") == thai


def steps(work: Callable[[], object]) -> int:
    """How many lines of Python a piece of work runs."""
    count = 0

    def trace(frame: object, event: str, argument: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "unit",
    [
        "\n",
        "a ",
        "go on ",
        "\n\nHuman: ",
        "Note: I removed ",
        "<|im_end|> ",
        "```\n",
        "(",
        "“",
        "- x\n",
        "茶",
        "\n---\n",
        "{",
        "A: b\n",
    ],
)
def test_twice_the_text_takes_at_most_twice_the_steps(unit: str) -> None:
    def work(size: int) -> int:
        text = "Answer." + unit * (size // len(unit)) + "End"
        return steps(lambda: (clean(text, SOURCE), flags(text, SOURCE, critique=text)))

    assert work(40_000) <= 2.3 * work(20_000) + 500


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.language}-{rule.word}-{rule.part}")
def test_a_pattern_reads_a_bounded_part_of_a_text(rule: Rule) -> None:
    """A pattern that may go back and forth does so within some thousand characters, however long the text is."""
    long = rule.matches[0] + " a b" * LONGEST_OPENING
    if rule.part == "opening":
        found = rule.find(long)
        assert found is None or found.end() <= LONGEST_OPENING
        assert rule.find("a" * LONGEST_OPENING + rule.matches[0]) is None
    elif rule.part == "close":
        assert rule.find(long) is None
    else:
        assert rule.find(rule.matches[0] + " b" * LONGEST_NOTES) is None


def test_every_counted_word_is_explained() -> None:
    page = (ROOT / "docs" / "hygiene.md").read_text("utf-8")
    words = {rule.word for rule in RULES} | {
        "wrapping",
        "empty",
        "truncated",
        "identical",
        "near_identical",
        "leak",
        "loop",
        "refusal",
        "echo",
    }
    assert not [word for word in words if f"`{word}`" not in page]


@pytest.mark.parametrize(
    "text",
    [
        "A turn looks so:\n\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello",
        "The file ends so:\n\n```\nHi<|im_end|>\n<|endoftext|>\n```",
        "It was <s>5 euros</s>",
        "Assistant: Shall I book it?\nGuest: Yes.",
        '{"name": "Tea"}',
        "```\nx = {1}; it ends here.\n```",
        "```\nTea may help.\n```\nor\n```\nHoney may help.\n```",
        "<answer>Tea.</answer> or <answer>Honey.</answer>",
    ],
)
def test_tokens_tags_and_fences_that_are_the_answer_stay(text: str) -> None:
    assert clean(text, OTHER) == (text, ())


@pytest.mark.parametrize(
    "raw",
    [
        "Okay, here's the revised answer:\n\n---\n\nTea may help.",
        '{"revision": "Sure! Here is the revised answer:\\n\\n\\"Tea may help.\\""}',
        (
            "Tea may help.\n\n**Changes made:**\n\n- Removed the claim.\n\n- Kept it short.\n\n- Added a hint.\n\n- "
            "Less of it."
        ),
        "Tea may help.\n\n---\n\nNote: I removed the claim.",
    ],
)
def test_layers_around_an_answer_go_one_after_the_other(raw: str) -> None:
    assert clean(raw, OTHER)[0] == "Tea may help."


def test_a_next_turn_that_the_source_has_too_stays() -> None:
    text = "Tea may help.\n\nHuman: thanks"
    assert clean(text, "Tea helps.\n\nHuman: thanks") == (text, ())


def test_a_loop_of_the_source_is_no_fault_of_the_revision() -> None:
    assert flags("go on " * 40, "Well, " + "go on " * 40) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We all drink tea in the morning. " * 4, ()),
        ("We all drink tea in the morning. " * 5, ("loop",)),
        ("Tea is very good. " * 5, ()),
        ("Tea is very good. " * 6, ("loop",)),
        ("We drink a cup of good green tea in the morning and at night. " * 3, ()),
        ("We drink a cup of good green tea in the morning and at night. " * 4, ("loop",)),
        ("ha " * 40, ()),
        ("ha " * 48, ("loop",)),
        ("12 " * 60, ()),
    ],
)
def test_how_often_a_loop_comes_again(text: str, expected: tuple[str, ...]) -> None:
    assert flags(text, OTHER) == expected


def test_what_the_source_said_of_an_answer_is_no_leak() -> None:
    source = "You will find the answer to all of this in the back of the book."
    critique = f"It says: {source} That is of no help."
    assert flags(source + " Take the second one.", source, critique=critique) == ()
    assert flags("Take the second one. " + source, "Take it.", critique=critique) == ("leak",)


def test_the_style_of_an_emoji_makes_no_revision() -> None:
    assert flags("Tea \u2615\ufe0f helps", "Tea \u2615 helps") == ("near_identical",)


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ('{"revision": " a "}', "a"),
        ('```json\n{"revision": "a"}\n```', "a"),
        ('```{"My Answer": "a"}```', "a"),
        ('```json\n{"revision": "a ``` b"}\n```', None),
        ('{"revision": "a", "note": "b"}', None),
        ('{"name": "a"}', None),
        ('{"revision": " "}', None),
        ('{"revision": 5}', None),
        ("{}", None),
        ("{broken}", None),
        ('{"revision": "a"} indeed', None),
        ('So: {"revision": "a"}', None),
        ("<answer> a </answer>", "a"),
        ("<Revised_Answer>a</Revised_Answer>", "a"),
        ("<answer>a</answer>.", None),
        ("<answer>a<answer>b</answer>", None),
        ("<p>a</p>", None),
        ("```\nIt helps.\n```", "It helps."),
        ("```Markdown\n**It helps!**\n```", "**It helps!**"),
        ("```python\nIt helps.\n```", None),
        ("```\nIt helps\n```", None),
        ("```\nIt helps. Really and truly\n```", None),
        ("```\nx = 1.\n```", None),
        ("```\nIt helps.\n```\nIt does.\n```", None),
        ("```\nIt helps.\n``` Yes.", None),
        ('"a"', "a"),
        ("“a”", "a"),
        ("„a“", "a"),
        ("«a»", "a"),
        ("「a」", "a"),
        ('""', None),
        ('"a" and "b"', None),
        ("“a” and “b”", None),
        ('"a', None),
        ('a"', None),
        ("a", None),
    ],
)
def test_what_is_around_the_whole_of_a_text(text: str, inner: str | None) -> None:
    assert unwrapped(text) == inner


def test_json_of_any_length_that_anybody_writes_is_unwrapped() -> None:
    around = len('{"text": ""}')
    long = "a" * (LONGEST_JSON - around)
    assert unwrapped(f'{{"text": "{long}"}}') == long
    assert unwrapped(f'{{"text": "{long}a"}}') is None


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("It helps.\n\nHuman: hi", 9),
        ("It helps.\n \n  **Human**: hi\n\nHuman: again", 9),
        ("It helps.\n\nCritiqueRequest: find it", 9),
        ("It helps.\n\nRevision Request: mend it", 9),
        ("Robot: It helps.\n\nCritique Request: find it", 16),
        ("Robot: It helps.\n\nHuman: hi", -1),
        ("Note: it helps.\n\nHuman: hi", 15),
        ("It goes on so:\n\nHuman: hi", -1),
        ("它是这样：\n\nHuman: hi", -1),
        ("\n\nHuman: hi", -1),
        ("It helps.\nHuman: hi", -1),
        ("It helps.", -1),
    ],
)
def test_where_the_next_turn_begins(text: str, start: int) -> None:
    assert next_turn(text) == start


def test_where_a_users_turn_begins_and_who_speaks() -> None:
    assert users_turn("It helps.\n\nUser: hi\n\nUser: again") == 9
    assert users_turn("It helps.\nUser: hi") == len("It helps.\nUser: hi")
    assert [has_speakers(text) for text in ("Anna: hi", "so\n**Bob:** hi", "客：你好")] == [True] * 3
    assert [has_speakers(text) for text in ("Note: hi", "so\nAnswer : hi", "https://x", "hi")] == [False] * 4
    assert has_speakers("Note: hi\nAnna: hi")


@pytest.mark.parametrize(
    ("raw", "text", "cleaned"),
    [
        ("<s>Tea may help.</s>", "Tea may help.", ("control_token",)),
        ("<s>Tea</s> may help.", "<s>Tea</s> may help.", ()),
        ("<s>Tea</s> may help.</s>", "<s>Tea</s> may help.</s>", ()),
        ("Here is the revised answer:\n\n---\n\nTea may help.\n\n---\n\nSo be it.", "Tea may help.", ("meta_prefix", "meta_suffix")),
        ("Here is the revised answer:\n\n---\n\nTea may help.\n\n---\n\n" + "a" * 300, "Tea may help.", ("meta_prefix", "meta_suffix")),
        ("Here is the revised answer:\n\n---\n\nTea may help.\n\n---\n\n" + "a" * 301, "Tea may help.\n\n---\n\n" + "a" * 301, ("meta_prefix",)),
        ("Here is the revised answer:\n\n---\n\nTea may help.\n\n---\n\nOne.\nTwo.", "Tea may help.\n\n---\n\nOne.\nTwo.", ("meta_prefix",)),
        ("Here is the revised answer:\n\n---\n\nTea.\n\n---\n\nRest.\n\n---\n\nSleep.", "Tea.\n\n---\n\nRest.\n\n---\n\nSleep.", ("meta_prefix",)),
        ("Here is the revised answer:\n\nTea may help.\n\n**(The End)**", "Tea may help.", ("meta_prefix",)),
        ("Tea may help.\n\n(The End)", "Tea may help.\n\n(The End)", ()),
        ("Tea may help.\n\n## Changes\n\nNote: I removed the promise.", "Tea may help.", ("meta_suffix",)),
    ],
)  # fmt: skip
def test_lines_and_marks_around_an_answer(raw: str, text: str, cleaned: tuple[str, ...]) -> None:
    assert clean(raw, SOURCE) == (text, cleaned)


def numbered(count: int, name: str = "word") -> str:
    return " ".join(f"{name}{n}" for n in range(count))


@pytest.mark.parametrize(
    ("critique", "copied", "expected"),
    [
        (32, 18, ("leak",)),  # 11 of 25 runs of eight words, which is more than two in five
        (32, 17, ()),
        (31, 31, ()),  # 24 runs say nothing
    ],
)
def test_how_much_of_a_critique_is_a_leak(critique: int, copied: int, expected: tuple[str, ...]) -> None:
    assert flags(numbered(copied), SOURCE, critique=numbered(critique)) == expected
    assert flags(numbered(copied), numbered(copied) + " so", critique=numbered(critique)) == ()  # the source has it


def test_words_and_their_runs() -> None:
    assert words("Tea's 2 CUPS, größer_x 茶很") == ("tea", "s", "2", "cups", "grösser", "x", "茶", "很")
    assert words("Tea's 2 CUPS_x") == ("tea", "s", "2", "cups", "x")
    assert shingles("a b c d", 3) == {("a", "b", "c"), ("b", "c", "d")}
    assert shingles("a b", 3) == set()
    assert [is_unspaced(text) for text in ("茶很好 tea", "茶 tea", "a b c", "", "茶茶")] == [
        True,
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize("period", range(1, 40))
def test_the_shortest_loop_of_any_period_is_found_and_none_that_is_a_word_shorter(period: int, before: int) -> None:
    least = 4 * period if period >= 12 else max(5 * period, 48 if period <= 3 else 24)
    told = [f"first{number}" for number in range(before)]

    def looping(size: int) -> bool:
        return loops(" ".join([*told, *(f"word{place % period}" for place in range(size)), "last"]))

    assert looping(least)
    assert not looping(least - 1)


@pytest.mark.parametrize("before", range(8))
def test_eight_words_of_a_critique_are_a_leak_wherever_they_begin(before: int) -> None:
    shared = "the answer promises far more than tea does"
    critique = " ".join([*(f"word{place}" for place in range(before)), shared, "and so on"])
    assert flags(f"Drink it, {shared}.", "Tea helps.", critique=critique) == ("leak",)
    assert not flags(f"Drink it, {shared.rpartition(' ')[0]}.", "Tea helps.", critique=critique)
