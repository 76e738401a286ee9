"""Where the values of options come from: flag > environment > `--config` file > recipe > default.

Click looks for a value on the command line, in the environment, in the context's `default_map`, and in the parameter's
default, in this order. File and recipe both go into `default_map`, what the file says over what the recipe says. A
recipe that is given as a flag is stronger than the file: the file's values of options that recipes set are left out, so
that a run file, which holds every option, can be done again with another recipe.
"""

import inspect
import re
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from caigen.cli.values import Value, content_error, is_utf8, plain, type_error
from caigen.errors import CaigenError
from caigen.recipes import RECIPES, recipe_values

MAX_CHARACTERS = 1 << 20  # of a `--config` file
NOT_OPTIONS = ("config", "show_config")
READ_FILES = {  # options that name files to read, and what these are
    "config": "the file of options",
    "constitution": "the constitution",
    "few-shot": "the file of worked examples",
    "decontaminate": "an evaluation set",
}
INPUTS: ContextVar[dict[Path, str]] = ContextVar("INPUTS")  # files that the command reads beside its rows: what each is
RESOLVED: ContextVar[dict[str, Value]] = ContextVar("RESOLVED")  # the options of the command that runs now


class CheckedCommand(TyperCommand):
    """A command that refuses values which no option takes, and no file could hold."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line.

        Raises BadParameter for a number that is infinite, not a number, or longer than 64 bits, and for a text that is
        not UTF-8.
        """
        rest = super().parse_args(ctx, args)
        params: list[Any] = self.get_params(ctx)
        for param in params:
            value = ctx.params.get(param.name)
            wrong = content_error(value)
            # names of files may be any bytes; the one argument, INPUT, names a file as text
            if not wrong and param.param_type_name == "option" and not is_utf8(value):
                wrong = "is not UTF-8"
            if wrong:
                raise typer.BadParameter(wrong, ctx=ctx, param=param)
        return rest


