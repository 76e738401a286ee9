"""`caigen show`: what stands on the page, word for word, at 80 and 120 columns; colour on a terminal alone."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from caigen.cli.app import app
from caigen.io.write import to_row
from caigen.looking.chain import Chain
from caigen.looking.marks import Marks
from caigen.looking.principles import PrincipleTexts
from caigen.records import Candidate, Critique, Message, Record, Revision, Round, Span
from tests.conftest import Run, environment
from tests.looking import examples

TEXTS = Path(__file__).parent / "texts"


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return examples.write(tmp_path / "records.jsonl")


def show(*args: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(app, ["show", *map(str, args)], env=environment)


@pytest.mark.parametrize("width", [80, 120])
def test_the_page_word_for_word(records: Path, width: int) -> None:
    done = show(records, "--width", str(width))
    assert done.exit_code == 0
    assert done.stdout == (TEXTS / f"show{width}.txt").read_text("utf-8")
    assert done.stderr == "4 shown; read 4 = kept 4 + left out 0\n"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_too_wide_and_none_ends_in_space(records: Path, width: int) -> None:
    from rich.cells import cell_len

    lines = show(records, "--width", str(width)).stdout.splitlines()
    assert max(map(cell_len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)


def test_a_pipe_gets_no_escape_sequence_and_neither_do_texts_of_models(records: Path) -> None:
    assert "\x1b" not in show(records).stdout
    coloured = show(records, "--color").stdout
    assert "\x1b[9;31malways helps\x1b[0m \x1b[32mmay help\x1b[0m" in coloured
    assert "\\x1b]0;owned\\x07" in coloured and "\x1b]0;" not in coloured and "\x07" not in coloured


def on_terminal(command: list[str], width: int, **variables: str) -> str:
    """What a command writes on a terminal of this width."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    kept = {name: value for name, value in environment().items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "caigen", *command],
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=subprocess.DEVNULL,
        env=kept | {"TERM": "xterm-256color"} | variables,
    )
    os.close(slave)
    written = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # the end of a terminal
            break
        if not chunk:
            break
        written += chunk
    assert process.wait() == 0
    os.close(master)
    return written.decode().replace("\r\n", "\n")


@pytest.mark.process
@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_gets_colours_and_its_own_width(records: Path, width: int) -> None:
    written = on_terminal(["show", str(records)], width)
    assert "\x1b[1;31malways helps\x1b[0m against" in written
    assert "\x1b[9;31malways helps\x1b[0m \x1b[32mmay help\x1b[0m" in written
    plain = on_terminal(["show", str(records)], width, NO_COLOR="1")
    assert "\x1b" not in plain
    assert plain == (TEXTS / f"show{width}.txt").read_text("utf-8")


@pytest.mark.process
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    many = [examples.tea().model_copy(update={"id": f"r{number}"}) for number in range(300)]
    path = examples.write(tmp_path / "many.jsonl", many)
    command = f"{sys.executable} -m caigen show {path} -n 300 | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment(), timeout=60)
    assert done.stdout.startswith("record    r0") and done.stderr == ""
    assert done.returncode == 141


@pytest.mark.process
@pytest.mark.parametrize("command", ["show", "stats", "filter", "reasons"])
def test_help_and_completion_load_nothing_heavy(command: str) -> None:
    start = f"import sys; sys.argv = ['caigen', '{command}', '--help']; from caigen.cli.app import app"
    code = f"{start}\ntry: app()\nexcept SystemExit: pass\nprint(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), timeout=60)
    loaded = set(done.stdout.splitlines()[-1].strip("[]").replace("'", "").split(", "))
    assert loaded & {"orjson", "rapidfuzz", "vllm", "httpx", "caigen.looking.chain"} == set()


def test_what_is_shown_and_where_it_goes_on(records: Path) -> None:
    first = show(records, "-n", "2")
    assert [line for line in first.stdout.splitlines() if line.startswith("record")] == [
        "record    tea  done · general@1.0.0 · small@1 · large@2",
        "record    gone  failed",
    ]
    assert first.stderr == "2 shown; go on with --from 3\n"
    rest = show(records, "--from", "3")
    assert "record    cha" in rest.stdout and "record    tea" not in rest.stdout
    assert "record    gone  failed" in show(records, "--failed").stdout


def test_a_sample_is_the_same_every_time_and_another_with_another_seed(tmp_path: Path) -> None:
    many = [examples.waiting().model_copy(update={"id": f"r{number}"}) for number in range(50)]
    path = examples.write(tmp_path / "many.jsonl", many)
    pages = [show(path, "--sample", "5", "--seed", seed).stdout for seed in ("0", "0", "1")]
    assert pages[0] == pages[1] != pages[2]
    ids = [line.split()[1] for line in pages[0].splitlines() if line.startswith("record")]
    assert len(ids) == 5 and ids == sorted(ids, key=lambda name: int(name[1:]))


