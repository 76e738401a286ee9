"""Whether a file holds the rows that a trainer takes: each fault is told in full, with its row."""

from typing import Any

import pytest

from caigen.exports.check import find_faults

GOOD, BAD = ({"role": "assistant", "content": text} for text in ("This often works.", "This always works."))
USER = {"role": "user", "content": "q"}
SYSTEM = {"role": "system", "content": "s"}
GOOD_PAIR = {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]}
LABELS: dict[str, Any] = {
    "prompt": [USER],
    "completion": [GOOD],
    "input_ids": [5, 6, 7],
    "labels": [-100, 0, 1],
    "spans": [{"start": 5, "end": 10, "tokens": [2, 3], "principle": "A", "severity": 1, "quote": "often"}],
}
SPOKEN = "{} does not end with something that the assistant said"
UNASKED, UNTURNED = "the prompt does not end with the user", "user and assistant do not speak in turn"


@pytest.mark.parametrize(
    ("to", "kind", "row", "message"),
    [
        ("trl", "pairs", GOOD_PAIR | {"prompt": [USER, GOOD]}, [UNASKED]),
        ("trl", "pairs", GOOD_PAIR | {"chosen": [USER], "rejected": [USER]},
         ["chosen and rejected are the same", SPOKEN.format("chosen"), SPOKEN.format("rejected")]),
        ("trl-reward", "pairs", {"chosen": [USER, GOOD], "rejected": [BAD, USER]}, [SPOKEN.format("rejected")]),
        ("trl-kto", "pairs", {"prompt": [SYSTEM], "completion": [GOOD | {"content": "\n"}], "label": True},
         [UNASKED, SPOKEN.format("completion")]),
        ("openrlhf", "sft", {"input": [GOOD], "output": [USER]}, [UNASKED, SPOKEN.format("output")]),
        ("openrlhf", "prompts", {"input": [SYSTEM], "label": "a", "datasource": ""}, [UNASKED]),
        ("nemo-rl", "pairs",
         {"context": [GOOD], "completions": [{"rank": n, "completion": [one]} for n, one in enumerate((GOOD, BAD))]},
         [UNASKED]),
        ("llama-factory", "pairs", {"conversations": [USER, GOOD], "chosen": GOOD, "rejected": USER},
         [UNASKED, SPOKEN.format("rejected")]),
        ("llama-factory", "pairs", {"conversations": [USER, USER], "chosen": GOOD, "rejected": BAD}, [UNTURNED]),
        ("llama-factory", "pairs", {"conversations": [SYSTEM, USER, GOOD, USER], "chosen": GOOD, "rejected": BAD}, []),
        ("torchtune", "sft", {"messages": [SYSTEM, USER]}, [SPOKEN.format("messages")]),
        ("torchtune", "sft", {"messages": [USER, USER, GOOD]}, [UNTURNED]),
        ("torchtune", "sft", {"messages": [GOOD, USER, GOOD]}, [UNTURNED]),
        ("trl", "sft", {"prompt": "a text", "completion": " more"}, []),
        ("trl", "spans", LABELS, []),
        ("trl", "spans", LABELS | {"labels": [0, 1]}, ["2 labels for 3 tokens"]),
        ("trl", "spans", LABELS | {"spans": []}, ["tokens have the label 1 without a span"]),
        ("trl", "spans", LABELS | {"labels": [-100, 1, 0]}, ["no token of 'often' has the label 1"]),
        ("trl", "spans", LABELS | {"spans": [LABELS["spans"][0] | {"end": 9}]},
         ["5:9 of the completion is not 'often'"]),
        ("trl", "spans", LABELS | {"labels": [1, 0, 0], "spans": [LABELS["spans"][0] | {"start": 4}] * 2},
         ["4:10 of the completion is not 'often'", "no token of 'often' has the label 1"] * 2),
        ("trl", "spans", LABELS | {"labels": [-100, 0, 0], "spans": []}, []),
    ],
)  # fmt: skip
def test_all_that_is_wrong_with_a_row_of_the_right_shape(to: str, kind: Any, row: Any, message: list[str]) -> None:
    assert find_faults([row], to, kind) == [f"row 1: {fault}" for fault in message]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (5, "row: input should be a valid dictionary"),
        ({"prompt": [USER], "chosen": [{"role": "tool", "content": "x"}], "rejected": [BAD]},
         "chosen.0.role: input should be 'system', 'user' or 'assistant'"),
        (GOOD_PAIR | {"margin": "1"}, "margin: input should be a valid number"),
        (GOOD_PAIR | {"margin": float("nan")}, "margin: input should be a finite number"),
        (GOOD_PAIR | {"rejected": [BAD, BAD]},
         "rejected: list should have at most 1 item after validation, not 2"),
    ],
)  # fmt: skip
def test_a_row_of_another_shape_is_told_by_its_place(row: Any, message: str) -> None:
    assert find_faults([GOOD_PAIR, row], "trl", "pairs") == [f"row 2: {message}"]


