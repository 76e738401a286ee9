"""Every accepted shape of line, and what is said of the others."""

import functools
import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.io.messages import ShapeError, parse_hh
from caigen.io.rows import read_row, unused_fields
from caigen.io.write import to_row
from caigen.records import Record

USER = {"role": "user", "content": "hi"}
SAID = {"role": "assistant", "content": "yes"}
NO = {"role": "assistant", "content": "no"}
RECORD = {"schema": "caigen.record/1", "id": "a", "prompt": [USER]}


@pytest.mark.parametrize(
    ("row", "turns", "answer"),
    [
        ({"prompt": "hi"}, ["user"], None),
        ({"prompt": "hi", "response": "yes"}, ["user"], "yes"),
        ({"prompt": [{"role": "system", "content": "be kind"}, USER]}, ["system", "user"], None),
        ({"messages": [USER]}, ["user"], None),
        ({"messages": [USER, SAID]}, ["user"], "yes"),
        ({"messages": [USER, SAID, USER]}, ["user", "assistant", "user"], None),
        (
            {"custom_id": "a", "method": "POST", "url": "/v1", "body": {"model": "m", "messages": [USER]}},
            ["user"],
            None,
        ),
        ({"prompt": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]}, ["user"], None),
        ({"prompt": None, "messages": [USER, SAID]}, ["user"], "yes"),
        ({"prompt": "hi", "messages": None, "response": None}, ["user"], None),
        ({"prompt": "hi", "completion": "yes"}, ["user"], "yes"),
        ({"prompt": [USER], "completion": [SAID]}, ["user"], "yes"),
        ({"prompt": "hi", "completion": "no", "response": "yes"}, ["user"], "yes"),
        ({"prompt": "hi", "completion": 0.5}, ["user"], None),
        ({"prompt": "hi", "completion": ""}, ["user"], None),
        ({"prompt": "hi", "system": "be kind"}, ["system", "user"], None),
        ({"messages": [USER, SAID], "system_prompt": "be kind"}, ["system", "user"], "yes"),
        ({"prompt": [{"role": "system", "content": "be kind"}, USER], "system": "be rude"}, ["system", "user"], None),
        ({"chosen": [USER, SAID], "rejected": [USER, {"role": "assistant", "content": "no"}]}, ["user"], None),
        ({"chosen": [USER, SAID, USER, SAID], "rejected": [USER, SAID]}, ["user"], None),  # both share an answer
    ],
)
def test_shapes(row: dict[str, object], turns: list[str], answer: str | None) -> None:
    record = read_row(row)
    assert [m.role for m in record.prompt] == turns
    assert [c.text for c in record.candidates] == ([] if answer is None else [answer])


def test_hh_rlhf_keeps_all_shared_turns() -> None:
    head = "\n\nHuman: one\n\nAssistant: two\n\nHuman: three\n\nAssistant:"
    row = {"chosen": head + " good", "rejected": head + " bad"}
    assert [m.content for m in read_row(row).prompt] == ["one", "two", "three"]
    assert read_row(row).candidates == ()
    assert read_row(row, take="rejected").candidates[0].text == "bad"
    assert read_row(row, take="chosen").candidates[0].text == "good"


@pytest.mark.parametrize(
    "sides",
    [
        {"prompt": "hi", "chosen": "yes", "rejected": "no"},
        {"prompt": "hi", "chosen": SAID, "rejected": NO},
        {"prompt": [USER], "chosen": [SAID], "rejected": [NO]},
        {"prompt": "hi", "chosen": [USER, SAID], "rejected": [USER, NO]},
        {"chosen": [USER, SAID], "rejected": [USER, NO]},
        {"prompt": "hi", "response": "other", "chosen": "yes", "rejected": "no"},
        {"chosen": "\n\nHuman: hi\n\nAssistant: yes", "rejected": "\n\nHuman: hi\n\nAssistant: no"},
    ],
)
def test_take_picks_the_answer_of_every_preference_line(sides: dict[str, Any]) -> None:
    for take, said in (("chosen", "yes"), ("rejected", "no")):
        record = read_row(sides, take=take)  # type: ignore[arg-type]
        assert [turn.content for turn in record.prompt] == ["hi"]
        assert [candidate.text for candidate in record.candidates] == [said]
    untaken = read_row(sides)
    assert [candidate.text for candidate in untaken.candidates] == ([sides["response"]] if "response" in sides else [])


