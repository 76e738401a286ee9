"""Conditions and selections: which records fit, and what is said of a condition that cannot be read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from caigen.cli.app import app
from caigen.cli.options.selecting import VerdictWord
from caigen.errors import CaigenError
from caigen.io.read import Reader
from caigen.looking.conditions import OPERATORS, parse
from caigen.looking.fields import FIELDS, VERDICTS, rows
from caigen.looking.selection import Selected, selection
from tests.conftest import ROOT
from tests.looking import examples

ALL = examples.all_records()


def kept(*where: str, **options: object) -> list[str]:
    chosen = Selected(ALL, selection(where=where, **options), "records.jsonl")  # type: ignore[arg-type]
    return [record.id for record in chosen]


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("id=tea", ["tea"]),
        ("id=tea,cha", ["tea", "cha"]),
        ("id~EA", ["tea"]),
        ("status=failed", ["gone"]),
        ("status=none", ["plain"]),
        ("status!=done", ["gone", "plain"]),
        ("error=unreachable", ["gone"]),
        ("error=revise:unreachable", ["gone"]),
        ("error=", ["tea", "cha", "plain"]),
        ("error!=", ["gone"]),
        ("model=large@2", ["tea", "cha"]),
        ("model~SMALL", ["tea", "cha"]),
        ("model.critic=small@1", []),
        ("model.critic=large@2", ["tea", "cha"]),
        ("comparison=tie", ["tea"]),
        ("comparison=order_flip", []),
        ("candidates=2", ["tea"]),
        ("candidates<1", ["gone"]),
        ("rounds=2", ["tea"]),
        ("rounds>=1", ["tea", "cha"]),
        ("revised=yes", ["tea", "cha"]),
        ("revised=no", ["tea", "plain"]),
        ("words>10", ["tea", "cha"]),
        ("words<=2", ["plain"]),
        ("reward>0.9", ["tea"]),
        ("reward=", ["tea", "gone", "cha", "plain"]),
        ("reward!=", ["tea"]),
        ("principle=GEN-001", ["tea", "cha"]),
        ("principle=GEN-001@1", ["tea", "cha"]),
        ("principle=GEN-003, MINE-007", ["tea"]),
        ("verdict=violates", ["tea", "cha"]),
        ("verdict=complies,unclear", ["tea"]),
        ("verdict=unreadable", ["tea"]),
        ("severity>=2", ["tea"]),
        ("severity=1", ["cha"]),
        ("flag=leak", ["tea"]),
        ("flag=revision_leak", ["tea"]),
        ("flag=critique_truncated", ["tea"]),
        ("flag=answer_truncated", ["tea"]),
        ("flag!=", ["tea"]),
        ("meta.lang=zh", ["cha"]),
        ("meta.lang!=zh", ["tea", "gone", "plain"]),
        ("meta.lang=", ["gone", "plain"]),
        ("meta.score>=7", ["tea"]),
        ("meta.score = 7.0", ["tea"]),
        ("meta.topic.name~heal", ["tea"]),
        ("meta.topic.tags=cold", ["tea"]),
        ('meta.lang="zh"', ["cha"]),
    ],
)
def test_a_condition(condition: str, ids: list[str]) -> None:
    assert kept(condition) == ids


def test_every_field_and_operator_is_in_the_page() -> None:
    page = (ROOT / "docs" / "looking.md").read_text("utf-8")
    assert all(f"| `{field.name}` |" in page for field in FIELDS)
    assert all(f"`{operator}`" in page for operator in OPERATORS)


def test_all_conditions_hold_of_one_and_the_same_round() -> None:
    # GEN-001 is violated and GEN-003 is kept: no one round is both
    assert kept("principle=GEN-003", "verdict=violates") == []
    assert kept("principle=GEN-003", "verdict=complies") == ["tea"]
    # the reward and the flag belong to two candidates
    assert kept("reward>0", "flag=leak") == []


def test_the_others_with_invert() -> None:
    for conditions in (["status=failed"], ["verdict=violates", "severity>1"], ["id=tea"]):
        fitting, others = kept(*conditions), kept(*conditions, invert=True)
        assert sorted(fitting + others) == sorted(record.id for record in ALL)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("wrds>3", "no field 'wrds'; did you mean words?; the fields are id, status"),
        ("xyz=1", "no field 'xyz'; the fields are"),
        ("meta=1", "no field 'meta'"),
        ("meta.=1", "no field 'meta.'"),
        ("words>many", "words is a number, and 'many' is none"),
        ("words>", "needs a value"),
        ("words", "not a condition"),
        (">3", "not a condition"),
        ("", "not a condition"),
        ("verdict>violates", "verdict is no number"),
        ("verdict=violate", "no verdict 'violate'; did you mean violates?"),
        ("status=finished", "it is one of done, failed, none"),
        ("flag=truncatd", "did you mean truncated?"),
        ("meta.score>x", "'x' is not a number"),
        ("reward>nan", "reward is a number, and 'nan' is none"),
    ],
)
def test_a_condition_that_cannot_be_read(condition: str, said: str) -> None:
    with pytest.raises(CaigenError) as error:
        parse(condition)
    assert said in str(error.value) and str(error.value).startswith(f"--where {condition!r}: ")


def test_a_flag_of_a_server_is_its_own_word() -> None:
    assert parse("flag=recitation").values == ("recitation",)


@given(st.text(max_size=30) | st.from_regex(r"(words|meta\.x|id|flag)(=|!=|<|>=|~).{0,9}", fullmatch=True))
def test_any_text_is_a_condition_or_an_error(text: str) -> None:
    try:
        condition = parse(text)
    except CaigenError:
        return
    for record in ALL:
        for row in rows(record):
            assert condition.holds(row, record) in (True, False)


def test_the_words_of_the_option_are_those_of_the_field() -> None:
    assert tuple(VerdictWord) == VERDICTS


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, args)])


def test_filter_conserves_rows_and_the_next_command_reads_them(tmp_path: Path) -> None:
    path, out = examples.write(tmp_path / "records.jsonl"), tmp_path / "out.jsonl"
    done = run("filter", path, "--where", "verdict=violates", "--where", "severity>1", "-o", out)
    assert done.exit_code == 0
    assert done.stderr == "filter: read 4 = kept 1 + left out 3\n"
    assert out.read_bytes() == path.read_bytes().splitlines(keepends=True)[0]
    assert list(Reader(out)) == [examples.tea()]
    others = run("filter", path, "--id", "tea", "--invert")
    assert others.stdout.encode() == b"".join(path.read_bytes().splitlines(keepends=True)[1:])
    assert run("filter", path, "--failed").stdout.count("\n") == 1


def test_filter_replaces_nothing_unless_told(tmp_path: Path) -> None:
    path, out = examples.write(tmp_path / "records.jsonl"), tmp_path / "out.jsonl"
    out.write_text("mine\n")
    refused = run("filter", path, "-o", out)
    assert refused.exit_code == 1 and out.read_text() == "mine\n"
    assert "--overwrite" in refused.stderr
    assert run("filter", path, "-o", path, "--overwrite").exit_code == 1
    assert run("filter", path, "-o", out, "--overwrite").exit_code == 0
    assert len(list(Reader(out))) == 4


def test_an_id_that_is_not_there_leaves_no_half_file(tmp_path: Path) -> None:
    path, out = examples.write(tmp_path / "records.jsonl"), tmp_path / "out.jsonl"
    assert run("filter", path, "--id", "tea", "--id", "te", "-o", out).exit_code == 1
    assert not out.exists()


def test_a_bad_line_stops_or_is_counted(tmp_path: Path) -> None:
    path = examples.write(tmp_path / "records.jsonl")
    path.write_bytes(path.read_bytes() + b"{]\n")
    assert "records.jsonl:5" in run("filter", path).stderr
    skipping = run("filter", path, "--on-error", "skip")
    assert skipping.exit_code == 0 and skipping.stdout.count("\n") == 4
    assert "skipped: " in skipping.stderr
