"""Every reason word that the code can emit is in the table, and the table has no other.

The words are found in the source: each way in which a word gets onto a record, into a summary or onto a card is one
pattern below. A word that is put together (`critique_{flag}`) is looked up by what its parts may be.
"""

import ast
import re
from collections.abc import Iterator
from typing import get_args

import pytest
from typer.testing import CliRunner, Result

from caigen.cli.app import app
from caigen.hygiene.languages import RULES
from caigen.reasons.explain import UNKNOWN, explain, meaning, sentence, spellings
from caigen.reasons.page import page
from caigen.reasons.table import REASONS, TITLES
from caigen.records import UNFINISHED_REASONS, Comparison, Verdict
from tests.conftest import ROOT

SOURCE = ROOT / "src" / "caigen"
# functions whose words are no reasons
NO_REASONS = {"misnamed", "_fault", "name"}
WORD = re.compile(r"[a-z]+(_[a-z]+)*")


def literals(node: ast.AST | None) -> Iterator[str]:
    """The texts that an expression may have the value of: `a or "x"`, `"x" if a else "y"`, `("x", …)`, `["x"] * n`."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from literals(part)
        case ast.IfExp(body=first, orelse=second) | ast.BinOp(left=first, right=second):
            yield from literals(first)
            yield from literals(second)


def called(node: ast.Call) -> str:
    """The last name of what is called: `update` in `self.reasons.update(…)`."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def owner(node: ast.expr) -> str:
    """The last name of what a method or an index belongs to: `reasons` in `self.reasons[…]`."""
    inner = node.value if isinstance(node, ast.Subscript | ast.Attribute) else node
    return inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")


# words that no pattern finds, with the file that emits them
ELSEWHERE = {
    "no_finish_reason": "engines/answers.py",
    "unknown": "summary.py",
    "busy": "judge/guard.py",
    "_second_tries": "stages/notes.py",
    "_second_tries_helped": "stages/notes.py",
    "rows_never_revised": "exports/sinks.py",
}
COUNTERS, FLAGS = {"reasons", "notes", "skipped"}, {"flags", "cleaned"}


def emitted(tree: ast.Module, file: str) -> Iterator[str]:
    """The words that a module emits."""
    yield from counted(tree)
    yield from raised(tree)
    yield from flagged(tree)
    for node in ast.walk(tree):
        if file == "stages/notes.py" and isinstance(node, ast.Yield | ast.YieldFrom):
            yield from literals(node.value)
        if file.startswith("exports/") and isinstance(node, ast.FunctionDef) and gives_reason(node):
            for inner in ast.walk(node):
                yield from literals(inner.value if isinstance(inner, ast.Return) else None)


def gives_reason(function: ast.FunctionDef) -> bool:
    """Whether a function of the exports says why there is no row: its type is `str | None`."""
    is_word_or_none = function.returns is not None and ast.unparse(function.returns) == "str | None"
    return is_word_or_none and function.name not in NO_REASONS


def counted(tree: ast.Module) -> Iterator[str]:
    """The words that are counted: `reasons["x"] += 1`, `reasons.update(["x"] * n)`, `summary.skip("x")`."""
    constants = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            constants[node.targets[0].id] = node.value
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(slice=key) if owner(node) in COUNTERS:
                yield from literals(constants.get(key.id) if isinstance(key, ast.Name) else key)
            case ast.Call(args=[first]) if called(node) == "update" and owner(node.func) in COUNTERS:
                yield from literals(first)
            case ast.Call(args=[_, default]) if called(node) == "next":
                yield from literals(default)  # next(iter(reasons), "x")
            case ast.Call(args=[first, *_]) if called(node) == "skip":
                yield from literals(first)


def raised(tree: ast.Module) -> Iterator[str]:
    """The kinds of failures: `RequestError("x", …)`, also by a local variable; `record.failed(stage, "x", …)`."""
    kinds: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            kinds.setdefault(node.targets[0].id, set()).update(literals(node.value))
    for node in ast.walk(tree):
        match node:
            case ast.Call(args=[kind, *_]) if called(node) in ("RequestError", "Unread"):
                yield from kinds.get(kind.id, ()) if isinstance(kind, ast.Name) else literals(kind)
            case ast.Call(args=[_, kind, _]) if called(node) == "failed":
                yield from literals(kind)


