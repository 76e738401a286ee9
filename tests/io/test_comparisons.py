"""Labelled comparisons in their shapes, the better text first; what is none is said."""

from typing import Any

import pytest

from caigen.io.comparisons import read_comparison
from caigen.io.messages import ShapeError

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
        ({"prompt": "q"}, 'needs "chosen" and "rejected"'),
        ({"prompt": "q", "chosen": "", "rejected": "b"}, "must be texts"),
        ({"prompt": "q", "chosen": [{"role": "assistant"}], "rejected": "b"}, "must be texts"),
        ({"prompt": "q", "chosen": None, "rejected": "b"}, "must be texts"),
        ({"prompt": "q", "chosen": [{"role": "robot", "content": "a"}], "rejected": "b"}, "must be texts"),
        ({"prompt": "q", "chosen": [{"role": "user", "content": "a"}], "rejected": "b"}, "must be texts"),
        (
            {"prompt": "q", "chosen": [{"role": "assistant", "content": [{"text": "a"}]}], "rejected": "b"},
            "must be texts",
        ),
        ({"input": "q", "target_scores": None}, "tell none apart|of one length"),
        ({"prompt": "", "chosen": "a", "rejected": "b"}, "empty prompt"),
        ({"input": "q", "target_scores": {"a": 1, "b": 1}}, "tell none apart"),
        ({"input": "q", "target_scores": {"a": "x", "b": 1}}, "tell none apart"),
        ({"input": "q", "targets": {"choices": ["a"], "labels": [1, 0]}}, "of one length"),
        ({"input": "q", "targets": 5}, "of one length"),
        (HH | {"chosen": None, "body": {"messages": [{"role": "user", "content": "q"}]}}, "must both be dialogues"),
        (HH | {"messages": [{"role": "user", "content": "q"}]}, "name the prompt"),
    ],
)
def test_what_is_no_comparison(row: object, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        read_comparison(row)