def test_a_system_field_is_the_system_message_where_there_is_none() -> None:
    record = read_row({"prompt": "hi", "system": "be kind", "topic": "x"})
    assert [turn.content for turn in record.prompt] == ["be kind", "hi"]
    assert record.meta == {"topic": "x"}
    two = {"prompt": [{"role": "system", "content": "be kind"}, USER], "system": "be rude"}
    assert read_row(two).meta == {"system": "be rude"}
    assert unused_fields(two, read_row(two)) == ["system"]


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ({"prompt": "hi", "topic": "x", "source": "y"}, []),
        ({"prompt": "hi", "completion": "yes", "system": "be kind"}, []),
        ({"prompt": "hi", "chosen": "a", "rejected": "b"}, ["chosen", "rejected"]),
        ({"prompt": "hi", "completion": {"text": "a"}}, ["completion"]),
        ({"prompt": "hi", "answer": "4", "input": "", "tools": None}, ["answer"]),
        ({"prompt": "hi", "messages": [USER]}, ["messages"]),
        ({"messages": [USER, SAID | {"tool_calls": [{"id": "1"}]}]}, ["tool_calls"]),
        ({"messages": [USER, SAID | {"tool_calls": None}]}, []),
        ({"custom_id": "a", "body": {"messages": [USER], "tools": [{"type": "function"}]}}, ["tools"]),
        ({"schema": "caigen.record/1", "id": "a", "prompt": [USER], "meta": {"system": "x"}}, []),
    ],
)
def test_fields_that_look_like_data_and_are_not_used(row: dict[str, Any], names: list[str]) -> None:
    assert unused_fields(row, read_row(row)) == names


def test_colons_inside_a_turn_do_not_cut_it() -> None:
    assert [m.content for m in parse_hh("\n\nHuman: note: a Human: said\n\nAssistant: ok: fine")] == [
        "note: a Human: said",
        "ok: fine",
    ]


def test_other_fields_go_to_meta_and_ids_are_kept() -> None:
    record = read_row({"id": 7, "prompt": "hi", "topic": "x", "n": 3})
    assert record.id == "7"
    assert record.meta == {"topic": "x", "n": 3}
    assert to_row(read_row({"prompt": "hi", "a": None, "b": {"c": None}}))["meta"] == {"a": None, "b": {"c": None}}


def test_a_schema_column_of_the_users_own_is_no_record() -> None:
    assert read_row({"prompt": "hi", "schema": "CREATE TABLE t"}).meta == {"schema": "CREATE TABLE t"}


def test_a_thought_in_an_answer_is_kept_apart() -> None:
    (candidate,) = read_row({"prompt": "hi", "response": "<think>hm</think>\n\nyes"}).candidates
    assert (candidate.text, candidate.reasoning) == ("yes", "hm")
    for whole in (" yes ", "The tag </think> closes it. Use it last."):
        assert read_row({"prompt": "hi", "response": whole}).candidates[0].text == whole
    turns = [USER, {"role": "assistant", "content": "<think>SECRET</think>yes"}, USER]
    assert "SECRET" not in str(read_row({"messages": turns}).prompt)


