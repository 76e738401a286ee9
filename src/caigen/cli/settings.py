"""From option groups to the settings of prompts and stages."""

from dataclasses import replace

import typer

from caigen.choices import CONSTITUTION, Compare, Think
from caigen.cli.build import key_values
from caigen.cli.options import (
    AnswerOptions,
    ComparisonOptions,
    ConstitutionOptions,
    CriticOptions,
    CritiqueOptions,
    GenerationOptions,
    LoadOptions,
    ModelOptions,
    PrincipleOptions,
    RevisionOptions,
    SamplingOptions,
    ScoreOptions,
    SeededThinkOptions,
    ThinkOptions,
)
from caigen.constitution.load import load
from caigen.engines.base import Sampling
from caigen.engines.thoughts import SWITCHES
from caigen.errors import CaigenError
from caigen.stages.few_shot import load_examples
from caigen.stages.label import LabelSettings
from caigen.stages.label_pairs import PrinciplesPerPair
from caigen.stages.registry import Stage, stage
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings
from caigen.stages.sample import SampleSettings
from caigen.stages.score import ScoreSettings
from caigen.stages.templates import Templates


def constitution_settings(options: ConstitutionOptions, seed: int = 0) -> PromptSettings:
    """How a constitution is put to a model; where none is named, each record's own is followed.

    Raises CaigenError.
    """
    return PromptSettings(
        constitution=load(options.constitution or CONSTITUTION),
        templates=Templates.load(options.templates),
        seed=seed,
        follow=options.constitution is None,
    )


def principle_settings(options: PrincipleOptions, seed: int) -> PromptSettings:
    """The settings of a constitution, with only the principles that `--principle` names, or all if it names none.

    With named principles a record's own constitution is not followed: it may not have them.

    Raises CaigenError for a principle that the constitution lacks.
    """
    settings = constitution_settings(options, seed)
    only = tuple(settings.constitution.find(ref).id for ref in options.principle)
    return replace(settings, only=only, follow=settings.follow and not only)


def critique_settings(options: CritiqueOptions, seed: int) -> PromptSettings:
    """The same, with how principles are chosen and critiques asked for.

    Raises CaigenError.
    """
    return replace(
        principle_settings(options, seed),
        style=options.style,
        free_text=options.plain,
        select=options.select,
        with_replacement=options.with_replacement,
        examples=load_examples(options.few_shot) if options.few_shot else (),
    )


def sampling_of(options: SamplingOptions, model: ModelOptions) -> Sampling:
    """How the tokens of a text are drawn.

    Raises CaigenError where the chat template is told another thing about thoughts.
    """
    sampling = Sampling(max_tokens=options.max_tokens, temperature=options.temperature, top_p=options.top_p)
    return thinking(options, model, sampling)


def thinking(options: ThinkOptions, model: LoadOptions, sampling: Sampling | None = None) -> Sampling:
    """The same sampling, or the library's own, with whether the model thinks first.

    Raises CaigenError where the chat template is told another thing.
    """
    check_thinking(options.think, model, "--think")
    return replace(sampling or Sampling(), think=options.think, think_tokens=options.think_tokens)


def check_thinking(think: Think | None, model: LoadOptions, option: str) -> None:
    """Raises CaigenError where a template's own switch says whether the model thinks, and the option does too."""
    switches = {name for name, *_ in SWITCHES}
    own = sorted(switches & set(key_values(model.chat_template_kwarg, "--chat-template-kwarg")))
    if think not in (None, "auto") and own:
        raise CaigenError(
            f"{option} {think} and --chat-template-kwarg {own[0]} both say whether the model thinks; leave one out"
        )


def sample_settings(options: SamplingOptions, model: ModelOptions, *, plain: bool) -> SampleSettings:
    """How prompts are answered; `plain` continues a text in place of a chat."""
    candidates = options.candidates if isinstance(options, AnswerOptions) else 1
    return SampleSettings(candidates, sampling_of(options, model), options.seed, plain=plain)


def critic_sampling(critic: CriticOptions, model: ModelOptions, sampling: Sampling) -> Sampling:
    """How the tokens of critiques are drawn: as those of other texts, but for what is named for the critic.

    Raises CaigenError where the chat template is told another thing about thoughts.
    """
    check_thinking(critic.critic_think, model, "--critic-think")
    return replace(
        sampling,
        max_tokens=critic.critique_tokens,
        think=critic.critic_think or sampling.think,
        think_tokens=critic.critic_think_tokens or sampling.think_tokens,
    )


def critique_stages(
    sampling: GenerationOptions, critic: CriticOptions, model: ModelOptions, *, prompts: PromptSettings
) -> list[Stage]:
    """The stages of `critique`: prompts are answered, answers criticised.

    Raises CaigenError.
    """
    return [
        stage("sample", sample_settings(sampling, model, plain=prompts.style == "plain")),
        stage("critique", critic_sampling(critic, model, sampling_of(sampling, model))),
    ]


def revise_stages(
    sampling: GenerationOptions,
    critic: CriticOptions,
    model: ModelOptions,
    *,
    prompts: PromptSettings,
    revision: RevisionOptions,
) -> list[Stage]:
    """The stages of `revise` and `run`: prompts are answered, answers are criticised and revised.

    Without a number of rounds there is one, or one for each principle where all are taken in file order.

    Raises CaigenError.
    """
    rounds = revision.rounds
    if rounds is None:
        rounds = len(prompts.principles) if prompts.select == "all" else 1
    drawn = sampling_of(sampling, model)
    settings = ReviseSettings(
        rounds=rounds,
        always=revision.always_revise,
        critique=revision.critique,
        sampling=drawn,
        critic_sampling=critic_sampling(critic, model, drawn),
    )
    return [
        stage("sample", sample_settings(sampling, model, plain=prompts.style == "plain")),
        stage("revise", settings),
    ]


def label_settings(options: ComparisonOptions, compare: Compare, sampling: Sampling) -> LabelSettings:
    """How a judge compares; exits 2 where the options make no sense."""
    low, high = options.clamp
    if not 0 <= low <= high <= 1:
        raise typer.BadParameter("two numbers, 0 <= LOW <= HIGH <= 1", param_hint="--clamp")
    return LabelSettings(
        compare=compare,
        principles=_principles_per_label(options.principles_per_label),
        orders=1 if options.orders == 1 else 2,
        min_mass=options.min_mass,
        tie=options.tie,
        samples=options.samples,
        cot=options.cot,
        cot_samples=options.cot_samples,
        clamp=options.clamp,
        sampling=sampling,
    )


def _principles_per_label(text: str) -> PrinciplesPerPair:
    """How many principles are drawn for a pair: a number from 1, `rounds`, or None for `all`."""
    if text == "rounds":
        return "rounds"
    if text == "all":
        return None
    if not (text.isdecimal() and int(text)):
        raise typer.BadParameter("a number from 1, rounds, or all", param_hint="--principles-per-label")
    return int(text)


def score_settings(options: ScoreOptions, model: ModelOptions, sampling: SeededThinkOptions) -> ScoreSettings:
    """How a judge scores."""
    return ScoreSettings(options.texts, options.min_mass, options.samples, options.scale, thinking(sampling, model))
