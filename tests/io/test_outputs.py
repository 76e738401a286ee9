"""A file is the same file under every spelling of its name, and what is read is never written."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from caigen.errors import CaigenError
from caigen.io.outputs import check, check_side_files

Spell = Callable[[Path], Path]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An input in a folder that has a second name."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    path = tmp_path / "real" / "in.jsonl"
    path.write_text("{}")
    return path


def same(path: Path) -> Path:
    return path


def dots(path: Path) -> Path:
    return path.parent / ".." / "real" / "." / path.name


def linked_folder(path: Path) -> Path:
    return path.parents[1] / "link" / path.name


def hard_link(path: Path) -> Path:
    other = path.with_name("second.jsonl")
    other.hardlink_to(path)
    return other


def relative(path: Path) -> Path:
    return Path(os.path.relpath(path))


def through_process(path: Path) -> Path:
    return Path(f"/proc/self/cwd/{os.path.relpath(path)}")


SPELLINGS: list[Spell] = [same, dots, linked_folder, hard_link, relative, through_process]


@pytest.mark.parametrize("spell", SPELLINGS)
@pytest.mark.parametrize("as_what", ["target", "summary", "journal", "side file", "partial"])
def test_an_input_is_no_output_under_any_name(spell: Spell, as_what: str, source: Path) -> None:
    path = spell(source)
    with pytest.raises(CaigenError, match="is the input too; name another file"):
        match as_what:
            case "target":
                check([path], str(source), overwrite=True, written_by_same_command=lambda: True)
            case "summary":
                check([], str(source), overwrite=True, written_by_same_command=lambda: True, summary=path)
            case "journal":
                check([], str(source), overwrite=True, written_by_same_command=lambda: True, journal=path)
            case "side file":
                check_side_files({path: "the data card"}, [], str(source))
            case _:
                partial = source.rename(source.with_name("o.partial"))
                if path.exists():  # a second name
                    path.unlink()
                path = spell(partial)
                check([source.with_name("o")], str(path), overwrite=True, written_by_same_command=lambda: True)


@pytest.mark.parametrize("spell", [same, dots, linked_folder, relative])
def test_an_output_that_is_not_there_yet_is_known_under_any_name(spell: Spell, source: Path) -> None:
    new = source.with_name("new.jsonl")
    with pytest.raises(CaigenError, match="is another output too"):
        check([new, spell(new)], str(source), overwrite=True, written_by_same_command=lambda: True)


def test_what_else_is_read_is_no_output(source: Path) -> None:
    constitution = source.with_name("c.yaml")
    constitution.write_text("x")
    second = source.with_name("d.yaml")
    second.hardlink_to(constitution)
    with pytest.raises(CaigenError, match=r"d\.yaml: is the constitution too"):
        check_side_files({}, [second], str(source), also_read={constitution: "the constitution"})
    check_side_files({}, [source.with_name("e.yaml")], str(source), also_read={constitution: "the constitution"})


def test_a_link_is_no_output(source: Path) -> None:
    path = source.with_name("o.jsonl")
    path.symlink_to(source.with_name("elsewhere"))
    with pytest.raises(CaigenError, match=r"is a symbolic link to .*elsewhere"):
        check([path], str(source), overwrite=True, written_by_same_command=lambda: True)


def test_devices_may_be_named_twice(source: Path) -> None:
    null = Path("/dev/null")
    check([null, null], str(source), overwrite=False, written_by_same_command=lambda: False)