def flagged(tree: ast.Module) -> Iterator[str]:
    """The flags, and what was cleaned: `flags=("x",)`, `flags.append("x")`, `flags = {"x": test(text)}`."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="flags" | "cleaned"):
                yield from literals(node.value)
            case ast.Call(args=[flag]) if called(node) in ("append", "add") and owner(node.func) in FLAGS:
                yield from literals(flag)
            case ast.Assign(targets=[ast.Name(id="flags")], value=ast.Dict(keys=keys)):
                for key in keys:
                    yield from literals(key)


def hygiene_words() -> set[str]:
    """The words of the tables of hygiene: what is cleaned, and what the flags functions give."""
    words = {rule.word for rule in RULES}
    for path in sorted((SOURCE / "hygiene").glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            for node in ast.walk(function) if isinstance(function, ast.FunctionDef) else ():
                if isinstance(node, ast.Return | ast.Yield):
                    words |= set(literals(node.value))
    return {word for word in words if WORD.fullmatch(word)}


def all_emitted() -> dict[str, str]:
    """Each word with the file that emits it."""
    words: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        file = path.relative_to(SOURCE).as_posix()
        if file.startswith(("reasons/", "looking/", "cli/", "bench/", "demo/")):
            continue
        for word in emitted(ast.parse(path.read_text("utf-8")), file):
            if WORD.fullmatch(word):
                words.setdefault(word, file)
    words |= dict.fromkeys(hygiene_words(), "hygiene")
    words |= dict.fromkeys(UNFINISHED_REASONS.values(), "records.py")
    words |= {f"label_{status}": "verdict.py" for status in get_args(Comparison.model_fields["status"].annotation)}
    words |= {f"critique_{verdict}": "notes.py" for verdict in get_args(Verdict)}
    return words


EMITTED = all_emitted()


@pytest.mark.parametrize("word", EMITTED)
def test_an_emitted_word_is_explained(word: str) -> None:
    assert explain(word), f"{word} of {EMITTED[word]} is not in reasons/table.py"


def test_the_search_finds_the_words_of_every_kind() -> None:
    known = {"unrevised", "duplicate_pair", "no_span", "failed_earlier", "bad_line", "too_long", "rate_limited"}
    known |= {"leak", "identical", "unparsed", "invented_quote", "meta_prefix", "wrapping", "low_margin", "out_of_turn"}
    known |= {"critique_unusable", "nothing_to_compare", "template_refused", "earlier_answers_learned", "constitution"}
    known |= {"journal_damaged", "timeout", "judge_disagrees", "on_both_sides", "evaluation_prompt", "scored"}
    assert known <= set(EMITTED)


def test_no_word_of_the_table_is_stale() -> None:
    for word, file in ELSEWHERE.items():
        assert f"{word}" in (SOURCE / file).read_text("utf-8"), f"{file} does not emit {word}"
    for reason in REASONS:
        found = {reason.word, f"_{reason.word}", f"label_{reason.word}"} & (set(EMITTED) | set(ELSEWHERE))
        assert found, f"nothing emits {reason.word}"


def test_each_word_stands_once_in_its_kind_and_says_something() -> None:
    assert len({(reason.word, reason.kind) for reason in REASONS}) == len(REASONS)
    assert {reason.kind for reason in REASONS} == set(TITLES)
    for reason in REASONS:
        assert len(reason.meaning.split()) >= 3 and not reason.meaning.endswith(".")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("leak", "words of the critique or of the request stand in it. To do: read some"),
        ("critique_truncated", "cut off by a token limit. To do: raise"),
        ("answer_content_filter", "the server's content filter broke it off"),
        ("revision_too_long", "the request for it does not fit"),
        ("text_truncated", "cut off"),
        ("label_tie", "the judge prefers neither"),
        ("cleaned_role_tag", "a speaker's name"),
        ("revise:unreachable", "the server gave no answer"),
        ("sample:truncated", "cut off"),
        ("pairs.jsonl: unrevised", "no usable revision"),
        ("critique_second_tries_helped", "second tries that brought"),
        ("answer_recitation", UNKNOWN),
    ],
)
def test_a_word_of_parts(word: str, said: str) -> None:
    assert sentence(word).startswith(said)


def test_a_word_that_two_parts_use_means_what_its_part_means() -> None:
    assert meaning("too_long", "revision") != meaning("too_long", "critique")
    assert meaning("empty", "critique") == "it has no word"


def reasons(*args: str) -> Result:
    return CliRunner().invoke(app, ["reasons", *args], env={"COLUMNS": "80"})


def test_the_command() -> None:
    one = reasons("invented_quote")
    assert "\ninvented_quote  none of the words that it quotes is in the text." in one.stdout
    whole = reasons().stdout
    assert all(f"\n{reason.word} " in whole for reason in REASONS)
    assert max(map(len, whole.splitlines())) <= 80


def test_a_misspelt_word_is_answered_with_the_nearest() -> None:
    done = reasons("critiqe_truncated")
    assert done.exit_code == 1
    assert "did you mean critique_truncated" in done.stderr and done.stderr.count("\n") == 1
    assert "`caigen reasons` lists all" in reasons("zzzz").stderr


def test_the_words_that_begin_so_are_completed() -> None:
    from caigen.cli.reading import _complete_word

    assert [*_complete_word("revision_le")] == ["revision_leak"]
    assert "critique_truncated" in spellings()


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "reasons.md").read_text("utf-8") == page(), "run `make docs`"


# beginnings of words, and finish reasons of servers
OF_SERVERS = {"answer_", "critique_", "revision_", "tool_calls", "abort", "answer_error", "answer_abort"}


@pytest.mark.parametrize("name", ["exports.md", "hygiene.md", "critiques.md"])
def test_words_of_other_pages_are_in_the_table(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    sections = re.findall(r"^\| (?:word|flag|reason|counted reason) \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.M)
    assert sections
    for section in sections:
        for row in section.splitlines():
            for word in re.findall(r"`([a-z_]+)`", row.split("|")[1]):
                assert explain(word) or word in OF_SERVERS, word
