"""YAML texts of users -> their values, within bounds that are checked before anything is built."""

import re
import warnings
from typing import Any, Literal

from caigen.errors import first_yaml_error

MAX_LEVELS = 100  # of nesting; ruamel.yaml takes a time that grows with its square
MAX_NODES = 200_000  # with what aliases repeat: nine lines of aliases of aliases stand for a billion
# an anchor, as in `a: &name text`; also in texts such as "R&D", which costs a second look at the file
_ANCHOR = re.compile(r"&[^\s\[\]{},]")
_OPENING = re.compile(r"[\[{]|[\]}]")
_BLOCKS = re.compile(r"^[ \t]*(?:[-?:][ \t]+)+", re.MULTILINE)  # levels opened in one line: `- - - a`


class YamlTextError(ValueError):
    """A text that is no YAML, or beyond the bounds; `line` counts from 1, 0 where it is not known."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line

    @property
    def place(self) -> str:
        """The line for an error message: `:7`, or empty."""
        return f":{self.line}" if self.line else ""


def parse_yaml(text: str, typ: Literal["rt", "safe"]) -> Any:
    """The value of a YAML 1.2 text; "rt" gives ruamel's types, which know their lines, "safe" those of Python.

    Raises YamlTextError.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import ReusedAnchorWarning, YAMLError

    _check_levels(text)
    try:
        if _ANCHOR.search(text):
            _check_aliases(text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # the last anchor of a name counts, as YAML says
            return YAML(typ=typ, pure=True).load(text)  # pure: the C parser reads YAML 1.1
    except YamlTextError:
        raise
    except YAMLError as error:
        line, problem = first_yaml_error(error)
        raise YamlTextError(int(line[1:] or 0), problem) from error
    except RecursionError as error:
        raise YamlTextError(0, "nested too deeply") from error
    except ValueError as error:  # something that looks like a date or a number but is none
        raise YamlTextError(0, f"{error}; write it in quotation marks") from error
    except Exception as error:  # the library's own faults, such as AttributeError for `!!omap` before a text
        raise YamlTextError(
            0, f"cannot be read as YAML ({type(error).__name__}); leave out tags such as !!omap"
        ) from error


def _check_levels(text: str) -> None:
    """Raises YamlTextError for deep nesting.

    Brackets in texts count, too: no text of a person leaves a hundred of them open.
    """
    level = 0
    for match in _OPENING.finditer(text):
        level = level + 1 if match[0] in "[{" else max(0, level - 1)
        if level > MAX_LEVELS:
            raise YamlTextError(text.count("\n", 0, match.start()) + 1, f"nested deeper than {MAX_LEVELS} levels")
    for match in _BLOCKS.finditer(text):
        if len(match[0].split()) > MAX_LEVELS:
            raise YamlTextError(text.count("\n", 0, match.start()) + 1, f"nested deeper than {MAX_LEVELS} levels")


def _check_aliases(text: str) -> None:
    """Raises YamlTextError for aliases that stand for more than MAX_NODES values, or for one that holds itself."""
    from ruamel.yaml import YAML
    from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

    sizes: dict[str, int] = {}  # values that an anchor stands for
    open_nodes: list[tuple[str | None, int]] = []  # each collection's anchor, and the count where it began
    count = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, CollectionStartEvent):
            open_nodes.append((event.anchor, count))
            count += 1
        elif isinstance(event, CollectionEndEvent):
            anchor, start = open_nodes.pop()
            if anchor:
                sizes[anchor] = count - start
        elif isinstance(event, ScalarEvent):
            count += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, AliasEvent):
            line = event.start_mark.line + 1
            if any(event.anchor == anchor for anchor, _ in open_nodes):
                raise YamlTextError(line, f"the alias *{event.anchor} stands within what it names")
            count += sizes.get(event.anchor, 1)
            if count > MAX_NODES:
                raise YamlTextError(line, f"its aliases stand for more than {MAX_NODES:,} values")
