"""Labelled comparisons in their shapes, the better text first; what is none is said."""

from typing import Any

import pytest

from caigen.io.columns import Columns
from caigen.io.comparisons import read_comparison
from caigen.io.messages import ShapeError
from caigen.io.rows import read_row

HH = {
    "chosen": "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: More?\n\nAssistant: Kind",
    "rejected": "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: More?\n\nAssistant: Rude",
}


@pytest.mark.parametrize(
    "row",
    [
        HH,
        {"prompt": "More?", "chosen": "Kind", "rejected": "Rude"},
        {
            "prompt": [{"role": "user", "content": "More?"}],
            "chosen": [{"role": "assistant", "content": "Kind"}],
            "rejected": [{"role": "assistant", "content": "Rude"}],
        },
        {
            "prompt": "More?",
            "chosen": [{"role": "user", "content": "More?"}, {"role": "assistant", "content": "Kind"}],
            "rejected": [{"role": "user", "content": "More?"}, {"role": "assistant", "content": "Rude"}],
        },
        {"input": "More?", "target_scores": {"Rude": 0, "Kind": 1}},
        {"input": "More?", "targets": {"choices": ["Kind", "Rude"], "labels": [1, 0]}},
    ],
)
def test_every_shape(row: dict[str, Any]) -> None:
    record = read_comparison(row)
    assert [candidate.text for candidate in record.candidates] == ["Kind", "Rude"]
    assert record.prompt[-1].content == "More?"


def test_whole_dialogues_keep_their_turns_and_rows_their_fields() -> None:
    assert len(read_comparison(HH).prompt) == 3
    row = {"id": 7, "prompt": "q", "chosen": "a", "rejected": "b", "principle": "GEN-001", "source": "x"}
    record = read_comparison(row)
    assert record.id == "7"
    assert record.meta == {"principle": "GEN-001", "source": "x"}


