"""`caigen run`."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caigen.cli import options as o
from caigen.cli.perform import check_stdin, perform, settle
from caigen.cli.sample import say_of_equal_answers

ROWS = ("pairs", "sft", "critique_sft")

if TYPE_CHECKING:
    from caigen.execution import Sink


def run(
    source: o.Input = "-",
    output: o.Folder = Path("caigen-out"),
    candidates: o.Candidates = 1,
    rounds: o.Rounds = None,
    always_revise: o.AlwaysRevise = False,
    no_critique: o.NoCritique = False,
    constitution: o.ConstitutionName = None,
    principle: o.PrincipleIds = [],  # noqa: B006
    select: o.SelectOption = o.Select.random,
    with_replacement: o.WithReplacement = False,
    style: o.StyleOption = o.Style.chat,
    plain: o.FreeText = False,
    few_shot: o.FewShot = None,
    templates: o.TemplateFolder = None,
    recipe: o.RecipeOption = o.Recipe.default,
    model: o.Model = None,
    endpoint: o.Endpoint = None,
    critic_model: o.CriticModel = None,
    engine_arg: o.EngineArg = [],  # noqa: B006
    chat_template_kwarg: o.TemplateArg = [],  # noqa: B006
    in_flight: o.InFlight = None,
    data_parallel: o.DataParallel = None,
    stall: o.Stall = 600.0,
    stop_loops: o.StopLoops = False,
    max_tokens: o.MaxTokens = 512,
    critique_tokens: o.CritiqueTokens = 512,
    think: o.ThinkOption = o.Think.auto,
    think_tokens: o.ThinkTokens = 2048,
    critic_think: o.CriticThink = None,
    critic_think_tokens: o.CriticThinkTokens = None,
    temperature: o.Temperature = None,
    top_p: o.TopP = 1.0,
    seed: o.Seed = 0,
    on_error: o.OnErrorOption = o.OnError.fail,
    take: o.TakeOption = o.Take.none,
    limit: o.Limit = None,
    overwrite: o.Overwrite = False,
    summary: o.SummaryFile = None,
    rejects: o.Rejects = None,
    journal: o.JournalFile = None,
    unordered: o.Unordered = False,
    runner: o.RunnerOption = o.Runner.local,
    ray_address: o.RayAddress = None,
    workers: o.Workers = 1,
    worker_cpus: o.WorkerCpus = 1.0,
    worker_gpus: o.WorkerGpus = 0.0,
    keep_reasoning: o.KeepReasoning = False,
) -> None:
    """Answer, criticise, revise and export with one engine load: records, pairs, SFT rows and a summary."""
    values = locals()
    check_stdin(source)
    say_of_equal_answers(candidates, temperature)
    from caigen.cli.build import build_job
    from caigen.job import check_targets

    counts = summary or output / "summary.json"
    job = build_job("run", ("sample", "revise"), values, [*folder_files(output), *([rejects] if rejects else [])])
    check_targets(job, overwrite=overwrite, summary=counts)

    def sinks(stack: ExitStack) -> "list[Sink]":
        return folder_sinks(stack, output, rejects, job.settings_by_domain, keep_reasoning=keep_reasoning)

    settle(perform(job, sinks, counts))


def folder_files(folder: Path) -> list[Path]:
    """The files that `run -o FOLDER` writes, the records first."""
    from caigen.exports.row_files import row_files

    rows = [path for name in ROWS for path in row_files(folder / f"{name}.jsonl")]
    return [folder / "records.jsonl", *rows]


def folder_sinks(
    stack: ExitStack,
    folder: Path,
    rejects: Path | None,
    settings_by_domain: dict[str, Any],
    *,
    keep_reasoning: bool = False,
) -> "list[Sink]":
    """The files of `run -o FOLDER`, open."""
    from caigen.exports.pairs import PairSettings
    from caigen.exports.sinks import PairSink, SftSink
    from caigen.io.record_sink import RecordSink

    pairs, revisions, critiques = (folder / f"{name}.jsonl" for name in ROWS)
    return [
        stack.enter_context(RecordSink(folder / "records.jsonl", rejects)),
        stack.enter_context(PairSink(pairs, PairSettings(), keep_reasoning=keep_reasoning)),
        stack.enter_context(SftSink(revisions, "revisions", settings_by_domain, keep_reasoning=keep_reasoning)),
        stack.enter_context(SftSink(critiques, "critiques", settings_by_domain)),
    ]