def test_ids_from_content_are_stable() -> None:
    assert read_row({"prompt": "hi"}).id == read_row({"prompt": "hi"}).id
    assert read_row({"prompt": "hi"}).id != read_row({"prompt": "ho"}).id


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([1], "not a JSON object but list"),
        ({}, "the row has no fields"),
        ({"text": "x"}, "--prompt-field text takes them as prompts"),
        ({"body_text": "x", "n": 1}, 'the row has "body_text", "n"; --prompt-field NAME says which is the prompt'),
        ({"custom_id": "a", "response": {"body": {}}}, "an answer of an OpenAI batch, which lacks the prompt"),
        ({"custom_id": "a", "url": "/v1/embeddings", "body": {"input": "x"}}, "a request for an embedding"),
        ({"harmful0": {"prompt": []}}, "give the file to --constitution"),
        ({"turns": ["a", "b"]}, "--prompt-field turns.0"),
        ({"prompt": {"text": "x", "toxicity": 0.1}}, "--prompt-field prompt.text"),
        ({"question": "who?", "context": "a page", "answers": {"text": ["x"]}}, 'is asked about "context"'),
        ({"prompt": "[{'role': 'user', 'content': 'hi'}]"}, "holds messages but is not JSON"),
        ({"messages": [USER, {"role": "tool", "content": "4"}]}, r"messages[1] is a turn of a tool (role 'tool')"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "a part of the type 'image_url'"),
        ({"conversation_a": [USER, SAID], "conversation_b": [NO], "winner": "tie"}, "share no prompt"),
        ({"prompt": ""}, "empty prompt"),
        ({"prompt": "  \n"}, "empty prompt"),
        ({"prompt": []}, "neither a text nor a list"),
        ({"prompt": [SAID]}, "does not end with a user"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "role 'robot' is not one of system, user, assistant"),
        ({"messages": [{"role": "user"}]}, "needs role and content"),
        ({"messages": [USER, {"role": "assistant", "content": " "}]}, "is empty"),
        ({"prompt": "x", "response": 3}, "not a text"),
        ({"prompt": "x", "response": "<think>hm</think>"}, "a thought and nothing else"),
        ({"prompt": "x", "id": 1.5}, "neither a text nor an integer"),
        ({"prompt": "x", "a": functools.reduce(lambda inner, _: [inner], range(200), 0)}, "nested deeper than 100"),
        (RECORD | {"meta": functools.reduce(lambda inner, _: [inner], range(260), 0)}, "meta: nested deeper than 100"),
        ({"chosen": 1, "rejected": 2}, "must be hh-rlhf dialogues"),
        ({"chosen": "hello", "rejected": "hello"}, "not an hh-rlhf dialogue"),
        ({"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: c\n\nAssistant: d"}, "share no prompt"),
        ({"schema": "caigen.record/9", "id": "a"}, "not one this caigen reads"),
        ({"schema": "caigen.record/1", "id": "a", "prompt": [USER], "extra": 1}, "extra: extra inputs"),
        ({"schema": "caigen.record/1", "id": "a", "prompt": [USER], "candidates": [{"text": 5}]}, "candidates.0.text"),
    ],
)
def test_what_is_not_accepted(row: object, message: str) -> None:
    with pytest.raises(ShapeError, match=re.escape(message)):
        read_row(row)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50).filter(
    lambda text: bool(text.strip())
)


@given(prompt=texts, answer=texts)
def test_a_record_survives_its_line(prompt: str, answer: str) -> None:
    record = read_row({"prompt": prompt, "response": answer, "note": prompt})
    assert read_row(to_row(record)) == record
    assert isinstance(record, Record)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"prompt": "other", "chosen": [USER, SAID], "rejected": [USER, NO]}, "goes on from another prompt"),
        ({"prompt": "hi", "chosen": [USER], "rejected": "no"}, '"chosen" does not end with an answer'),
        ({"prompt": "hi", "chosen": " ", "rejected": "no"}, "is not a message"),
    ],
)
def test_what_take_does_not_accept(row: dict[str, Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        read_row(row, take="chosen")


def test_a_meta_as_deep_as_it_may_be_is_written() -> None:
    deep = functools.reduce(lambda inner, _: [inner], range(97), 0)
    record = read_row({"prompt": "hi", "deep": deep})
    assert orjson.loads(orjson.dumps(to_row(record)))["meta"] == {"deep": deep}
    assert read_row(to_row(record)) == record