def test_ids_differ_where_answers_do() -> None:
    one, other = ({"prompt": "q", "chosen": "a", "rejected": text} for text in "bc")
    assert read_comparison(one).id != read_comparison(other).id
    assert read_comparison(HH).id != read_comparison({"chosen": HH["rejected"], "rejected": HH["chosen"]}).id


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([], "not a JSON object"),
        ({"prompt": "q"}, 'needs a prompt with "chosen" and "rejected"'),
        ({"prompt": "q", "chosen": "", "rejected": "b"}, "is not a message"),
        ({"prompt": "q", "chosen": [{"role": "assistant"}], "rejected": "b"}, "is not a message"),
        ({"prompt": "q", "chosen": None, "rejected": "b"}, 'the row has no "chosen" and "rejected"'),
        ({"prompt": "q", "chosen": [{"role": "robot", "content": "a"}], "rejected": "b"}, "role 'robot'"),
        ({"prompt": "q", "chosen": [{"role": "user", "content": "a"}], "rejected": "b"}, "does not end with an answer"),
        ({"input": "q", "target_scores": None}, "needs|the row has"),
        ({"prompt": "", "chosen": "a", "rejected": "b"}, "empty prompt"),
        ({"input": "q", "target_scores": {"a": 1, "b": 1}}, "tell none apart"),
        ({"input": "q", "target_scores": {"a": "x", "b": 1}}, "tell none apart"),
        ({"input": "q", "targets": {"choices": ["a"], "labels": [1, 0]}}, "of one length"),
        ({"input": "q", "targets": 5}, "of one length"),
        (HH | {"chosen": None, "body": {"messages": [{"role": "user", "content": "q"}]}}, "not a labelled comparison"),
        (HH | {"messages": [{"role": "user", "content": "q"}]}, "goes on from another prompt"),
        ({"prompt": "q", "response": "a", "helpfulness": 2}, "not a labelled comparison but prompt"),
        ({"schema": "caigen.record/1", "id": "a", "prompt": []}, "a caigen record"),
        (
            {"prompt": "q", "response_1": "a", "response_2": "b", "preference_strength": 0},
            '"preference_strength" is 0: neither answer is preferred',
        ),
        (
            {"prompt": "q", "response_0": "a", "response_1": "b", "better_response_id": 7},
            "says of no answer that it is better",
        ),
        (
            {"question": "q", "answer_matching_behavior": " (A)", "answer_not_matching_behavior": " (B)"},
            "an answer that matches a behavior is not a better one",
        ),
    ],
)
def test_what_is_no_comparison(row: object, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        read_comparison(row)


USER, KIND, RUDE = (
    {"role": "user", "content": "More?"},
    {"role": "assistant", "content": "Kind"},
    {"role": "assistant", "content": "Rude"},
)


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "More?", "response_0": "Rude", "response_1": "Kind", "better_response_id": 1},
        {
            "prompt": "More?",
            "response_0": "Kind",
            "response_1": "Rude",
            "better_response_id": 0,
            "safer_response_id": 1,
        },
        {"prompt": "More?", "response_1": "Kind", "response_2": "Rude", "preference_strength": -2},
        {"prompt": "More?", "response_1": "Rude", "response_2": "Kind", "preference_strength": 3},
        {"context": [USER], "response1": "Kind", "response2": "Rude", "overall_preference": -1},
        {"history": "More?", "human_ref_A": "Kind", "human_ref_B": "Rude", "labels": 1},
        {"history": "More?", "human_ref_A": "Rude", "human_ref_B": "Kind", "labels": 0},
        {"instruction": "More?", "input": "", "output_1": "Rude", "output_2": "Kind", "preference": 2},
        {"conversation_a": [USER, RUDE], "conversation_b": [USER, KIND], "winner": "model_b"},
        {"conversation_a": [USER, KIND], "conversation_b": [USER, RUDE], "winner": "model_a"},
        {"input": {"messages": [USER]}, "preferred_output": [KIND], "non_preferred_output": [RUDE]},
        {
            "instruction": "More?",
            "completions": [{"response": text, "overall_score": n} for n, text in enumerate(["Rude", "So so", "Kind"])],
        },
        {"question": "More?", "chosen": "Kind", "rejected": "Rude"},
        {"input": "More?", "chosen": "Kind", "rejected": "Rude"},
        {
            "conversations": [{"from": "human", "value": "More?"}],
            "chosen": {"from": "gpt", "value": "Kind"},
            "rejected": {"from": "gpt", "value": "Rude"},
        },
        {"prompt": "Human: More?\n\nAssistant:", "chosen": " Kind".strip(), "rejected": "Rude"},
    ],
)
def test_every_form_with_a_known_preference(row: dict[str, Any]) -> None:
    record = read_comparison(row)
    assert [candidate.text for candidate in record.candidates] == ["Kind", "Rude"]
    assert [(turn.role, turn.content) for turn in record.prompt] == [("user", "More?")]
    taken = [read_row(row, take=side).candidates[0].text for side in ("chosen", "rejected")]  # type: ignore[arg-type]
    assert taken == ["Kind", "Rude"]
    assert read_row(row).candidates == ()


def test_a_longer_conversation_is_the_prompt_where_the_prompt_is_one_of_its_messages() -> None:
    before = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, USER]
    record = read_comparison({"prompt": "More?", "chosen": [*before, KIND], "rejected": [*before, RUDE]})
    assert [turn.content for turn in record.prompt] == ["Hi", "Hello", "More?"]


def test_big_bench_leaves_out_the_first_speaker() -> None:
    row = {"input": "Hi\n\nAssistant: Hello\n\nHuman: More?", "target_scores": {"Kind": 1, "Rude": 0}}
    assert [turn.role for turn in read_comparison(row).prompt] == ["user", "assistant", "user"]


def test_the_prompt_of_a_comparison_may_be_a_named_field() -> None:
    row = {"ask": {"en": "More?"}, "chosen": "Kind", "rejected": "Rude"}
    record = read_comparison(row, columns=Columns(prompt="ask.en"))
    assert [candidate.text for candidate in record.candidates] == ["Kind", "Rude"]
    assert record.prompt[0].content == "More?"