def test_no_more_faults_are_told_than_anybody_reads() -> None:
    """Twenty, or as many as the row with the twentieth has."""
    wrong = {"prompt": [GOOD], "chosen": [GOOD], "rejected": [GOOD]}
    assert find_faults([wrong] * 30, "trl", "pairs") == [
        f"row {n}: {what}" for n in range(1, 11) for what in (UNASKED, "chosen and rejected are the same")
    ]
    assert len(find_faults([5] * 30, "trl", "pairs")) == 20
    margins = [GOOD_PAIR | {"margin": 0.5}, GOOD_PAIR, GOOD_PAIR | {"margin": 0.25}]
    told = "some rows have a margin and some have none; a trainer reads it from the first row for all"
    assert find_faults(margins, "trl", "pairs") == [told]
    assert find_faults(margins[:1] * 2, "trl", "pairs") == []


def test_a_text_that_stands_there_as_good_and_as_bad_is_told_for_each_prompt() -> None:
    rows = [
        {"prompt": [USER | {"content": ask}], "completion": [said], "label": label}
        for ask, said, label in (("q", GOOD, True), ("r", GOOD, False), ("q", BAD, False), ("q", GOOD, False))
    ]
    assert find_faults(rows, "trl-kto", "pairs") == ["row 4: the same text stands there as good and as bad"]


def test_margins_are_in_all_rows_or_none() -> None:
    message = {"role": "assistant", "content": "a"}
    row = {"prompt": [{"role": "user", "content": "q"}], "chosen": [message], "rejected": [message | {"content": "b"}]}
    assert find_faults([row, row], "trl", "pairs") == []
    assert "some rows have a margin" in find_faults([row, row | {"margin": 0.5}], "trl", "pairs")[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chosen": "text"}, "row 1: chosen: input should be a valid list"),
        ({"extra": 1}, "row 1: extra: extra inputs are not permitted"),
        ({"prompt": []}, "row 1: prompt: list should have at least 1 item"),
        ({"prompt": [{"role": "assistant", "content": "a"}]}, "does not end with the user"),
        ({"rejected": [{"role": "assistant", "content": "a"}]}, "chosen and rejected are the same"),
        ({"chosen": [{"role": "user", "content": "a"}]}, "chosen does not end with something that the assistant said"),
        (
            {"chosen": [{"role": "assistant", "content": " "}]},
            "chosen does not end with something that the assistant said",
        ),
    ],
)
def test_what_is_wrong_with_a_row(change: dict[str, Any], message: str) -> None:
    row = {
        "prompt": [{"role": "user", "content": "q"}],
        "chosen": [{"role": "assistant", "content": "a"}],
        "rejected": [{"role": "assistant", "content": "b"}],
    }
    assert any(message in fault for fault in find_faults([row | change], "trl", "pairs"))
    assert find_faults([], "trl", "pairs") == ["no rows"]


def test_what_shapes_alone_do_not_say() -> None:
    row = {"prompt": [{"role": "user", "content": "q"}], "completion": [GOOD], "label": True}
    turned, again = row | {"label": False}, row | {"completion": [BAD]}
    assert find_faults([row, again], "trl-kto", "pairs") == []
    assert find_faults([row, turned], "trl-kto", "pairs") == ["row 2: the same text stands there as good and as bad"]
    assert find_faults([row, row], "trl-kto", "pairs") == ["row 2: the same row stands there before"]
    pair = {"prompt": row["prompt"], "chosen": [GOOD], "rejected": [BAD], "margin": 0.5}
    assert find_faults([pair], "openrlhf", "pairs") == []
    assert find_faults([pair], "axolotl", "pairs") == ["row 1: axolotl reads no margin"]


def test_a_fault_names_the_field_alone() -> None:
    (fault,) = find_faults([{"prompt": [{"role": "user", "content": "q"}]}], "trl", "sft")
    assert fault == "row 1: completion: field required"
