"""The examples in the comment above a shared pattern are what it matches; those after "not" are what it does not."""

import re
from types import ModuleType

import pytest

from caigen.hygiene.languages import chinese, french, german, japanese, spanish
from tests.conftest import ROOT

# `# "one", "two"; not "three"`, and below it the name of the pattern
COMMENTED = re.compile(r"^# (.*)\n([A-Z_]+) = ", re.M)


def commented(language: ModuleType) -> list[tuple[str, str, bool]]:
    """Name, example, and whether the pattern of this name must match it."""
    folder = ROOT / "src" / "caigen" / "hygiene" / "languages"
    source = (folder / f"{language.__name__.rpartition('.')[2]}.py").read_text("utf-8")
    found = []
    for comment, name in COMMENTED.findall(source):
        matching, _, others = comment.partition("; not ")
        found += [(name, example, True) for example in re.findall(r'"([^"]*)"', matching)]
        found += [(name, example, False) for example in re.findall(r'"([^"]*)"', others)]
    return found


@pytest.mark.parametrize("language", [chinese, french, german, japanese, spanish], ids=lambda module: module.__name__)
def test_the_examples_above_a_pattern_are_true(language: ModuleType) -> None:
    examples = commented(language)
    assert len(examples) > 15
    for name, example, matches in examples:
        text = re.sub("[()]", "", example) + " "  # "revisad(a)" stands for "revisada"
        assert bool(re.search(getattr(language, name), text, re.I | re.S)) == matches, (name, example)
