"""From options to a Job: what the commands that ask a model have in common."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import typer

from caigen.cli import options as o
from caigen.constitution.load import load
from caigen.demo.show import settings_by_domain as demo_prompt_settings
from caigen.engines.base import Sampling
from caigen.engines.open import EngineOptions, is_url
from caigen.engines.pool import STALL_SECONDS
from caigen.engines.thoughts import SWITCHES
from caigen.errors import CaigenError
from caigen.job import Job, Source, journal_path
from caigen.runners.ray import Cluster
from caigen.stages.domains import for_every_domain
from caigen.stages.few_shot import load_examples
from caigen.stages.label import LabelSettings
from caigen.stages.registry import stage
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings
from caigen.stages.sample import SampleSettings
from caigen.stages.score import ScoreSettings
from caigen.stages.templates import Templates

PAPER_ROUNDS = 4
TIE = 0.02
DEFAULT_CONSTITUTION = "general"


def build_job(
    command: str, stages: tuple[str, ...], values: dict[str, Any], targets: Sequence[Path], *, labelled: bool = False
) -> Job:
    """A Job from a command's own parameters (`locals()` of its function); those it lacks keep their defaults.

    `targets` are the files it writes, the one that the journal goes with first. With `labelled` it reads comparisons whose
    answer is known.

    Raises CaigenError.
    """
    paper = values.get("recipe") == o.Recipe.paper
    engines = engine_options(values)
    temperature = values["temperature"] if values.get("temperature") is not None else 1.0 if paper else 0.7
    sampling = Sampling(
        max_tokens=values.get("max_tokens", 512),
        temperature=temperature,
        top_p=values.get("top_p", 1.0),
        **thinking(values),
    )
    prompt_settings = build_prompt_settings(values, paper=paper)
    rounds = values.get("rounds")
    if rounds is None:
        everything = len(prompt_settings.principles) if prompt_settings.select == "all" else 1
        rounds = PAPER_ROUNDS if paper else everything
    critic_sampling = replace(sampling, max_tokens=values.get("critique_tokens", 512), **thinking(values, "critic_"))
    settings: dict[str, object] = {
        "sample": SampleSettings(
            values.get("candidates", 1), sampling, values["seed"], plain=prompt_settings.style == "plain"
        ),
        "critique": critic_sampling,
        "revise": ReviseSettings(
            rounds=rounds,
            always=values.get("always_revise", False) or paper,
            critique=not values.get("no_critique", False),
            sampling=sampling,
            critic_sampling=critic_sampling,
        ),
        "label": _labelling(values, sampling, paper=paper),
        "score": _scoring(values, sampling),
    }
    return Job(
        command=command,
        source=Source(
            values["source"],
            values["on_error"].value,
            values["take"].value if "take" in values else "none",
            values["limit"],
            labelled=labelled,
        ),
        engines=engines,
        stages=tuple(stage(name, settings[name]) for name in stages),
        settings_by_domain=(
            demo_prompt_settings(values["seed"]) if values.get("demo") else for_every_domain(prompt_settings)
        ),
        targets=tuple(targets),
        journal=values.get("journal") or (journal_path(targets[0]) if values.get("output") else None),
        in_flight=values.get("in_flight"),
        ordered=not values.get("unordered", False),
        keep_reasoning=values.get("keep_reasoning", False),
        cluster=_cluster(values),
    )


def check_judge(values: dict[str, Any]) -> None:
    """Exit 2 where the options about a judge make no sense."""
    drawn, (low, high) = values["principles_per_label"], values["clamp"]
    if drawn not in (None, "rounds", "all") and not (drawn.isdecimal() and int(drawn)):
        raise typer.BadParameter("a number from 1, rounds, or all", param_hint="--principles-per-label")
    if not 0 <= low <= high <= 1:
        raise typer.BadParameter("two numbers, 0 <= LOW <= HIGH <= 1", param_hint="--clamp")


def _labelling(values: dict[str, Any], sampling: Sampling, *, paper: bool) -> LabelSettings:
    """How a judge compares. The paper's (4.1) is asked in one order, under one principle drawn for each label, and whatever it
    says is a soft label, however near to one half.
    """
    if "principles_per_label" not in values:
        return LabelSettings()
    drawn = values["principles_per_label"] or ("1" if paper else "rounds")
    tie = values["tie"]
    return LabelSettings(
        compare=values["compare"].value if "compare" in values else "candidates",
        principles=None if drawn == "all" else "rounds" if drawn == "rounds" else int(drawn),
        orders=1 if paper else 2,
        min_mass=values["min_mass"],
        tie=(0.0 if paper else TIE) if tie is None else tie,
        samples=values["samples"],
        cot=values["cot"],
        cot_samples=values["cot_samples"],
        clamp=values["clamp"],
        sampling=sampling,
    )


def _scoring(values: dict[str, Any], sampling: Sampling) -> ScoreSettings:
    if "texts" not in values:
        return ScoreSettings()
    which: o.Which = values["texts"]
    return ScoreSettings(which.value, values["min_mass"], values["samples"], values["scale"], sampling)


def thinking(values: dict[str, Any], role: str = "") -> dict[str, Any]:
    """The settings of `Sampling` for how one role thinks; those that were not said are left out.

    Raises CaigenError where a template's own switch says the contrary.
    """
    think, tokens = values.get(f"{role}think"), values.get(f"{role}think_tokens")
    own = sorted(
        set(key_values(values.get("chat_template_kwarg", []), "--chat-template-kwarg"))
        & {name for name, *_ in SWITCHES}
    )
    if think not in (None, o.Think.auto) and own:
        option = f"--{role.replace('_', '-')}think {think.value}"
        raise CaigenError(
            f"{option} and --chat-template-kwarg {own[0]} both say whether the model thinks; leave one out"
        )
    return ({"think": think.value} if think else {}) | ({"think_tokens": tokens} if tokens else {})


def _cluster(values: dict[str, Any]) -> Cluster | None:
    if values.get("runner", o.Runner.local) == o.Runner.local:
        return None
    if not values["output"]:
        raise CaigenError("--runner ray writes shards beside its output: name it with --output")
    return Cluster(values["ray_address"], values["workers"], values["worker_cpus"], values["worker_gpus"])


def build_prompt_settings(values: dict[str, Any], *, paper: bool = False) -> PromptSettings:
    """The brief that the principle options describe."""
    constitution = load(values.get("constitution") or DEFAULT_CONSTITUTION)
    only = tuple(constitution.find(ref).id for ref in values.get("principle", ()))
    folder: Path | None = values.get("templates")
    few_shot: Path | None = values.get("few_shot")
    return PromptSettings(
        constitution=constitution,
        templates=Templates.load(folder),
        style=values["style"].value if "style" in values else "chat",
        free_text=values.get("plain", False) or paper,
        select=values["select"].value if "select" in values else "random",
        with_replacement=values.get("with_replacement", False) or paper,
        examples=load_examples(few_shot) if few_shot else (),
        seed=values["seed"],
        follow=values.get("constitution", DEFAULT_CONSTITUTION) is None and not only,
        only=only,
    )


def engine_options(values: dict[str, Any]) -> EngineOptions:
    """The engines that the model options name."""
    endpoint: str | None = values.get("endpoint") or None
    if endpoint and not is_url(endpoint):
        raise CaigenError(f"--endpoint {endpoint}: begin with http:// or https://")
    return EngineOptions(
        model=values.get("model"),
        endpoint=endpoint,
        critic=values.get("critic_model"),
        reviser=values.get("reviser_model"),
        judge=values.get("judge_model"),
        api_key=os.environ.get("CAIGEN_API_KEY"),
        args=key_values(values.get("engine_arg", []), "--engine-arg"),
        template_kwargs=key_values(values.get("chat_template_kwarg", []), "--chat-template-kwarg"),
        concurrency=values.get("in_flight"),
        data_parallel=values.get("data_parallel"),
        stall=values.get("stall", STALL_SECONDS),
        stop_loops=values.get("stop_loops", False),
    )


def key_values(entries: list[str], option: str) -> dict[str, Any]:
    """`key=value` entries; a value that is JSON is read as such.

    Raises CaigenError.
    """
    found: dict[str, Any] = {}
    for entry in entries:
        key, equals, value = entry.partition("=")
        if not equals or not key:
            raise CaigenError(f"{option} {entry}: needs KEY=VALUE")
        try:
            found[key.replace("-", "_")] = orjson.loads(value)
        except orjson.JSONDecodeError:
            found[key.replace("-", "_")] = {"True": True, "False": False}.get(value, value)
    return found
