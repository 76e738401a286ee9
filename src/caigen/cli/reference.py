"""docs/cli.md, made of each command's `--help`."""

import typer.rich_utils
from typer.testing import CliRunner

from caigen.cli.app import app
from caigen.cli.config import config_line
from caigen.recipes import RECIPES, recipe_values

WIDTH = 100
HEAD = """# Commands

Made of `caigen COMMAND --help` by `make docs`; a test holds it up to date.

Data goes to stdout or to files, everything else to stderr. Exit codes:

| code | meaning |
|---|---|
| 0 | every row is done |
| 1 | an error that you can put right: one line says what, where and what next |
| 2 | wrong usage |
| 3 | finished, but some rows failed: they are in the output with `status: failed`, or in `--rejects` |
| 130 | interrupted; the journal is intact |
| 141 | the reader of the pipe went away; the journal is intact |

## Where options come from

| place, the strongest first | example |
|---|---|
| flag | `--temperature 0.5`; every switch has a `--no-` form, as in `--recipe paper --no-plain` |
| environment | `CAIGEN_MODEL`, `CAIGEN_ENDPOINT`, `CAIGEN_SERVE_TOKEN` |
| `--config FILE` | `temperature: 0.5` |
| `--recipe` | the table below |
| default | as `--help` says |

The file is YAML 1.2. It holds any options of the command by their long names, and `input` for INPUT; a switch is
`true` or `false`, a repeatable option a list. An unknown key or a wrong type is an error that names file and key.
A recipe given as a flag is stronger than the file: of the options in the table below the file's values are not used.
Paths are those of the command line: they start where the command is given.

```yaml
input: prompts.jsonl
output: out
rounds: 2
principle: [GEN-003, GEN-004]
think: on
stop-loops: true
```

`--show-config` prints every option with its value and where it came from, and nothing is done. A command that writes
records leaves its options beside them, in `run.yaml` of the folder of `run -o`, or in `OUTPUT.run.yaml`: `caigen run
--config out/run.yaml` does the same work again. API keys, tokens and the credentials of URLs are never written into
it; give them again in the environment. `--overwrite` is not written either.

`CAIGEN_API_KEY` is sent to every server that a command names: the one of `--endpoint` and those of `--critic-model`,
`--reviser-model` and `--judge-model`. Name only servers that may see it. A server with a key of its own needs a command
of its own, such as `label` after `run`.

"""


def recipe_table() -> str:
    """What each recipe sets, as a table in Markdown."""
    lines = ["| recipe | sets |", "|---|---|"]
    for name in RECIPES:
        values = ", ".join(f"`{config_line(key, value)}`" for key, value in recipe_values(name).items())
        lines.append(f"| `{name}` | {values or 'nothing: the defaults'} |")
    return "\n".join(lines) + "\n"


def command_names() -> list[str]:
    """All commands in the order of `caigen --help`, those of a group as `GROUP COMMAND`."""
    single = [command.name for command in app.registered_commands if command.name]
    grouped = [
        f"{group.name} {command.name or getattr(command.callback, '__name__', '')}"
        for group in app.registered_groups
        if group.typer_instance
        for command in group.typer_instance.registered_commands
    ]
    return [*single, *grouped]


def reference() -> str:
    """The whole page."""
    typer.rich_utils.MAX_WIDTH = WIDTH
    parts = [HEAD + recipe_table()]
    for name in command_names():
        shown = CliRunner().invoke(
            app,
            [*name.split(), "--help"],
            prog_name="caigen",
            env={"COLUMNS": str(WIDTH), "NO_COLOR": "1", "TERM": "dumb"},
        )
        text = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
        parts.append(f"## caigen {name}\n\n```\n{text}\n```\n")
    return "\n".join(parts)
