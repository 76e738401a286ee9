"""read_tree: YAML text -> a tree that knows the line and column of each value, and the faults of the text

The tree is made of the parser's events, so that no tag makes an object and no alias copies one. YAML 1.2: `no` is a
text, `1.10` a number.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from caigen.constitution.faults import Fault, shown

MAX_DEPTH = 30
MAX_REPAIRS = 20
# plain words that readers of YAML 1.1 take for true or false
SWITCHES = {"yes", "no", "on", "off"}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
# an indented line of a block: `  - text: Note: be kind` -> what stands before the value, and the value
_ENTRY = re.compile(r"^(\s*(?:- +)*[\w.-]+:[ \t]+)(\S.*?)\s*$")
_NOT_AT_THE_BEGINNING = "@`%"  # a plain text cannot begin with these


@dataclass
class Node:
    """A value of the file: a text as it is written, a list of nodes, or a mapping; line and column from 1."""

    content: "str | list[Node] | dict[str, Node]"
    line: int
    column: int
    plain: bool = False  # written without quotation marks
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)  # where the keys of a mapping stand

    def value(self) -> Any:
        """The value in Python's own types."""
        if isinstance(self.content, dict):
            return {key: node.value() for key, node in self.content.items()}
        if isinstance(self.content, list):
            return [node.value() for node in self.content]
        return _scalar(self.content) if self.plain else self.content

    def get(self, *path: str | int) -> "Node | None":
        """The node at a path; None if there is none."""
        node: Node | None = self
        for part in path:
            node = node._child(part) if node else None
        return node

    def place(self, *path: str | int) -> tuple[int, int]:
        """Line and column of the key or entry at a path, or of the last one on the way that there is."""
        node, found = self, (self.line, self.column)
        for part in path:
            child = node._child(part)
            if child is None:
                break
            found = node.keys.get(str(part), (child.line, child.column))
            node = child
        return found

    def _child(self, part: str | int) -> "Node | None":
        if isinstance(self.content, dict):
            return self.content.get(str(part))
        if isinstance(self.content, list) and isinstance(part, int) and part < len(self.content):
            return self.content[part]
        return None


def read_tree(text: str) -> tuple[Node | None, list[Fault]]:
    """The tree of the first document, and all faults of the text; None where it is empty or no reading is possible.

    What a person meant is plain for some faults of the text, such as a tab at the beginning of a line. They are
    reported and taken for mended, so that the faults behind them are found too.
    """
    faults: list[Fault] = []
    for _ in range(MAX_REPAIRS):
        builder = _Builder()
        fault = builder.read(text)
        if fault is None:
            return builder.root, faults + builder.faults
        mended, faults_here = _mend(text, fault)
        faults += faults_here
        if mended is None:
            break
        text = mended
    return None, faults


def _scalar(text: str) -> Any:
    """The value of a text without quotation marks, as YAML 1.2 has it."""
    if text.lower() in _WORDS and text in (text.lower(), text.title(), text.upper()):
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    if _FLOAT.fullmatch(text):
        # Python writes inf for .inf
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


class _Builder:
    """Builds the tree from the events of ruamel's parser."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.faults: list[Fault] = []
        self.open: list[Node] = []
        self.key: list[tuple[str, int, int] | None] = []  # the key that waits for its value, for each open mapping

    def read(self, text: str) -> Fault | None:
        """Read a text; the fault at which the parser stopped, None where it came to the end."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            for event in YAML(typ="rt", pure=True).parse(text):
                if not self._take(event):
                    break
        except YAMLError as error:
            return _syntax_fault(error, text)
        except ValueError as error:  # a directive that is no number
            return Fault(1, 1, "", f"not YAML: {shown(error)}")
        return None

    def _take(self, event: Any) -> bool:
        """Take one event; False at the end of what is read."""
        kind = type(event).__name__
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if kind == "DocumentStartEvent" and self.root:
            self._fault(line, column, "a second document (`---`)", "one file holds one constitution")
            return False
        self._check_extras(kind, event, line, column)
        if kind == "ScalarEvent":
            self._scalar(event, line, column)
        elif kind == "AliasEvent":
            self._add(Node(f"*{event.anchor}", line, column))
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            if len(self.open) >= MAX_DEPTH:
                self._fault(line, column, "nested too deeply", f"at most {MAX_DEPTH} levels")
                return False
            node = Node({} if kind.startswith("Mapping") else [], line, column)
            self._add(node)
            self.open.append(node)
            self.key.append(None)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self.open.pop()
            self.key.pop()
        return True

    def _check_extras(self, kind: str, event: Any, line: int, column: int) -> None:
        """Faults for anchors, aliases and tags: a constitution says everything where it stands."""
        anchor = getattr(event, "anchor", None)
        if kind == "AliasEvent":
            self._fault(line, column, f"an alias (`*{shown(anchor)}`)", "write the value itself")
        elif anchor:
            self._fault(
                line, column, f"an anchor (`&{shown(anchor)}`)", "leave it out, and write each value where it is used"
            )
        tag = getattr(event, "tag", None)
        if tag:
            self._fault(line, column, f"a tag (`{shown(tag)}`)", "leave it out")

    def _scalar(self, event: Any, line: int, column: int) -> None:
        plain = event.style is None and event.implicit[0]
        if self.open and isinstance(self.open[-1].content, dict) and self.key[-1] is None:
            self.key[-1] = (event.value, line, column)
            return
        if plain and event.value.lower() in SWITCHES:
            word = event.value
            self._fault(
                line,
                column,
                f"`{word}` is a text here, and true or false to other readers of YAML",
                f'write "{word}" for the text',
            )
        self._add(Node(event.value, line, column, plain))

    def _add(self, node: Node) -> None:
        """Put a node where it belongs: into the open list, under its key, or at the top."""
        if not self.open:
            self.root = node
            return
        content = self.open[-1].content
        if isinstance(content, list):
            content.append(node)
            return
        assert isinstance(content, dict)
        if self.key[-1] is None:  # `? [a, b]` or an alias as a key
            self._fault(node.line, node.column, "a key that is no text", "write a name")
            self.key[-1] = ("", node.line, node.column)
            return
        key, line, column = self.key[-1]
        self.key[-1] = None
        if key in content:
            first = self.open[-1].keys[key][0]
            self._fault(line, column, f"duplicate key `{shown(key)}`, first on line {first}", "leave one out")
            return
        content[key] = node
        self.open[-1].keys[key] = line, column

    def _fault(self, line: int, column: int, message: str, fix: str) -> None:
        self.faults.append(Fault(line, column, self._path(), message, fix))

    def _path(self) -> str:
        """The path of what is read now."""
        parts: list[str] = []
        for node, key in zip(self.open, self.key, strict=True):
            if isinstance(node.content, list):
                parts.append(str(len(node.content)))
            elif key:
                parts.append(key[0])
        return ".".join(map(shown, parts))


