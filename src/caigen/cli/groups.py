"""Option groups: a command takes frozen dataclasses, and the command line offers each of their fields as a flag.

Typer reads flags from a function's signature, one parameter each. A command with forty flags would have forty
parameters, so commands are written with groups instead, and `grouped` shows Typer the long signature:

    @grouped
    def revise(*, source: RecordInput, model: ModelOptions) -> None: ...

Typer sees `source`, `on_error`, `limit`, `take`, `model`, `endpoint` and so on; the command gets two objects.
"""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache, wraps
from typing import Any, get_type_hints

from caigen.cli.checking import check_input
from caigen.cli.options.files import ConfigOptions, InputOptions


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """A command with groups -> the function that Typer reads: its flags are those of the groups, in their order.

    With `--check-input` the command's input is checked instead (checking.py). The flags of `ConfigOptions` come last;
    `config.ConfiguredCommand` reads them, the command does not get them.

    Raises ValueError where two groups have a flag of the same name.
    """
    own = inspect.signature(command).parameters
    flags: list[inspect.Parameter] = []
    for parameter in own.values():
        if is_dataclass(parameter.annotation):
            flags += _flags(parameter.annotation)  # type: ignore[arg-type]
        else:
            flags.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    flags += _flags(ConfigOptions)

    @wraps(command)
    def call(**values: Any) -> None:
        arguments: dict[str, Any] = {}
        for name, parameter in own.items():
            group = parameter.annotation
            if is_dataclass(group):
                # collect the values of the group's fields into one object
                arguments[name] = group(**{field.name: values[field.name] for field in fields(group)})  # type: ignore[operator]
            else:
                arguments[name] = values[name]
            if isinstance(arguments[name], InputOptions) and arguments[name].check_input:
                check_input(arguments[name])
                return
        command(**arguments)

    # what Typer looks at: the signature for names, annotations and defaults, the annotations for types
    call.__signature__ = inspect.Signature(flags)  # type: ignore[attr-defined]
    call.__annotations__ = {flag.name: flag.annotation for flag in flags} | {"return": None}
    return call


@cache  # a group stands in many commands
def _flags(group: Any) -> list[inspect.Parameter]:
    """A keyword parameter for each field of a group, with its `Annotated` option and its default."""
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=_default(field), annotation=hints[field.name]
        )
        for field in fields(group)
    ]


def _default(field: "Field[Any]") -> Any:
    """The default of a field."""
    return field.default_factory() if field.default_factory is not MISSING else field.default
