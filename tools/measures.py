"""How does the code read, in numbers? `python tools/measures.py [FOLDER ...]`, src/caigen by default.

Sizes of files and functions, parameters, docstrings, comments, density of expressions, long lines and import cycles.
docs/LOG.md shows them beside those of nine other code bases.
"""

import ast
import io
import statistics
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LONG_LINE = 100


def measures(folder: Path) -> dict[str, str]:
    """The figures of all modules below a folder, each as a text."""
    files = [path for path in sorted(folder.rglob("*.py")) if path.read_text("utf-8").strip()]
    texts = [path.read_text("utf-8") for path in files]
    trees = [ast.parse(text) for text in texts]
    lines = [line for text in texts for line in text.splitlines()]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    functions = [node for node in nodes if isinstance(node, FUNCTIONS)]
    public = [function for function in functions if not function.name.startswith("_")]
    documented = [text for function in public if (text := ast.get_docstring(function))]
    lengths = [(function.end_lineno or 0) - function.lineno + 1 for function in functions]
    parameters = [_parameter_count(function) for function in functions]
    statements = sum(isinstance(node, ast.stmt) for node in nodes)

    def per_100_lines(count: int) -> str:
        return f"{100 * count / len(lines):.2f}"

    return {
        "files": str(len(files)),
        "lines": str(len(lines)),
        "file lines, median / p90 / max": _spread([len(text.splitlines()) for text in texts]),
        "function lines, median / p90 / max": _spread(lengths),
        "functions > 40 / > 60 lines, %": " / ".join(_share(lengths, limit) for limit in (40, 60)),
        "parameters, mean / max": f"{statistics.mean(parameters):.1f} / {max(parameters)}",
        "functions > 8 parameters, %": _share(parameters, 8),
        "public functions with docstring, %": f"{100 * len(documented) / len(public):.0f}",
        "docstring words, median / p90": _spread([len(text.split()) for text in documented], largest=False),
        "comments per 100 lines": per_100_lines(sum(map(_comment_lines, texts))),
        "comprehensions per 100 lines": per_100_lines(sum(isinstance(node, COMPREHENSIONS) for node in nodes)),
        "conditional expressions per 100 lines": per_100_lines(sum(isinstance(node, ast.IfExp) for node in nodes)),
        "expression nodes per statement": f"{sum(isinstance(node, ast.expr) for node in nodes) / statements:.1f}",
        f"lines over {LONG_LINE} columns, %": _share([len(line) for line in lines], LONG_LINE),
        "dict[str, Any] per 100 lines": per_100_lines(sum(text.count("dict[str, Any]") for text in texts)),
        "modules at the top": str(len(list(folder.glob("*.py")))),
        "import cycles, lazy imports counted": str(len(list(cycles(folder)))),
    }


def _parameter_count(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = function.args
    return len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)


def _comment_lines(text: str) -> int:
    """Lines that hold a comment, behind code or alone."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return len({token.start[0] for token in tokens if token.type == tokenize.COMMENT})


def _spread(values: list[int], *, largest: bool = True) -> str:
    """Median, 90th percentile and maximum, as `8 / 20 / 78`."""
    ordered = sorted(values)
    figures = [statistics.median_low(ordered), ordered[int(0.9 * (len(ordered) - 1))]]
    return " / ".join(map(str, [*figures, ordered[-1]] if largest else figures))


def _share(values: list[int], limit: int) -> str:
    """How many values are above a limit, in per cent."""
    return f"{100 * sum(value > limit for value in values) / len(values):.1f}"


def cycles(folder: Path) -> Iterator[list[str]]:
    """Circles of modules that import each other, imports inside functions included; each circle once.

    Tarjan's strongly connected components: a component of more than one module is a circle.
    """
    graph = _import_graph(folder)
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []

    def visit(module: str) -> Iterator[list[str]]:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for other in sorted(graph[module]):
            if other not in order:
                yield from visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], order[other])
        if lowest[module] == order[module]:
            component = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(component) > 1:
                yield component

    for module in graph:
        if module not in order:
            yield from visit(module)


def _import_graph(folder: Path) -> dict[str, set[str]]:
    """Which modules of a package each of its modules imports."""
    root = folder.parent
    names = {".".join(path.relative_to(root).with_suffix("").parts): path for path in folder.rglob("*.py")}
    graph: dict[str, set[str]] = {}
    for name, path in names.items():
        imported: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                submodules = {f"{node.module}.{alias.name}" for alias in node.names} & names.keys()
                imported |= submodules or {node.module}
        graph[name] = (imported & names.keys()) - {name}
    return graph


def main() -> None:
    """Print a table, a folder a column."""
    folders = [Path(name) for name in sys.argv[1:]] or [Path("src/caigen")]
    columns = [measures(folder) for folder in folders]
    print("| | " + " | ".join(map(str, folders)) + " |\n|---" * 1 + "|---" * len(folders) + "|")
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")
    for folder in folders:
        for cycle in cycles(folder):
            print("cycle:", " -> ".join(cycle))


if __name__ == "__main__":
    main()
