"""The examples under `--help` name options that the commands have."""

import re
import shlex

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from caigen.cli.app import app
from caigen.cli.examples import EXAMPLES

COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_shown_on_lines_of_their_own(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "160", "NO_COLOR": "1"}).stdout
    for example in EXAMPLES[name]:
        assert example in [line.strip() for line in shown.splitlines()]


@pytest.mark.parametrize("example", [example for examples in EXAMPLES.values() for example in examples])
def test_examples_parse(example: str) -> None:
    """Each command of an example takes its options and their values."""
    for part in re.split(r"\s\|\s", example):
        program, name, *arguments = shlex.split(part)
        assert program == "caigen"
        context = COMMANDS[name].make_context(name, arguments, resilient_parsing=False)
        assert context.params


@pytest.mark.parametrize("name", ["run", "critique", "label", "try"])
def test_short_options(name: str) -> None:
    params = {param.name: param.opts for param in COMMANDS[name].params}
    assert "-m" in params["model"]
    assert "-c" in params["constitution"]
