"""A CSV or TSV file with a header -> rows, each with the line on which it begins."""

import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from caigen.errors import InputError
from caigen.io.lines import NumberedRow, not_utf8

DELIMITERS = {".csv": (",", ";", "\t"), ".tsv": ("\t",)}  # of a .csv the one that its header has most
MAX_CELL_CHARS = 64 << 20


def read_table(stream: BinaryIO, name: str, ending: str) -> Iterator[NumberedRow]:
    """Each row as an object by the names in the header; an empty cell is null.

    A row with more or fewer cells than the header is given with its error.
    Raises InputError for a header that will not do, and for quotes that do not close.
    """
    csv.field_size_limit(MAX_CELL_CHARS)
    with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        try:
            yield from _read_rows(text, name, ending)
        except UnicodeDecodeError as error:
            raise InputError(f"{name}: {not_utf8(error)}") from error


def _read_rows(text: io.TextIOWrapper, name: str, ending: str) -> Iterator[NumberedRow]:
    first = text.readline()
    if not first:
        return
    delimiter = max(DELIMITERS[ending], key=first.count)
    reader = csv.reader(chain([first], text), delimiter=delimiter, strict=True)
    header: list[str] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(f"{name}:{line}: not {ending[1:].upper()}: {error}") from error
        if not cells:
            continue  # a blank line
        if not header:
            header = _checked_header(cells, name)
        elif len(cells) != len(header):
            yield NumberedRow(line, None, f"{len(cells)} cells, but the header has {len(header)}")
        else:
            yield NumberedRow(line, {key: cell or None for key, cell in zip(header, cells, strict=True)})


def _checked_header(cells: list[str], name: str) -> list[str]:
    """The names in the header.

    Raises InputError for one that is empty or there twice.
    """
    names = [cell.strip() for cell in cells]
    for cell in names:
        if not cell and names.index(cell) > 0:
            raise InputError(f"{name}:1: a column of the header has no name")
        if names.count(cell) > 1:
            raise InputError(f"{name}:1: has two columns {cell!r}; leave one out")
    return names


def is_table(path: str) -> str | None:
    """The ending that says that a file is a table, `.csv` or `.tsv`; None for another file."""
    return next((ending for ending in DELIMITERS if path.endswith(ending)), None)
