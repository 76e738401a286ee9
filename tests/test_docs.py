"""The documents are true: the reference is current, the examples in them run."""

import io
import re
import runpy
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

from caigen.cli.app import app
from caigen.cli.reference import reference
from tests.conftest import ROOT, environment

DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_command_reference_is_current() -> None:
    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == reference(), "run `make docs`"


def test_the_lists_of_layers_and_modules_are_current() -> None:
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    assert page == generate["architecture"](page), "run `make docs`"
    modules = [path.name for path in (ROOT / "src" / "caigen").rglob("*.py") if path.name != "__init__.py"]
    assert all(f"`{name}`" in page for name in modules)


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert all(f"`{command.name}`" in readme for command in app.registered_commands)


def test_make_setup_installs_what_parquet_and_the_hub_need() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for hardware in ("cpu", "cuda"):
        assert f'".[{hardware},parquet,hub]"' in makefile


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


# files of trainers that our texts name
OTHERS_FILES = {"agent.py", "experience.py", "grpo_trainer.py", "samples_generator.py"}
SOURCES = sorted(path for folder in ("src", "tests", "tools", "docs") for path in (ROOT / folder).rglob("*.py"))


def remarks(path: Path) -> str:
    """The comments and docstrings of a Python file, the whole text of any other."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        return text
    kept = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        docstring = token.type == tokenize.STRING and token.string.lstrip("rb").startswith('"""')
        if token.type == tokenize.COMMENT or docstring:
            kept.append(token.string)
    return "\n".join(kept)


@pytest.mark.parametrize("path", [*SOURCES, *DOCS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_that_a_text_names_exist(path: Path) -> None:
    """What ends in `.py` is a file's name, or the end of its path."""
    files = [f"/{source.relative_to(ROOT).as_posix()}" for source in [*SOURCES, *(ROOT / "examples").rglob("*.py")]]
    for name in set(re.findall(r"[\w/]*\w\.py\b", remarks(path))) - OTHERS_FILES:
        assert any(file.endswith(f"/{name.lstrip('/')}") for file in files), f"there is no {name}"
