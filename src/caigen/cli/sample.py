"""`caigen sample`."""

from caigen.cli import options as o
from caigen.cli.perform import records_command


def sample(
    source: o.Input = "-",
    output: o.Output = None,
    candidates: o.Candidates = 1,
    style: o.StyleOption = o.Style.chat,
    model: o.Model = None,
    endpoint: o.Endpoint = None,
    engine_arg: o.EngineArg = [],  # noqa: B006
    chat_template_kwarg: o.TemplateArg = [],  # noqa: B006
    in_flight: o.InFlight = None,
    data_parallel: o.DataParallel = None,
    stall: o.Stall = 600.0,
    stop_loops: o.StopLoops = False,
    max_tokens: o.MaxTokens = 512,
    think: o.ThinkOption = o.Think.auto,
    think_tokens: o.ThinkTokens = 2048,
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
) -> None:
    """Answer each prompt n times."""
    records_command("sample", ("sample",), locals())
