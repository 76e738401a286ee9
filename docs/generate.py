"""Write what is generated in docs/: cli.md from the commands' `--help`, reasons.md from the table of reason words,
two lists in architecture.md from the code.

`python docs/generate.py`, or `make docs`; tests/test_docs.py says when it must be run again.
"""

import ast
from pathlib import Path

from caigen.cli.reference import reference
from caigen.reasons.page import page as reasons_page

DOCS = Path(__file__).resolve().parent
PACKAGE = DOCS.parent / "src" / "caigen"
LAYER_TEST = DOCS.parent / "tests" / "test_architecture.py"


def architecture(text: str) -> str:
    """The text of architecture.md with its two lists made anew, each between its pair of marks."""
    for name, content in {"layers": layers(), "modules": modules()}.items():
        head, begin, rest = text.partition(f"<!-- {name}: make docs -->\n")
        _, end, tail = rest.partition(f"<!-- end of {name} -->")
        text = head + begin + content + end + tail
    return text


def layers() -> str:
    """The rows of the layer test as a numbered list."""
    tree = ast.parse(LAYER_TEST.read_text("utf-8"))
    (rows,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and node.value and ast.unparse(node.target) == "ROWS"
    ]
    lines = []
    for number, names in enumerate(rows, 1):
        lines.append(f"{number}. {', '.join(names)}\n")
    return "".join(lines)


def modules() -> str:
    """Each folder of the package with its modules: the first line of each docstring."""
    parts = []
    folders = [PACKAGE, *sorted(path for path in PACKAGE.rglob("*") if path.is_dir() and any(path.glob("*.py")))]
    for folder in folders:
        name = folder.relative_to(PACKAGE.parent).as_posix()
        parts.append(f"\n**{name}/**: {first_line(folder / '__init__.py')}\n\n")
        files = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
        parts += [f"- `{path.name}`: {first_line(path)}\n" for path in files]
    return "".join(parts).lstrip("\n")


def first_line(path: Path) -> str:
    """The first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]


if __name__ == "__main__":
    (DOCS / "cli.md").write_text(reference(), "utf-8")
    (DOCS / "reasons.md").write_text(reasons_page(), "utf-8")
    page = DOCS / "architecture.md"
    page.write_text(architecture(page.read_text("utf-8")), "utf-8")
