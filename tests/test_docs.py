"""The documents are true: the reference is current, the examples in them run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from caigen.cli.app import app
from caigen.cli.reference import reference
from tests.conftest import ROOT, environment

DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_command_reference_is_current() -> None:
    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == reference(), "run `make docs`"


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert all(f"`{command.name}`" in readme for command in app.registered_commands)


LIBRARY_EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "library.md").read_text("utf-8"), re.S)
LIBRARY_OUTPUTS = ["GEN-", "This may well help you. | This will surely help you."]


@pytest.mark.process
@pytest.mark.parametrize(("code", "output"), [*zip(LIBRARY_EXAMPLES, LIBRARY_OUTPUTS, strict=True)])
def test_the_library_examples_run(code: str, output: str, tmp_path: Path) -> None:
    assert "caigen." not in "".join(line for line in code.splitlines() if line.startswith(("import", "from")))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert output in done.stdout


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_inside_the_repository_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (path.parent / target).exists(), target
