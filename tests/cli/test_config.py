"""Where values of options come from: flag > environment > file > recipe > default; `--config`, `--show-config`,
recipes."""

import inspect
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from caigen.choices import To
from caigen.cli import exports, looking, records, running
from caigen.cli.app import app
from caigen.exports.formats import FORMATS
from caigen.recipes import RECIPES, Recipe, RecipeName

GROUPED = [
    *(records.sample, records.critique, records.revise, records.label, records.score, records.run),
    *(exports.export_pairs, exports.export_sft, exports.export_prompts),
    *(looking.show, looking.calibrate, running.serve),
]


def invoke(*args: str | Path, env: dict[str, str] | None = None, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args], env=env, input=stdin)


def sources(*args: str | Path, env: dict[str, str] | None = None) -> dict[str, tuple[Any, str]]:
    """Each option's value and where it came from, as `--show-config` prints them."""
    done = invoke(*args, "--show-config", env=env)
    assert done.exit_code == 0, done.stderr
    shown = {}
    for line in done.stdout.splitlines():
        setting, _, source = line.rpartition("  # ")
        ((key, value),) = YAML(typ="safe", pure=True).load(setting).items()
        shown[key] = (value, source)
    return shown


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def commands(command: Any = None, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command of the command line, those of a group too."""
    command = command or typer.main.get_command(app)
    if not hasattr(command, "commands"):
        yield name, command
        return
    for sub_name, sub_command in command.commands.items():
        yield from commands(sub_command, f"{name} {sub_name}".strip())


def test_a_flag_beats_the_environment() -> None:
    env = {"CAIGEN_MODEL": "from-environment"}
    assert sources("sample", env=env)["model"] == ("from-environment", "environment")
    assert sources("sample", "--model", "from-flag", env=env)["model"] == ("from-flag", "flag")


def test_the_environment_beats_a_file(tmp_path: Path) -> None:
    file = written(tmp_path / "c.yaml", "model: from-file\n")
    assert sources("sample", "--config", file)["model"] == ("from-file", "file")
    env = {"CAIGEN_MODEL": "from-environment"}
    assert sources("sample", "--config", file, env=env)["model"] == ("from-environment", "environment")


def test_a_file_beats_a_recipe(tmp_path: Path) -> None:
    file = written(tmp_path / "c.yaml", "recipe: paper\ntemperature: 0.25\nplain: false\nrounds: 2\n")
    shown = sources("revise", "--config", file)
    assert shown["temperature"] == (0.25, "file")
    assert shown["plain"] == (False, "file")
    assert shown["rounds"] == (2, "file")
    assert shown["with-replacement"] == (True, "recipe paper")


def test_a_recipe_as_a_flag_beats_a_file(tmp_path: Path) -> None:
    """A run file holds every option, so a recipe beside it would otherwise change nothing."""
    flags = ("--recipe", "paper", "--temperature", "0.25", "--max-tokens", "99", "--plain")
    file = written(tmp_path / "paper.yaml", invoke("revise", *flags, "--show-config").stdout)
    shown = sources("revise", "--config", file, "--recipe", "default", "--rounds", "3")
    for key in ("temperature", "plain", "always-revise", "with-replacement", "recipe"):
        default = sources("revise")[key][0]
        assert shown[key] == (default, "flag" if key == "recipe" else "default")
    assert shown["rounds"] == (3, "flag")
    assert shown["max-tokens"] == (99, "file")  # no recipe sets it

    file = written(tmp_path / "default.yaml", invoke("label", "--show-config").stdout)
    shown = sources("label", "--config", file, "--recipe", "paper")
    for key, value in {"temperature": 1.0, "principles-per-label": "1", "orders": 1, "tie": 0.0}.items():
        assert shown[key] == (value, "recipe paper")


def test_a_recipe_beats_a_default() -> None:
    assert sources("revise")["temperature"] == (0.7, "default")
    shown = sources("revise", "--recipe", "paper")
    assert {key: value for key, (value, source) in shown.items() if source == "recipe paper"} == {
        "temperature": 1.0,
        "rounds": 4,
        "always-revise": True,
        "with-replacement": True,
        "plain": True,
    }
    shown = sources("label", "--recipe", "paper")
    assert {key: value for key, (value, source) in shown.items() if source == "recipe paper"} == {
        "temperature": 1.0,
        "principles-per-label": "1",
        "orders": 1,
        "tie": 0.0,
    }


def test_a_flag_beats_a_recipe_and_a_file(tmp_path: Path) -> None:
    flags = ("--no-always-revise", "--no-with-replacement", "--no-plain", "--no-critique", "--rounds", "1")
    file = written(tmp_path / "c.yaml", "rounds: 3\nalways-revise: true\n")
    shown = sources("revise", "--recipe", "paper", "--config", file, *flags)
    for key in ("always-revise", "with-replacement", "plain", "critique"):
        assert shown[key] == (False, "flag")
    assert shown["rounds"] == (1, "flag")


def test_a_file_may_name_the_recipe(tmp_path: Path) -> None:
    file = written(tmp_path / "c.yaml", "recipe: paper\n")
    assert sources("run", "--config", file)["rounds"] == (4, "recipe paper")
    assert sources("run", "--config", file, "--recipe", "default")["rounds"] == (None, "default")


def test_every_kind_of_value_comes_from_a_file(tmp_path: Path) -> None:
    text = (
        "input: p.jsonl\nclamp: [0.1, 0.9]\nprinciple: [GEN-001, GEN-002]\nthink: on\noutput: out.jsonl\n"
        "cot: true\nseed: 7\nstall: 30\nlimit:\n"
    )
    shown = sources("label", "--config", written(tmp_path / "c.yaml", text))
    assert shown["input"] == ("p.jsonl", "file")
    assert shown["clamp"] == ([0.1, 0.9], "file")
    assert shown["principle"] == (["GEN-001", "GEN-002"], "file")
    assert shown["think"] == ("on", "file")  # YAML 1.2: no truth value
    assert shown["output"] == ("out.jsonl", "file")
    assert shown["cot"] == (True, "file")
    assert shown["seed"] == (7, "file")
    assert shown["stall"] == (30.0, "file")
    assert shown["limit"] == (None, "default")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("roundz: 2", "roundz: `run` has no such option; did you mean rounds?"),
        ("max_tokens: 2", "max_tokens: `run` has no such option; did you mean max-tokens?"),
        ("config: other.yaml", "config: `run` has no such option"),
        ("show-config: true", "show-config: `run` has no such option"),
        ("scale: 3", "scale: `run` has no such option"),
        ("rounds: two", "rounds: 'two': needs a whole number"),
        ("rounds: 2.5", "rounds: 2.5: needs a whole number"),
        ("seed: true", "seed: True: needs a whole number"),
        ("rounds: -1", "rounds: -1: input should be greater than or equal to 0"),
        ("temperature: '1'", "temperature: '1': needs a number"),
        ("temperature: false", "temperature: False: needs a number"),
        ("critique: no", "critique: 'no': needs true or false"),
        ("think: often", "think: 'often': needs one of auto, on, off"),
        ("think: true", "think: True: needs one of auto, on, off"),
        ("principle: GEN-001", "principle: 'GEN-001': needs a list"),
        ("principle: [1]", "principle: 1: needs a text, in quotation marks"),
        ("model: 8", "model: 8: needs a text, in quotation marks"),
        ("output: [out]", "output: ['out']: needs a text, in quotation marks"),
        ("stall: .inf", "stall: inf is no finite number"),
        ("temperature: .nan", "temperature: nan is no finite number"),
        ("model: [.inf]", "model: inf is no finite number"),
        ("seed: 9223372036854775808", "seed: a number has more than 64 bits"),
        (f"seed: 0x{'f' * 5000}", "seed: a number has more than 64 bits"),
        (f"model: {{a: 0x{'f' * 5000}}}", "model: a number has more than 64 bits"),
        (f"0x{'f' * 17}: 1", "a key: a number has more than 64 bits"),
        ('model: "\\ud800"', "model: a text holds half of a surrogate pair"),
        ("recipe: papers", "recipe: 'papers': needs one of default, paper"),
        ("- rounds", "not a mapping: needs lines such as `rounds: 2`"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    file = written(tmp_path / "c.yaml", text)
    done = invoke("run", "p.jsonl", "--config", file)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"error: {file}: {message}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rounds: 1\nrounds: 2\n", ':2: not YAML: found duplicate key "rounds"'),
        ("rounds: [1\n", ":2: not YAML: "),
        ("rounds: !!python/object/apply:os.getcwd []\n", ":1: not YAML: could not determine a constructor"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    file = written(tmp_path / "c.yaml", text)
    done = invoke("run", "p.jsonl", "--config", file)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"error: {file}{message}")


def test_the_length_of_a_fixed_list_counts(tmp_path: Path) -> None:
    done = invoke("label", "p.jsonl", "--config", written(tmp_path / "c.yaml", "clamp: [0.4]"))
    assert "clamp: [0.4]: needs 2 values" in done.stderr


def test_a_file_that_is_not_there_or_empty(tmp_path: Path) -> None:
    assert "none.yaml: cannot be read: No such file" in invoke("run", "--config", tmp_path / "none.yaml").stderr
    shown = sources("run", "--config", written(tmp_path / "c.yaml", ""))
    assert {source for _, source in shown.values()} == {"default"}


def test_what_is_shown_is_a_config_file(tmp_path: Path) -> None:
    """And nothing is done: the input is not there."""
    flags = ("none.jsonl", "--recipe", "paper", "--principle", "GEN-001", "--no-critique", "-o", tmp_path / "out")
    before = sources("run", *flags)
    file = written(tmp_path / "c.yaml", invoke("run", *flags, "--show-config").stdout)
    again = sources("run", "--config", file)
    assert {key: value for key, (value, _) in again.items()} == {key: value for key, (value, _) in before.items()}
    assert [path.name for path in tmp_path.iterdir()] == ["c.yaml"]


def test_no_secret_is_shown() -> None:
    url = "http://alice:pa55@localhost:1/v1?api_key=k3y&v=2"
    shown = invoke("serve", "--endpoint", url, "--show-config", env={"CAIGEN_SERVE_TOKEN": "t0ken"})
    assert shown.exit_code == 0
    for secret in ("alice", "pa55", "k3y", "t0ken"):
        assert secret not in shown.stdout
    assert 'endpoint: "http://localhost:1/v1?v=2"  # flag, not shown in full' in shown.stdout
    assert "token: null  # environment, not shown in full" in shown.stdout


def test_every_switch_has_a_negative_form() -> None:
    """So that a flag can beat a recipe or a file; `bench` takes neither."""
    actions = {"help", "show_config", "check_input"}
    switches = 0
    for name, command in commands():
        if name.startswith("bench"):
            continue
        for param in command.params:
            if getattr(param, "is_bool_flag", False) and param.name not in actions:
                switches += 1
                assert param.secondary_opts, f"{name} {param.opts}"
                assert all(flag.startswith(("--no-", "--public")) for flag in param.secondary_opts)
    assert switches > 40


@pytest.mark.parametrize("command", GROUPED, ids=lambda command: command.__name__)
def test_a_command_has_few_parameters(command: Any) -> None:
    assert len(inspect.signature(command.__wrapped__).parameters) <= 8


def test_what_a_recipe_sets_are_options() -> None:
    options = {flag for _, command in commands() for param in command.params for flag in param.opts}
    assert {f"--{field.name.replace('_', '-')}" for field in fields(Recipe)} <= options


def test_the_words_are_those_of_the_tables() -> None:
    assert set(get_args(RecipeName)) == RECIPES.keys()
    assert set(get_args(To)) == FORMATS.keys()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--stall", "inf", "inf is no finite number"),
        ("--temperature", "inf", "inf is no finite number"),
        ("--limit", "9" * 20, "a number has more than 64 bits"),
        ("--seed", "9" * 20, "a number has more than 64 bits"),
        ("--seed", "9" * 5000, "Invalid value for '--seed'"),
    ],
)
def test_a_number_that_no_file_holds_is_wrong_usage(tmp_path: Path, option: str, value: str, message: str) -> None:
    done = invoke("sample", "p.jsonl", "-o", tmp_path / "o.jsonl", option, value)
    assert done.exit_code == 2
    said = " ".join(done.stderr.replace("│", " ").split()).lower()
    assert message.lower() in said
    assert option in said
    assert not list(tmp_path.iterdir())


def test_a_number_of_a_pair_and_a_seed_of_the_demo_are_checked_too() -> None:
    cases = {"--clamp": ["label", "p.jsonl", "--clamp", "nan", "0.6"], "--seed": ["demo", "--seed", "9" * 20]}
    for option, args in cases.items():
        done = invoke(*args)
        assert done.exit_code == 2
        assert option in done.stderr


def test_the_largest_seed_is_a_seed(tmp_path: Path) -> None:
    assert sources("sample", "p.jsonl", "--seed", str(2**63 - 1))["seed"] == (2**63 - 1, "flag")
    file = written(tmp_path / "c.yaml", f"seed: {2**63 - 1}\n")
    assert sources("sample", "--config", file)["seed"] == (2**63 - 1, "file")
