"""`caigen export-prompts`."""

from caigen.cli import options as o
from caigen.cli.perform import check_rows, check_stdin, export_command, shaping_of


def export_prompts(
    source: o.Input = "-",
    output: o.Output = None,
    to: o.ToOption = o.To.trl,
    split: o.Split = None,
    split_by: o.SplitByOption = o.SplitBy.prompt,
    decontaminate: o.Decontaminate = [],  # noqa: B006
    push_to_hub: o.PushToHub = None,
    private: o.Private = True,
    check: o.Check = None,
    on_error: o.OnErrorOption = o.OnError.fail,
    limit: o.Limit = None,
    overwrite: o.Overwrite = False,
    summary: o.SummaryFile = None,
) -> None:
    """Prompts for reinforcement learning, each once."""
    if check_rows(check, to, "prompts"):
        return
    check_stdin(source)
    from caigen.exports.sinks import PromptSink

    export_command(
        "export-prompts",
        locals(),
        lambda: PromptSink(
            output, split=split, split_by=split_by.value, shaping=shaping_of(to, "prompts", output, decontaminate)
        ),
    )
