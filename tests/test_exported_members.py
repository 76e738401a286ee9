"""The public names: each loads, is documented, and `import caigen` loads none of them before it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import caigen
from tests.conftest import ROOT, environment

PACKAGE = ROOT / "src" / "caigen"


def names_for_type_checkers() -> dict[str, str]:
    """Public name -> `module:name` as the imports under TYPE_CHECKING say it."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name: f"{node.module}:{alias.name}" for node in imports for alias in node.names}


def test_type_checkers_and_the_loader_see_the_same_names() -> None:
    homes = {name: f"{home}:{name}" if ":" not in home else home for name, home in caigen._HOMES.items()}
    assert homes == names_for_type_checkers()
    assert sorted([*homes, "__version__"]) == sorted(caigen.__all__)


@pytest.mark.parametrize("name", caigen.__all__)
def test_a_public_name_loads(name: str) -> None:
    assert getattr(caigen, name) is not None
    assert name in dir(caigen)


@pytest.mark.parametrize("name", [name for name in caigen.__all__ if name != "__version__"])
def test_a_public_name_is_documented(name: str) -> None:
    assert getattr(caigen, name).__doc__, "has no docstring"
    rows = [line for line in (ROOT / "docs" / "library.md").read_text("utf-8").splitlines() if line.startswith("|")]
    assert any(f"`{name}`" in row for row in rows), "is not in the table of docs/library.md"


@pytest.mark.parametrize("name", caigen.__all__)
def test_no_public_name_hides_a_module(name: str) -> None:
    """Python sets a loaded module as an attribute of its package: the two would take turns."""
    assert not (PACKAGE / f"{name}.py").exists()
    assert not (PACKAGE / name).is_dir()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'recrod'"):
        caigen.recrod  # noqa: B018


def test_importing_caigen_loads_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys, caigen; print(*sorted(name for name in sys.modules if name.startswith('caigen')))"
    code += "\nprint(*{'pydantic', 'orjson', 'httpx', 'asyncio', 'typer', 'vllm', 'torch'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment(), check=True
    )
    assert done.stdout == "caigen\n\n"
