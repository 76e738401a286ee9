"""caigen constitution new, check, list: write a first file, find its faults, see what is shipped."""

from pathlib import Path
from typing import Annotated

import typer

from caigen.cli.completion import complete_name
from caigen.cli.terminal import say
from caigen.errors import CaigenError


def new(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File to write; nothing is ever replaced.", show_default=True)
    ] = Path("constitution.yaml"),
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="NAME", help="Copy this constitution, such as general.", autocompletion=complete_name
        ),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Its title; by default made from the file's name.")] = None,
) -> None:
    """Write a small constitution with comments, ready to be changed and tried."""
    from caigen.constitution.draft import copy_of, draft

    if file.suffix not in (".yaml", ".yml"):
        raise typer.BadParameter(f"{file}: a constitution is a .yaml file", param_hint="FILE")
    text = copy_of(source, file, title) if source else draft(file, title)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise CaigenError(f"{file}: is there already, and stays as it is; name another file") from error
    except OSError as error:
        raise CaigenError(f"{file}: cannot be written: {error.strerror}") from error
    say(f'{file}: change its rules, then: caigen try "a question" -c {file}')


def check(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Files or shipped names.", autocompletion=complete_name),
    ],
) -> None:
    """Check constitutions: each fault with its place and what to write instead; exit code 1 if there is one."""
    from caigen.constitution.load import load
    from caigen.errors import ConstitutionError

    faulty = False
    for name in files:
        try:
            constitution = load(name)
        except ConstitutionError as error:
            print(error)
            faulty = True
            continue
        count = len(constitution.principles)
        print(f"{name}: {constitution.title} ({constitution.ref}), {count} rule{'s' * (count != 1)}, no faults")
    if faulty:
        raise typer.Exit(1)


def list_() -> None:
    """List the constitutions that come with caigen."""
    from caigen.constitution.draft import summary_of
    from caigen.constitution.load import load, shipped_constitutions

    for name, path in shipped_constitutions().items():
        constitution = load(path)
        print(f"{name:<12} {len(constitution.principles):>3} rules  {summary_of(path) or constitution.title}")
