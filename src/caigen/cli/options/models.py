"""Option groups: which models are asked, how tokens are drawn, and on which machines."""

from dataclasses import dataclass, field
from typing import Annotated

import typer

from caigen.choices import ANSWER_SECONDS, MAX_TOKENS, STALL_SECONDS, THINK_TOKENS, Runner, Think
from caigen.cli.options.panels import CLUSTER, MODEL, SAMPLING
from caigen.recipes import DEFAULT

Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        envvar="CAIGEN_MODEL",
        help="Hugging Face name or folder; by default the one that made the records, else the demo model.",
        rich_help_panel=MODEL,
    ),
]
Endpoint = Annotated[
    str | None,
    typer.Option(envvar="CAIGEN_ENDPOINT", help="URL of an OpenAI-compatible server instead.", rich_help_panel=MODEL),
]
EngineArg = Annotated[
    list[str],
    typer.Option(
        metavar="KEY=VALUE", help="Any vLLM engine argument; repeatable.", rich_help_panel=MODEL, show_default=False
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Every draw follows from it.", rich_help_panel=SAMPLING)]


@dataclass(frozen=True)
class LoadOptions:
    """The model that is asked, and how it is run."""

    model: Model = None
    endpoint: Endpoint = None
    engine_arg: EngineArg = field(default_factory=list)
    chat_template_kwarg: Annotated[
        list[str],
        typer.Option(
            "--chat-template-kwarg",
            metavar="KEY=VALUE",
            help="Goes to the chat template, as enable_thinking=false.",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = field(default_factory=list)
    in_flight: Annotated[
        int | None,
        typer.Option(min=1, help="Requests at once; by default what the engine has room for.", rich_help_panel=MODEL),
    ] = None
    data_parallel: Annotated[
        int | None,
        typer.Option(
            "--data-parallel", min=1, help="Engines, each in a process of its own: one per GPU.", rich_help_panel=MODEL
        ),
    ] = None
    stall: Annotated[
        float,
        typer.Option(
            min=1.0, help="Seconds without a token after which an engine is started anew.", rich_help_panel=MODEL
        ),
    ] = STALL_SECONDS
    tokenizer: Annotated[
        str | None,
        typer.Option(
            "--tokenizer",
            metavar="DIR|NAME",
            help="Tokenizer of an endpoint's model: texts do not become its control tokens.",
            rich_help_panel=MODEL,
        ),
    ] = None


@dataclass(frozen=True)
class ModelOptions(LoadOptions):
    """The same with a time limit for each answer."""

    timeout: Annotated[
        float,
        typer.Option("--timeout", min=1.0, help="Seconds for one answer of an endpoint.", rich_help_panel=MODEL),
    ] = ANSWER_SECONDS


@dataclass(frozen=True)
class ThinkOptions:
    """Whether a reasoning model thinks before it answers, and for how long."""

    think: Annotated[
        Think,
        typer.Option(
            "--think",
            help="Whether a reasoning model thinks first. auto: as its chat template does by itself, and not "
            "before JSON or "
            "a judge's letters.",
            rich_help_panel=SAMPLING,
        ),
    ] = "auto"
    think_tokens: Annotated[
        int,
        typer.Option(
            "--think-tokens",
            min=1,
            help="With --think on: tokens of a thought, beside --max-tokens.",
            rich_help_panel=SAMPLING,
        ),
    ] = THINK_TOKENS


@dataclass(frozen=True)
class SeededThinkOptions(ThinkOptions):
    """The same with a seed, for a judge that writes no text."""

    seed: Seed = 0


@dataclass(frozen=True)
class SamplingOptions(SeededThinkOptions):
    """How the tokens of a text are drawn."""

    max_tokens: Annotated[
        int, typer.Option(min=1, help="Completion tokens of one answer.", rich_help_panel=SAMPLING)
    ] = MAX_TOKENS
    temperature: Annotated[
        float, typer.Option(min=0.0, help="1 with --recipe paper; 0 is greedy.", rich_help_panel=SAMPLING)
    ] = DEFAULT.temperature
    top_p: Annotated[float, typer.Option(min=0.001, max=1.0, help="Nucleus sampling.", rich_help_panel=SAMPLING)] = 1.0


@dataclass(frozen=True)
class GenerationOptions(SamplingOptions):
    """How answers, critiques and revisions are drawn."""

    stop_loops: Annotated[
        bool,
        typer.Option(
            "--stop-loops/--no-stop-loops",
            show_default=False,
            help="End a text that repeats itself (vLLM in this process).",
            rich_help_panel=SAMPLING,
        ),
    ] = False


@dataclass(frozen=True)
class AnswerOptions(GenerationOptions):
    """The same, and how many answers a prompt gets."""

    candidates: Annotated[
        int, typer.Option("--candidates", "-n", min=1, help="Answers per prompt.", rich_help_panel=SAMPLING)
    ] = 1


@dataclass(frozen=True)
class CriticOptions:
    """The model that criticises, where it is another one, and how its critiques are drawn."""

    critic_model: Annotated[
        str | None, typer.Option(help="Another model for critiques: a name, or URL#name.", rich_help_panel=MODEL)
    ] = None
    critique_tokens: Annotated[
        int,
        typer.Option(
            "--critique-tokens",
            min=1,
            help="Completion tokens of one critique, whatever --max-tokens.",
            rich_help_panel=SAMPLING,
        ),
    ] = MAX_TOKENS
    critic_think: Annotated[
        Think | None,
        typer.Option("--critic-think", help="--think of critiques; by default the same.", rich_help_panel=SAMPLING),
    ] = None
    critic_think_tokens: Annotated[
        int | None,
        typer.Option(
            "--critic-think-tokens",
            min=1,
            help="--think-tokens of critiques; by default the same.",
            rich_help_panel=SAMPLING,
        ),
    ] = None


@dataclass(frozen=True)
class ClusterOptions:
    """Whether Ray carries the rows, and what its workers hold."""

    runner: Annotated[
        Runner,
        typer.Option("--runner", help="This process, or the workers of a Ray cluster.", rich_help_panel=CLUSTER),
    ] = "local"
    ray_address: Annotated[
        str | None,
        typer.Option(help="Cluster to use, as HOST:PORT or auto; else Ray starts here.", rich_help_panel=CLUSTER),
    ] = None
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Ray workers, an engine each.", rich_help_panel=CLUSTER)
    ] = 1
    worker_cpus: Annotated[float, typer.Option(min=0.1, help="CPUs of each worker.", rich_help_panel=CLUSTER)] = 1.0
    worker_gpus: Annotated[float, typer.Option(min=0.0, help="GPUs of each worker.", rich_help_panel=CLUSTER)] = 0.0