def test_the_first_rows_come_without_the_rest_of_the_file(tmp_path: Path) -> None:
    path = examples.write(tmp_path / "records.jsonl")
    with path.open("a") as file:
        file.write("not json\n")
    assert show(path, "-n", "3").exit_code == 0
    assert "records.jsonl:5" in show(path, "-n", "9").stderr
    # ids are unique, so nothing behind the last wanted one is read
    wanted = show(path, "--id", "tea", "--id", "gone")
    assert wanted.exit_code == 0 and wanted.stderr == "2 shown; read 2 = kept 2 + left out 0\n"
    assert CliRunner().invoke(app, ["stats", str(path), "--id", "tea"]).exit_code == 0


def test_stdin_is_read(records: Path, caigen: Run) -> None:
    piped = caigen("show", "--width", "80", stdin=records.read_bytes())
    assert piped.stdout == (TEXTS / "show80.txt").read_text("utf-8")


def test_a_folder_of_a_run(records: Path, tmp_path: Path) -> None:
    assert show(tmp_path).stdout == show(records).stdout
    empty = tmp_path / "empty"
    empty.mkdir()
    refused = show(empty)
    assert refused.exit_code == 1
    assert refused.stderr == f"error: {empty}: a folder without records.jsonl; name a file of records\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--id", "chai"], "no record 'chai' in 4 records; nearest: cha"),
        (["--principle", "GEN-01"], "no round under principle 'GEN-01' in 4 records; nearest: GEN-001"),
        (["--flag", "truncatd"], "did you mean truncated?"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(records: Path, args: list[str], said: str) -> None:
    done = show(records, *args)
    assert done.exit_code == 1
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_rules_of_the_users_own_constitution(records: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text(
        "schema: caigen.constitution/1\nid: mine\ntitle: Ours\nversion: '1.0.0'\nprinciples:\n"
        "  - {id: MINE-007, rev: 2, title: No shouting, text: Do not shout., "
        "critique: {request: Find it.}, revision: {request: Mend it.}}\n"
    )
    assert "MINE-007@2  (its text is not known here: --constitution FILE)" in show(records).stdout
    page = show(records, "--constitution", own).stdout
    assert "MINE-007@2  No shouting\nrule      Do not shout." in page
    assert "GEN-001@1  No false certainty" in page


def lines_of(record: Record) -> str:
    chain = Chain(Marks(colour=False), PrincipleTexts())
    return "\n".join(f"{line.label}: {line.text.plain}" for line in chain.lines(record) if line)


def one_round(answer: str, **parts: object) -> Record:
    turn = Round(principle="GEN-001@1", **parts)  # type: ignore[arg-type]
    return Record(
        id="a", prompt=(Message(role="user", content="x"),), candidates=(Candidate(text=answer, rounds=(turn,)),)
    )


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, "kept: no revision, and no critique was asked for"),
        ({"critique": Critique(text="bad", verdict="violates", severity=1)}, "kept: no revision yet"),
        (
            {"critique": Critique(text="good", verdict="complies")},
            "kept: no revision: the critique finds nothing wrong",
        ),
        ({"revision": Revision(text="", flags=("empty",))}, "flag: empty: it has no word"),
        ({"revision": Revision(text="It helps.", flags=("identical",))}, "flag: identical: the text that was to be"),
        ({"revision": Revision(text="It", finish_reason="weird")}, "flag: weird: it ended for this reason, by the"),
    ],
)
def test_what_became_of_a_round(parts: dict[str, object], said: str) -> None:
    assert said in lines_of(one_round("It helps.", **parts))


def test_a_span_that_does_not_fit_its_text_marks_nothing() -> None:
    critique = Critique(text="bad", verdict="violates", severity=1, spans=(Span(start=0, end=2, quote="So"),))
    assert "[[" not in lines_of(one_round("It helps.", critique=critique))


def test_quotes_that_overlap_are_marked_as_one() -> None:
    spans = tuple(Span(start=start, end=end, quote="It helps."[start:end]) for start, end in ((0, 5), (3, 8), (8, 9)))
    critique = Critique(text="bad", verdict="violates", severity=1, spans=spans)
    assert "answer: [[It helps.]]" in lines_of(one_round("It helps.", critique=critique))


def test_texts_too_long_to_compare_are_shown_whole() -> None:
    long = "word " * 15_000
    page = lines_of(one_round(long, revision=Revision(text=long + "end")))
    assert "revision: (too long to be compared) word word" in page


def test_a_prompt_alone_can_be_shown(tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_text('{"id": "p", "prompt": "What is tea?"}\n')
    assert show(path).stdout == "record    p  not processed yet\nprompt    What is tea?\n"


def test_examples_are_records() -> None:
    assert all(to_row(record)["schema"] == "caigen.record/1" for record in examples.all_records())