class ConfiguredCommand(CheckedCommand):
    """A command whose options may also come from a `--config` file and from a recipe."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line; with `--show-config` print the options and exit.

        Raises CaigenError for what is wrong with the file.
        """
        if ctx.resilient_parsing:  # completion in a shell: nothing is read
            return super().parse_args(ctx, args)
        # a first look at the command line alone, for the two options that decide about the others
        flags, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        file = flags.get("config")
        from_file = self._read(ctx, Path(file)) if file else {}
        if flags.get("recipe"):
            from_file = self._without_recipe_options(ctx, from_file)
        from_recipe = self._recipe(ctx, str(flags.get("recipe") or from_file.get("recipe") or "default"))
        ctx.default_map = {**from_recipe, **from_file}
        rest = super().parse_args(ctx, args)
        if ctx.params.get("show_config"):
            for line in self._sources(ctx, set(from_file)):
                print(line)
            ctx.exit(0)
        return rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; meanwhile `RESOLVED` holds its options."""
        RESOLVED.set({key: plain(ctx.params[name]) for key, name in self._keys(ctx).items()})
        INPUTS.set(self._inputs(ctx))
        return super().invoke(ctx)

    def _inputs(self, ctx: Any) -> dict[Path, str]:
        """The files that the options name to be read, and what each is. A shipped constitution's name is no file."""
        inputs: dict[Path, str] = {}
        for option, what in READ_FILES.items():
            value = ctx.params.get(option.replace("-", "_"))
            for one in value if isinstance(value, list) else [value]:
                if one:
                    inputs[Path(str(one))] = what
        return inputs

    def _keys(self, ctx: Any) -> dict[str, str]:
        """The name of each parameter by the key that stands for it in files: its long flag, or `input`."""
        keys: dict[str, str] = {}
        for param in self.get_params(ctx):
            if param.name in NOT_OPTIONS or param.is_eager:
                continue
            long = next((flag for flag in param.opts if flag.startswith("--")), None)
            keys[long.removeprefix("--") if long else str(param.metavar or param.name).lower()] = param.name
        return keys

    def _recipe(self, ctx: Any, name: str) -> dict[str, Value]:
        """What a recipe sets of this command's options; a name that is no recipe is left for Click to refuse."""
        keys = self._keys(ctx)
        values = recipe_values(name) if name in RECIPES else {}
        return {keys[key]: value for key, value in values.items() if key in keys}

    def _without_recipe_options(self, ctx: Any, values: dict[str, Value]) -> dict[str, Value]:
        """The values of a file but those of options that some recipe sets, and of `recipe` itself."""
        keys = self._keys(ctx)
        left_out = {"recipe"}
        for recipe in RECIPES:
            left_out |= recipe_values(recipe).keys()
        names = {keys[key] for key in left_out if key in keys}
        return {name: value for name, value in values.items() if name not in names}

    def _read(self, ctx: Any, path: Path) -> dict[str, Value]:
        """The values of a `--config` file, by the names of the parameters.

        Raises CaigenError that names the file and the key.
        """
        keys = self._keys(ctx)
        annotations = inspect.signature(self.callback).parameters if self.callback else {}
        params = {param.name: param for param in self.get_params(ctx)}
        values: dict[str, Value] = {}
        for key, value in read_yaml(path).items():
            if key not in keys:
                from difflib import get_close_matches

                near = get_close_matches(str(key), keys, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise CaigenError(f"{path}: {key}: `{self.name}` has no such option{hint}")
            if value is None:  # as if it were not there
                continue
            name = keys[key]
            if wrong := type_error(annotations[name].annotation, value):
                raise CaigenError(f"{path}: {key}: {wrong}")
            try:
                params[name].process_value(ctx, value)
            except typer.BadParameter as error:  # a number out of its range
                raise CaigenError(
                    f"{path}: {key}: {value!r}: {error.message[:1].lower()}{error.message[1:]}"
                ) from error
            values[name] = value
        return values

    def _sources(self, ctx: Any, from_file: set[str]) -> list[str]:
        """A line for each option, as in a `--config` file, with where its value came from."""
        from caigen.cli.secrets import without_secrets

        words = {"COMMANDLINE": "flag", "ENVIRONMENT": "environment", "DEFAULT": "default"}
        lines = []
        for key, name in self._keys(ctx).items():
            source = ctx.get_parameter_source(name).name
            if source == "DEFAULT_MAP":
                source = "file" if name in from_file else f"recipe {ctx.params.get('recipe')}"
            value, left_out = without_secrets(key, plain(ctx.params[name]))
            note = ", not shown in full" if left_out else ""
            lines.append(f"{config_line(key, value)}  # {words.get(source, source)}{note}")
        return lines


def config_line(key: str, value: Value) -> str:
    """One line of a `--config` file. JSON is YAML too.

    Bytes of a file name that are no UTF-8 are surrogates in Python. They stand as `\\udcXX`, and are read back as such.
    """
    import json

    line = f"{key}: {json.dumps(value, ensure_ascii=False)}"
    # a surrogate cannot be encoded, while all other characters stay readable
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", line)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML 1.2 mapping, by the safe loader: no tags of Python, no key twice.

    Raises CaigenError.
    """
    from caigen.text.yaml import YamlTextError, parse_yaml

    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(MAX_CHARACTERS + 1)
        if len(text) > MAX_CHARACTERS:
            raise CaigenError(f"{path}: more than {MAX_CHARACTERS} characters, which no file of options has")
        content = parse_yaml(text, "safe")
    except OSError as error:
        raise CaigenError(f"{path}: cannot be read: {error.strerror}") from error
    except YamlTextError as error:
        raise CaigenError(f"{path}{error.place}: not YAML: {error}") from error
    except ValueError as error:  # not UTF-8, or a path that no file can have
        raise CaigenError(f"{path}: not YAML: {error}") from error
    if content is None:  # an empty file
        return {}
    if not isinstance(content, dict):
        raise CaigenError(f"{path}: not a mapping: needs lines such as `rounds: 2`")
    for key, value in content.items():
        if wrong := content_error(key):
            raise CaigenError(f"{path}: a key: {wrong}")
        if wrong := content_error(value):
            raise CaigenError(f"{path}: {key}: {wrong}")
    return content
