"""Imports go one way, stages know nothing of each other's callers, heavy libraries have one door."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "caigen"
# A module imports from the rows above its own and from its own package.
ROWS: list[list[str]] = [
    ["errors", "hashing", "choices", "reasons", "recipes", "records"],
    ["metrics", "text"],
    ["constitution"],
    ["engines", "hygiene", "io"],
    ["stages"],
    ["advice", "judge", "runners"],
    ["looking", "provenance", "summary"],
    ["exports"],
    ["jobs"],
    ["demo", "library", "preview", "rewards", "trial"],
    ["bench"],
    ["cli"],
]
DOORS = {
    "vllm": {"engines/vllm_load.py", "engines/vllm_sampling.py"},
    "httpx": {"engines/http_client.py", "engines/connections.py", "bench/script.py"},
    "jsonlines": {"io/lines.py"},
    "ray": {"runners/ray.py"},
    "pyarrow": {"io/parquet.py", "io/zstd.py"},
    "datasets": {"io/hub.py"},
    "huggingface_hub": {"engines/deferred.py", "engines/model_names.py", "io/hub.py"},
    "fastapi": {"judge/server.py"},
    "rapidfuzz": {"text/similarity.py"},
    "prometheus_client": {"judge/server_metrics.py"},
    "transformers": {"engines/control_names.py", "exports/tokenizer.py", "judge/chat_formats.py"},
}


def row_of(module: str) -> int:
    """The row that a module's package is in, or the module itself where it is in none."""
    (row,) = [number for number, names in enumerate(ROWS) if module.split(".")[0] in names]
    return row


def may_import(own: str, other: str) -> bool:
    """Whether a module may import another one."""
    return own.split(".")[0] == other.split(".")[0] or row_of(other) < row_of(own)


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (
                {f"{node.module}.{alias.name}" for alias in node.names}
                if node.module in ("caigen", "caigen.cli", "caigen.demo")
                else set()
            )
            found |= names or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


FILES = sorted(path for path in SOURCE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_imports_go_one_way(path: Path) -> None:
    own = path.relative_to(SOURCE).with_suffix("").as_posix().replace("/", ".")
    for name in imports(path):
        if not name.startswith("caigen.") or name.startswith("caigen.__"):
            continue
        other = name.removeprefix("caigen.")
        assert may_import(own, other), f"{own} imports {other}"


def test_the_rows_are_few_enough_to_hold_in_mind() -> None:
    assert len(ROWS) <= 12
    assert len(list(SOURCE.glob("*.py"))) <= 15


@pytest.mark.parametrize("library", DOORS)
def test_heavy_libraries_have_one_door(library: str) -> None:
    used = {
        path.relative_to(SOURCE).as_posix()
        for path in FILES
        if any(name.split(".")[0] == library for name in imports(path))
    }
    assert used <= DOORS[library]
