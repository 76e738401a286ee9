"""The journal keeps answers under keys, refuses other files, and survives a kill."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from caigen.engines.journal import Journal
from caigen.engines.journal_file import reason
from caigen.errors import CaigenError
from tests.conftest import answered

KEY = f"{1:032x}"
AWAY = "move it away or name another with --journal"


def test_named_texts_beside_the_answers(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.journal"
    journal = Journal(path)
    assert journal.get_meta("model") is None
    for value in ("m@1", "m@2"):
        journal.set_meta("model", value)
        assert journal.get_meta("model") == value
    journal.set_meta("other", "x")
    journal.close()
    journal = Journal(path)
    assert (journal.get_meta("model"), journal.get_meta("other"), journal.get_meta("Model")) == ("m@2", "x", None)
    journal.close()


def test_the_first_answer_stays(tmp_path: Path) -> None:
    for text in (b"first", b"second"):
        journal = Journal(tmp_path / "a.journal")
        journal.put(KEY, text)
        journal.close()
    journal = Journal(tmp_path / "a.journal")
    assert journal.get(KEY) == b"first"
    journal.close()


def test_what_waits_is_on_disk_within_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    journal = Journal(path)
    for number in range(3):
        journal.put(f"{number:032x}", b"answer")
    assert journal.unwritten > 0
    asyncio.run(asyncio.wait_for(journal.wait_until_written(f"{2:032x}"), 30))
    assert (journal.unwritten, answered(path)) == (0, 3)
    journal.close()


def test_a_journal_that_can_no_longer_be_written_is_one_line(tmp_path: Path) -> None:
    """The tables are taken away beneath it."""
    path = tmp_path / "a.journal"
    journal = Journal(path)
    connection = sqlite3.connect(path)
    connection.executescript("DROP TABLE answers; DROP TABLE facts;")
    connection.close()
    for call, why in (
        (lambda: journal.set_meta("a", "b"), f"{path}: cannot be written: no such table: facts"),
        (lambda: journal.get_meta("a"), f"{path}: cannot be read: no such table: facts; {AWAY}"),
    ):
        with pytest.raises(CaigenError) as caught:
            call()
        assert str(caught.value) == why
    journal.put(KEY, b"answer")
    assert journal.unwritten == 1

    async def wait() -> None:
        await asyncio.wait_for(journal.wait_until_written(KEY), 30)

    for fails in (lambda: asyncio.run(wait()), journal.check, lambda: journal.get(KEY), journal.close):
        with pytest.raises(CaigenError) as caught:
            fails()
        assert str(caught.value) == f"{path}: cannot be written: no such table: answers"
    assert not path.with_name("a.journal-lock").exists()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "deep" / "a.journal"
    with pytest.raises(CaigenError) as caught:
        Journal(path)
    assert str(caught.value) == f"{path}: cannot be written: Not a directory"


@pytest.mark.parametrize("number", [0, 3, 99, -1])
def test_a_journal_of_another_format_is_refused(tmp_path: Path, number: int) -> None:
    path = tmp_path / "a.journal"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version={number}")
    connection.execute("CREATE TABLE answers (KEY BLOB PRIMARY KEY, answer BLOB NOT NULL)")
    connection.close()
    with pytest.raises(CaigenError) as caught:
        Journal(path)
    assert str(caught.value) == f"{path}: a journal of format {number}, this caigen writes format 2; {AWAY}"
    assert not path.with_name("a.journal-lock").exists()


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.journal").write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(CaigenError) as caught:
        Journal(tmp_path / "b.journal")
    why = "not a journal of caigen, or not writable: file is not a database"
    assert str(caught.value) == f"{tmp_path / 'b.journal'}: {why}; {AWAY}"


def test_answers_survive_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    code = (
        "import sys, time; from pathlib import Path; from caigen.engines.journal import Journal\n"
        "j = Journal(Path(sys.argv[1])); n = 0\n"
        "while True:\n    j.put(f'{n:032x}', b'answer'); n += 1; time.sleep(0.0005)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and answered(path) <= 50:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    journal = Journal(path)
    assert journal.get(f"{0:032x}") == b"answer"
    assert journal.get(f"{50:032x}") == b"answer"
    assert journal.get("f" * 32) is None
    journal.close()


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-lock"])
def test_a_journal_follows_no_link(ending: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.touch()
    link = tmp_path / f"a.journal{ending}"
    link.symlink_to(other)
    with pytest.raises(CaigenError) as caught:
        Journal(tmp_path / "a.journal")
    assert str(caught.value) == f"{link}: is a symbolic link; name the file itself with --journal, or remove it"
    assert other.read_bytes() == b""


@pytest.mark.parametrize("replaced", [False, True])
def test_a_journal_that_was_moved_away_is_noticed(replaced: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    journal = Journal(path)
    journal.put(KEY, b"answer")
    asyncio.run(journal.wait_until_written(KEY))
    for file in tmp_path.glob("a.journal*"):
        file.unlink()
    if replaced:
        path.touch()
    with pytest.raises(CaigenError) as caught:
        journal.close()
    moved = "it was removed or replaced while it was used; give the same command again"
    assert str(caught.value) == f"{path}: cannot be written: {moved}"


def test_a_journal_without_checksums_gets_them(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=1")
    connection.execute("CREATE TABLE answers (key BLOB PRIMARY KEY, answer BLOB NOT NULL)")
    connection.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
    connection.execute("INSERT INTO answers VALUES (?, ?)", (bytes.fromhex(KEY), b"kept"))
    connection.execute("INSERT INTO answers VALUES (?, 'a text')", (bytes.fromhex(f"{2:032x}"),))
    connection.execute("INSERT INTO facts VALUES ('command', 'x')")
    connection.commit()
    connection.close()
    for _ in range(2):
        journal = Journal(path)
        assert journal.get(KEY) == b"kept"
        assert journal.get(f"{2:032x}") is None
        assert (journal.get_meta("command"), journal.damaged) == ("x", 1)
        journal.close()


def test_a_journal_that_another_process_holds_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    Journal(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(CaigenError) as caught:
        Journal(path)
    other.close()
    assert "another process holds it (database is locked); end that one, then the same command" in str(caught.value)


def test_a_full_disk_is_said_with_what_to_do(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.journal", isolation_level=None)
    connection.execute("CREATE TABLE answers (key BLOB PRIMARY KEY, answer BLOB NOT NULL)")
    connection.execute("PRAGMA max_page_count=4")
    with pytest.raises(sqlite3.Error) as full:
        connection.execute("INSERT INTO answers VALUES (x'00', zeroblob(100000))")
    connection.close()
    assert (
        reason(full.value, tmp_path / "a.journal") == "the disk is full; make room, then the same command again goes on"
    )
    other = sqlite3.OperationalError("disk I/O error")
    other.sqlite_errorcode = sqlite3.SQLITE_IOERR
    assert reason(other, tmp_path / "a.journal") == "disk I/O error"  # there is room
    assert reason(OSError("gone"), tmp_path) == "gone"


def test_a_journal_whose_texts_are_no_utf8_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    journal = Journal(path)
    journal.close()
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CREATE\xef\xff\xfeABLE"))
    with pytest.raises(CaigenError):
        Journal(path)
