"""All faults of a constitution are reported at once, each at its place and with what to write instead."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caigen.constitution.faults import FaultyConstitutionError
from caigen.constitution.load import check, parse
from caigen.errors import ConstitutionError
from tests.constitution.test_constitution import GOOD

# as somebody writes it from memory, before reading the documentation
FROM_MEMORY = """id: energy-first
title: Energy desk
version: 1.0
principles:
  - id: safety-first
    title: Safety first: always
    rule: Say at once what keeps people safe.
    critique: "Is it safe?"
    severity: hgh
  - id: ENE-002
    rev: 1
    title: no
    text: 5
    critique: "Which words promise a refund?"
    revision: "Promise none."
"""


def faults(text: str) -> list[str]:
    return [
        fault.at("x.yaml").removeprefix("x.yaml:")
        for fault in sorted(check(text, "x.yaml")[1], key=lambda f: (f.line, f.column))
    ]


def test_all_faults_at_once() -> None:
    assert faults(FROM_MEMORY) == [
        "1:1: schema: is missing; write `schema: caigen.constitution/1`",
        '3:10: version: 1.0 is a number, not a text; write `version: "1.0.0"`',
        "5:5: safety-first: rev: is missing; write `rev: 1`",
        "5:5: safety-first: revision: is missing; write "
        '`revision: "Rewrite your answer so that it promises no refund."`',
        "5:9: safety-first: id: 'safety-first' is not written as two to six capital letters, a hyphen, three digits; "
        "write `id: ENE-001`",
        "6:12: a text with a colon in it (`Safety first: always`); put it into quotation marks",
        "7:5: safety-first: rule: is no field of it; did you mean text?",
        "9:15: safety-first: severity: hgh is not one of low, medium, high, critical; write `severity: high`",
        '12:12: `no` is a text here, and true or false to other readers of YAML; write "no" for the text',
        '13:11: ENE-002: text: 5 is a number, not a text; put it into quotation marks: `text: "5"`',
    ]


def test_the_error_lists_them_all() -> None:
    with pytest.raises(FaultyConstitutionError) as caught:
        parse(FROM_MEMORY, source="x.yaml")
    lines = str(caught.value).split("\n")
    assert lines[0] == "x.yaml: 10 faults"
    assert all(line.startswith("  x.yaml:") for line in lines[1:])
    assert len(lines) == 11


def test_a_plain_text_is_a_request() -> None:
    short = GOOD.replace("{request: Find it.}", "Find it.").replace("{request: Mend it.}", '"Mend it."')
    assert parse(short, source="x") == parse(GOOD, source="x")
    assert parse(short, source="x").sha256 == parse(GOOD, source="x").sha256


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (GOOD.replace("    rev: 1", "\trev: 1"), ["7:1: a tab; write spaces at the beginning of a line"]),
        (GOOD.replace("title: One", "title: no"), ["8:12: `no` is a text here"]),
        (GOOD.replace("title: One", "title: Off"), ["8:12: `Off` is a text here"]),
        (GOOD.replace('"1.0.0"', "1.10"), ['4:10: version: 1.10 is a number, not a text; write `version: "1.10.0"`']),
        (GOOD.replace('"1.0.0"', "v2"), ["4:10: version: 'v2' is not written as three numbers"]),
        (GOOD.replace("text: Do", "text: &a Do"), ["9:11: an anchor (`&a`); leave it out"]),
        (GOOD.replace("text: Do one thing.", "text: *a"), ["9:11: an alias (`*a`); write the value itself"]),
        (GOOD.replace("text: Do", "text: !!str Do"), ["9:11: a tag (`tag:yaml.org,2002:str`); leave it out"]),
        (GOOD.replace("text: Do", "text: `Do"), ["9:11: a text that begins with a sign of YAML's own"]),
        (GOOD.replace("text: Do", 'text: "Do'), ["9:11: a quotation mark that is never closed"]),
        (GOOD.replace("text: Do", "text: 'It's"), ["9:15: a line that does not stand where it belongs"]),
        (GOOD.replace("text: Do one thing.", "text: Do\x1b[31m"), ["9:13: a control character (U+001B)"]),
        (GOOD + "---\nid: x\n", ["12:1: a second document (`---`)"]),
        (GOOD.replace("rev: 1", "rev: 0"), ["7:10: AB-001: rev: 0: input should be greater than or equal to 1"]),
        (GOOD.replace("{request: Find it.}", "[a]"), ["10:15: AB-001: critique: is a list, not a mapping"]),
        (
            GOOD.replace("{request: Find it.}", "{ask: a}"),
            ["10:16: AB-001: critique.ask: is no field of it", "10:5: AB-001: critique.request: is missing"],
        ),
        (
            GOOD.split("principles:")[0] + "principles:\n  - Do not lie.\n",
            ["6:5: principle 1: is a text, not a mapping"],
        ),
        (GOOD.replace("principles:", "rules:"), ["5:1: rules: is no field of it; did you mean principles?"]),
        ("", ["1:1: not a constitution: the file is empty"]),
        ("[" * 5000, ["1:1: not a constitution", "1:31: nested too deeply"]),
    ],
)
def test_each_fault_at_its_place(text: str, found: list[str]) -> None:
    given_ = faults(text)
    assert len(given_) == len(found), given_
    for line in given_:
        assert any(line.startswith(beginning) for beginning in found), line


def test_an_alias_bomb_is_not_followed() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert any("an alias" in fault for fault in faults("\n".join(lines)))


def test_proposed_ids_are_free() -> None:
    """The letters of the ids that there are, and the first numbers that nobody uses."""
    second = GOOD.split("principles:\n")[1]
    text = GOOD + second.replace("AB-001", "AB-002") + second + second
    assert [fault.partition("; ")[2] for fault in faults(text)] == ["write `id: AB-003`", "write `id: AB-004`"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_typed_is_a_constitution_or_a_list_of_faults(data: st.DataObject) -> None:
    """No text makes a traceback, and each fault is at a place of the file, in one printable line."""
    position = data.draw(st.integers(0, len(FROM_MEMORY)))
    typed = data.draw(st.text(alphabet=":-#'\"[]{}&*!|>%@`\t\n\x1b \u2028ab1.~?", max_size=8))
    cut = data.draw(st.integers(0, 6))
    text = FROM_MEMORY[:position] + typed + FROM_MEMORY[position + cut :]
    try:
        parse(text, source="x.yaml")
    except FaultyConstitutionError as error:
        for fault in error.faults:
            assert 1 <= fault.line <= text.count("\n") + text.count("\u2028") + 2
            assert fault.column >= 1
            assert fault.at("x.yaml").isprintable(), fault
    except ConstitutionError as error:
        raise AssertionError("a fault without a place") from error


def test_every_shipped_constitution_is_without_faults(tmp_path: Path) -> None:
    from caigen.constitution.load import demo_constitutions, shipped_constitutions

    for path in (shipped_constitutions() | demo_constitutions()).values():
        assert faults(path.read_text("utf-8")) == []