def _syntax_fault(error: Any, text: str) -> Fault:
    """The fault of an error of the parser, in plain words where they are known."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error).split("\n")[0]
    if mark is None:  # a character that YAML does not allow
        position = int(getattr(error, "position", 0))
        before = text[:position]
        line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
        code = ord(text[position]) if position < len(text) else 0
        return Fault(line, column, "", f"a control character (U+{code:04X})", "take it out")
    line, column = mark.line + 1, mark.column + 1
    start = getattr(error, "context_mark", None)
    if "quoted scalar" in str(getattr(error, "context", "")) and "end of stream" in problem and start:
        return Fault(start.line + 1, start.column + 1, "", "a quotation mark that is never closed", "close it")
    for words, message, fix in SYNTAX:
        if words in problem:
            return Fault(line, column, "", message, fix)
    return Fault(
        line, column, "", f"not YAML: {shown(problem)}", "look at the indentation and the quotation marks here"
    )


SYNTAX = (
    ("'\\t' that cannot start", "a tab", "write spaces at the beginning of a line"),
    ("mapping values are not allowed", "a second colon in one value, or a line too far to the right",
     "put a text with a colon into quotation marks; keep the fields of a rule in one column"),
    ("cannot start any token", "a text that begins with a sign of YAML's own", "put it into quotation marks"),
    ("could not find expected ':'", "a line without a colon",
     "write `field: value`; further lines of a text stand further to the right"),
    ("expected <block end>", "a line that does not stand where it belongs",
     "keep the fields of a rule in one column, and put a text with quotation marks in it into `\"…\"`"),
    ("unknown escape character", "a backslash in a text between double quotation marks",
     "write \\\\ for a backslash, or use single quotation marks"),
    ("but found '<stream end>'", "a bracket that is never closed", "close it"),
    ("but got", "a bracket that is never closed, or a missing comma", "close it"),
)  # fmt: skip


def _mend(text: str, fault: Fault) -> tuple[str | None, list[Fault]]:
    """The text as it was probably meant, None where that is not plain; and the faults that are reported."""
    lines = text.split("\n")
    if fault.message == "a tab":
        return _without_tabs(lines, fault)
    number = fault.line - 1
    entry = _ENTRY.match(lines[number]) if number < len(lines) else None
    if not entry:
        return None, [fault]
    before, value = entry.groups()
    is_value_with_colon = ": " in value or value.endswith(":")
    if value[0] not in "\"'[{|>&*!" and (is_value_with_colon or value[0] in _NOT_AT_THE_BEGINNING):
        lines[number] = before + "'" + value.replace("'", "''") + "'"
        named = f"a text with a colon in it (`{shown(value)}`)" if is_value_with_colon else fault.message
        return "\n".join(lines), [Fault(fault.line, len(before) + 1, "", named, "put it into quotation marks")]
    return None, [fault]


def _without_tabs(lines: list[str], fault: Fault) -> tuple[str | None, list[Fault]]:
    """Each line with a tab before its text moved to where the line before lets it stand; a fault for each."""
    faults: list[Fault] = []
    column = 0  # where the fields of the line before begin
    for number, line in enumerate(lines):
        body = line.lstrip(" \t")
        indentation = line[: len(line) - len(body)]
        if body and "\t" in indentation:
            faults.append(Fault(number + 1, indentation.index("\t") + 1, "", fault.message, fault.fix))
            indentation = " " * column
            lines[number] = indentation + body
        if body and not body.startswith("#"):
            column = len(indentation) + len(body) - len(body.lstrip("- "))
            column += 2 if body.rstrip().endswith(":") else 0
    return ("\n".join(lines), faults) if faults else (None, [fault])
