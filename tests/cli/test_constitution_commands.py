"""`caigen constitution new · check · list`, and what a shell offers for --constitution."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from caigen.cli.app import app
from caigen.cli.completion import complete_name
from caigen.constitution.load import load


def call(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["constitution", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_new_writes_a_constitution_that_loads(tmp_path: Path) -> None:
    file = tmp_path / "energy_desk.yaml"
    code, _, said = call("new", str(file))
    assert code == 0
    assert f"-c {file}" in said
    made = load(file)
    assert (made.id, made.title, made.version) == ("energy-desk", "Energy desk", "1.0.0")
    assert [principle.id for principle in made.principles] == ["ENE-001", "ENE-002"]
    assert "#" in file.read_text("utf-8")


def test_new_never_replaces_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine")
    code, _, said = call("new", str(file))
    assert (code, file.read_text()) == (1, "mine")
    assert "is there already" in said
    link = tmp_path / "link.yaml"
    link.symlink_to(tmp_path / "elsewhere.yaml")
    assert call("new", str(link))[0] == 1
    assert not (tmp_path / "elsewhere.yaml").exists()


@pytest.mark.parametrize("title", ["Our desk", 'He said "no": x', "C:\\desk", "日本語", "---", "x" * 300])
def test_new_from_a_shipped_one(tmp_path: Path, title: str) -> None:
    file = tmp_path / "mine.yaml"
    assert call("new", str(file), "--from", "general", "--title", title)[0] == 0
    made, general = load(file), load("general")
    assert made.title == title
    assert made.id != general.id
    assert made.principles == general.principles
    assert call("new", str(tmp_path / "b.yaml"), "--title", title)[0] == 0
    assert load(tmp_path / "b.yaml").title == title


def test_new_from_what_is_not_there(tmp_path: Path) -> None:
    code, _, said = call("new", str(tmp_path / "a.yaml"), "--from", "helthcare")
    assert code == 1
    assert "did you mean healthcare?" in said
    assert not (tmp_path / "a.yaml").exists()


def test_check_reports_all_files(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    call("new", str(good))
    bad.write_text("version: 1.0\n")
    code, out, _ = call("check", str(bad), str(good), "legl")
    assert code == 1
    assert f'{bad}:1:10: version: 1.0 is a number, not a text; write `version: "1.0.0"`' in out
    assert f"{bad}: 5 faults" in out
    assert f"{good}: Good (good@1.0.0), 2 rules, no faults" in out
    assert "legl: there is no such file; did you mean legal?" in out
    assert call("check", str(good))[0] == 0


def test_other_commands_print_the_same_list(tmp_path: Path) -> None:
    bad, prompts = tmp_path / "bad.yaml", tmp_path / "p.txt"
    bad.write_text("version: 1.0\n")
    prompts.write_text("Hello\n")
    result = CliRunner().invoke(app, ["critique", str(prompts), "-c", str(bad)])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {bad}: 5 faults\n  {bad}:1:1: schema: is missing")


def test_list() -> None:
    code, out, _ = call("list")
    assert code == 0
    assert "general       16 rules  Conduct that any assistant owes" in out
    assert len(out.splitlines()) == 4


def test_completion_offers_names_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("health.yaml", "health.txt", ".hidden.yaml"):
        Path(name).touch()
    Path("help").mkdir()
    Path("help/x.json").touch()
    assert complete_name("hea") == ["healthcare", "health.yaml"]
    assert complete_name("help") == ["help/"]
    assert complete_name("help/") == ["help/x.json"]
    assert complete_name("nowhere/x") == []
