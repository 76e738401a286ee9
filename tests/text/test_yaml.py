"""YAML is read within bounds; whatever is wrong with it is one kind of error."""

import time
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.text.yaml import MAX_LEVELS, YamlTextError, parse_yaml


def doubled(line: str) -> str:
    """Sixty lines, each with the one before twice."""
    lines = ["a0: &a0 {x: 1}"] + [line.format(own=f"a{n}", before=f"a{n - 1}") for n in range(1, 60)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "line", ["{own}: &{own} [*{before}, *{before}]", "{own}: &{own} {{<<: [*{before}, *{before}]}}"]
)
@pytest.mark.parametrize("typ", ["rt", "safe"])
def test_aliases_of_aliases_are_counted_before_they_are_made(line: str, typ: str) -> None:
    began = time.process_time()
    with pytest.raises(YamlTextError, match="its aliases stand for more than 200,000 values") as caught:
        parse_yaml(doubled(line), typ)  # type: ignore[arg-type]
    assert caught.value.place == f":{caught.value.line}"
    assert 10 < caught.value.line < 25
    assert time.process_time() - began < 1


@pytest.mark.parametrize("text", ["[" * 6000, "{a: " * 6000, "- " * 6000 + "a", "? " * 6000 + "a", "x\n" + "[" * 101])
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(YamlTextError, match="nested deeper than 100 levels"):
        parse_yaml(text, "rt")
    assert time.process_time() - began < 0.5


def test_what_is_within_the_bounds_is_read() -> None:
    deep = "[" * MAX_LEVELS + "]" * MAX_LEVELS
    assert parse_yaml(deep, "safe") is not None
    assert parse_yaml("a: &t text\nb: *t\nc: [*t, R&D]\n" + "d: '" + "[]" * 500 + "'", "safe")["b"] == "text"
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert parse_yaml("a: &t 1\nb: &t 2\nc: *t", "safe")["c"] == 2
    assert told == []  # a warning would show the text as it is


@pytest.mark.parametrize(
    "text",
    [
        "rev: !!omap 3",
        "rev: !!set\n a",
        "!!float xtitle: 3",
        "a: !!python/object:os.system x",
        "a: 2020-99-99",
        "&a [*a]",
        "<<: 3",
        "a: [",
        "a: 1\na: 2",
        "a: !!binary '*'",
    ],
)
@pytest.mark.parametrize("typ", ["rt", "safe"])
def test_what_the_library_stumbles_over_is_one_line(text: str, typ: str) -> None:
    try:
        parse_yaml(text, typ)  # type: ignore[arg-type]
    except YamlTextError as error:
        assert "\n" not in str(error)


@given(st.text(st.sampled_from("ab:-[]{}&*!?|>'\"#%@ \n\t,0<=~."), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for typ in ("rt", "safe"):
        try:
            parse_yaml(text, typ)  # type: ignore[arg-type]
        except YamlTextError as error:
            assert str(error)
