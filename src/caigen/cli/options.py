"""The options that several commands share, each written once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class OnError(StrEnum):
    """What a bad input line does."""

    fail = "fail"
    skip = "skip"


class Take(StrEnum):
    """Which answer of a preference line becomes the candidate."""

    none = "none"
    chosen = "chosen"
    rejected = "rejected"


class Select(StrEnum):
    """How the principle of a round is chosen."""

    random = "random"
    cycle = "cycle"
    all = "all"


class Style(StrEnum):
    """How a critique is asked for."""

    chat = "chat"
    transcript = "transcript"
    plain = "plain"


class Think(StrEnum):
    """Whether a reasoning model thinks before it answers."""

    auto = "auto"
    on = "on"
    off = "off"


class Recipe(StrEnum):
    """Settings under one name."""

    default = "default"
    paper = "paper"


class Pairing(StrEnum):
    """Which texts of a candidate pair."""

    first_last = "first-last"
    adjacent = "adjacent"
    all = "all"
    labeled = "labeled"
    best_worst = "best-worst"


class Compare(StrEnum):
    """Which texts of a record are compared."""

    first_last = "first-last"
    candidates = "candidates"
    all = "all"


class What(StrEnum):
    """What SFT rows teach, or `spans`: token labels."""

    revisions = "revisions"
    critiques = "critiques"
    both = "both"
    spans = "spans"


class Which(StrEnum):
    """Which revisions become SFT rows."""

    all = "all"
    last = "last"


class SplitBy(StrEnum):
    """What never falls on both sides of a split."""

    prompt = "prompt"
    family = "family"


IN, OUT, MODEL, DRAW, RULES, JUDGE = "Input", "Output", "Model", "Sampling", "Principles", "Judgement"

Input = Annotated[
    str,
    typer.Argument(
        metavar="INPUT", help="JSON Lines or text file, gzip allowed; - or nothing: stdin.", show_default=False
    ),
]
OnErrorOption = Annotated[
    OnError, typer.Option(help="A bad line stops the command, or is skipped and counted.", rich_help_panel=IN)
]
TakeOption = Annotated[
    Take,
    typer.Option(help="Lines with chosen and rejected: the answer that becomes the candidate.", rich_help_panel=IN),
]
Limit = Annotated[int | None, typer.Option(min=0, help="Read at most so many rows.", rich_help_panel=IN)]

Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; else stdout.", rich_help_panel=OUT)]
Folder = Annotated[Path, typer.Option("--output", "-o", help="Folder to write.", rich_help_panel=OUT)]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace output of another command.", rich_help_panel=OUT)]
SummaryFile = Annotated[
    Path | None, typer.Option("--summary", help="Counts as JSON; beside a file output by default.", rich_help_panel=OUT)
]
Rejects = Annotated[Path | None, typer.Option(help="Failed rows go here instead.", rich_help_panel=OUT)]
JournalFile = Annotated[
    Path | None,
    typer.Option("--journal", help="Remember answers here; OUTPUT.journal by default.", rich_help_panel=OUT),
]
Unordered = Annotated[bool, typer.Option("--unordered", help="Write rows as they finish.", rich_help_panel=OUT)]


class To(StrEnum):
    """The trainer that rows are for."""

    trl = "trl"
    trl_reward = "trl-reward"
    trl_kto = "trl-kto"
    openrlhf = "openrlhf"
    axolotl = "axolotl"
    llama_factory = "llama-factory"
    torchtune = "torchtune"
    nemo_rl = "nemo-rl"
    verl = "verl"


ToOption = Annotated[To, typer.Option("--to", help="The trainer that the rows are for.", rich_help_panel=OUT)]
Check = Annotated[
    Path | None,
    typer.Option(help="Instead: say whether this file holds what the trainer takes.", rich_help_panel=OUT),
]
Decontaminate = Annotated[
    list[Path],
    typer.Option(
        "--decontaminate",
        help="Keep the prompts of this evaluation set out; repeatable.",
        rich_help_panel=IN,
        show_default=False,
    ),
]
Split = Annotated[
    float | None,
    typer.Option(
        min=0.0, max=1.0, help="Share of prompts for OUTPUT.train; the rest go to OUTPUT.test.", rich_help_panel=OUT
    ),
]
SplitByOption = Annotated[
    SplitBy,
    typer.Option(
        "--split-by",
        help="What never falls on both sides: a prompt, or a family of dialogues that begin with the same turn.",
        rich_help_panel=OUT,
    ),
]
PushToHub = Annotated[
    str | None,
    typer.Option(
        "--push-to-hub",
        metavar="ORG/NAME",
        help="Upload the files with their data card to this Hugging Face data set; the token is HF_TOKEN or that of "
        "`hf auth login`.",
        rich_help_panel=OUT,
    ),
]
Private = Annotated[
    bool,
    typer.Option(
        "--private/--public", help="Who sees the data set, where --push-to-hub makes it.", rich_help_panel=OUT
    ),
]
KeepReasoning = Annotated[
    bool,
    typer.Option("--keep-reasoning", help="Put what the model thought before its answers.", rich_help_panel=OUT),
]

Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        envvar="CAIGEN_MODEL",
        help="Hugging Face name or folder; by default the one that made the records, else the demo model.",
        rich_help_panel=MODEL,
    ),
]
Endpoint = Annotated[
    str | None,
    typer.Option(envvar="CAIGEN_ENDPOINT", help="URL of an OpenAI-compatible server instead.", rich_help_panel=MODEL),
]
CriticModel = Annotated[
    str | None, typer.Option(help="Another model for critiques: a name, or URL#name.", rich_help_panel=MODEL)
]
EngineArg = Annotated[
    list[str],
    typer.Option(
        metavar="KEY=VALUE", help="Any vLLM engine argument; repeatable.", rich_help_panel=MODEL, show_default=False
    ),
]
TemplateArg = Annotated[
    list[str],
    typer.Option(
        "--chat-template-kwarg",
        metavar="KEY=VALUE",
        help="Goes to the chat template, as enable_thinking=false.",
        rich_help_panel=MODEL,
        show_default=False,
    ),
]
InFlight = Annotated[
    int | None,
    typer.Option(min=1, help="Requests at once; by default what the engine has room for.", rich_help_panel=MODEL),
]

DataParallel = Annotated[
    int | None,
    typer.Option(
        "--data-parallel", min=1, help="Engines, each in a process of its own: one per GPU.", rich_help_panel=MODEL
    ),
]
StopLoops = Annotated[
    bool,
    typer.Option("--stop-loops", help="End a text that repeats itself (vLLM in this process).", rich_help_panel=DRAW),
]
Stall = Annotated[
    float,
    typer.Option(min=1.0, help="Seconds without a token after which an engine is started anew.", rich_help_panel=MODEL),
]


class Runner(StrEnum):
    """What carries the rows."""

    local = "local"
    ray = "ray"


CLUSTER = "Many machines"
RunnerOption = Annotated[
    Runner, typer.Option("--runner", help="This process, or the workers of a Ray cluster.", rich_help_panel=CLUSTER)
]
RayAddress = Annotated[
    str | None,
    typer.Option(help="Cluster to use, as HOST:PORT or auto; else Ray starts here.", rich_help_panel=CLUSTER),
]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Ray workers, an engine each.", rich_help_panel=CLUSTER)]
WorkerCpus = Annotated[float, typer.Option(min=0.1, help="CPUs of each worker.", rich_help_panel=CLUSTER)]
WorkerGpus = Annotated[float, typer.Option(min=0.0, help="GPUs of each worker.", rich_help_panel=CLUSTER)]

MaxTokens = Annotated[int, typer.Option(min=1, help="Completion tokens of one answer.", rich_help_panel=DRAW)]
ThinkOption = Annotated[
    Think,
    typer.Option(
        "--think",
        help="Whether a reasoning model thinks first. auto: as its chat template does by itself, and not before JSON or a "
        "judge's letters.",
        rich_help_panel=DRAW,
    ),
]
ThinkTokens = Annotated[
    int,
    typer.Option(
        "--think-tokens", min=1, help="With --think on: tokens of a thought, beside --max-tokens.", rich_help_panel=DRAW
    ),
]
CriticThink = Annotated[
    Think | None,
    typer.Option("--critic-think", help="--think of critiques; by default the same.", rich_help_panel=DRAW),
]
CriticThinkTokens = Annotated[
    int | None,
    typer.Option(
        "--critic-think-tokens", min=1, help="--think-tokens of critiques; by default the same.", rich_help_panel=DRAW
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option(min=0.0, help="0.7 by default, 1 with --recipe paper; 0 is greedy.", rich_help_panel=DRAW),
]
TopP = Annotated[float, typer.Option(min=0.001, max=1.0, help="Nucleus sampling.", rich_help_panel=DRAW)]
Seed = Annotated[int, typer.Option(min=0, help="Every draw follows from it.", rich_help_panel=DRAW)]
Candidates = Annotated[int, typer.Option("--candidates", "-n", min=1, help="Answers per prompt.", rich_help_panel=DRAW)]

PrinciplesPerLabel = Annotated[
    str, typer.Option(metavar="K", help="Principles drawn for each pair: a number, or all.", rich_help_panel=JUDGE)
]
Cot = Annotated[bool, typer.Option("--cot", help="The judge reasons before it decides.", rich_help_panel=JUDGE)]
CotSamples = Annotated[int, typer.Option(min=1, help="Reasonings that are averaged.", rich_help_panel=JUDGE)]
Clamp = Annotated[
    tuple[float, float],
    typer.Option(help="With --cot: the least and the greatest probability.", rich_help_panel=JUDGE),
]
Tie = Annotated[
    float, typer.Option(min=0.0, max=0.5, help="Nearer to one half than this is a tie.", rich_help_panel=JUDGE)
]
JudgeSamples = Annotated[
    int,
    typer.Option("--samples", min=1, help="Answers of a judge that gives no log-probabilities.", rich_help_panel=JUDGE),
]
MinMass = Annotated[
    float,
    typer.Option(min=0.0, max=1.0, help="Least probability that it answers as asked at all.", rich_help_panel=JUDGE),
]

ConstitutionName = Annotated[
    str | None,
    typer.Option(
        "--constitution",
        help="Shipped name or file; by default the one the records were made under, else general.",
        rich_help_panel=RULES,
    ),
]
PrincipleIds = Annotated[
    list[str],
    typer.Option(
        "--principle", metavar="ID", help="Only this principle; repeatable.", rich_help_panel=RULES, show_default=False
    ),
]
SelectOption = Annotated[
    Select,
    typer.Option(help="Principle of a round: drawn, in turn, or each one once in file order.", rich_help_panel=RULES),
]
WithReplacement = Annotated[
    bool, typer.Option("--with-replacement", help="A principle may be drawn again.", rich_help_panel=RULES)
]
StyleOption = Annotated[
    Style,
    typer.Option(
        help="Go on with the chat, quote it to a separate critic, or plain text for base models.", rich_help_panel=RULES
    ),
]
FreeText = Annotated[
    bool, typer.Option("--plain", help="Critiques in prose, without verdict or spans.", rich_help_panel=RULES)
]
FewShot = Annotated[
    Path | None, typer.Option(help="JSON list of worked examples for critique and revision.", rich_help_panel=RULES)
]
TemplateFolder = Annotated[
    Path | None,
    typer.Option("--templates", help="Folder with texts that replace the shipped ones.", rich_help_panel=RULES),
]
RecipeOption = Annotated[Recipe, typer.Option(help="paper: as in arXiv:2212.08073.", rich_help_panel=RULES)]
Rounds = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Critique and revision rounds in all; by default 1, 4 with --recipe paper, one per principle with --select all.",
        rich_help_panel=RULES,
    ),
]
AlwaysRevise = Annotated[bool, typer.Option("--always-revise", help="Revise what complies too.", rich_help_panel=RULES)]
NoCritique = Annotated[
    bool, typer.Option("--no-critique", help="Revise without a critique (paper 3.5).", rich_help_panel=RULES)
]
