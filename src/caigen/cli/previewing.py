"""`--preview N`: prints what is sent for some rows, what comes of them, and what the whole file would use."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from caigen.cli.chains import print_chain, print_lines
from caigen.cli.terminal import Terminal, say
from caigen.engines.roles import EngineRole
from caigen.errors import FAILED_ROWS, CaigenError
from caigen.jobs.preview import Exchange, Preview, preview
from caigen.jobs.projection import Estimate, Prices, Projection, Usage, project
from caigen.looking.screen import Screen
from caigen.stages.resolve import settings_for

if TYPE_CHECKING:
    from caigen.cli.options import FolderOptions, RecordOutput
    from caigen.jobs.job import Job

MAX_PROMPT_CHARS = 240
PER_ROWS = 1000  # projected to, where the number of rows is not known
MADE: dict[EngineRole, str] = {
    "policy": "answers",
    "critic": "critiques",
    "reviser": "revisions",
    "judge": "judgements",
}


def preview_job(job: "Job", options: "RecordOutput | FolderOptions") -> None:
    """Do a Job for some rows and print a report; exit 3 where rows failed."""
    assert options.preview
    prices = prices_of(options.token_prices, options.gpu_price)
    with Terminal(job.command) as terminal:
        result = preview(job, options.preview, terminal)
    screen = Screen()
    if not result.records:
        raise CaigenError(f"--preview: {job.source.path}: no rows")
    for index, record in enumerate(result.records):
        print_lines([f"--- row {index + 1} of {len(result.records)}: {record.id} ---"], screen)
        for exchange in result.exchanges.get(index, ()):
            print_lines([_asked(exchange)], screen)
        print_chain(record, screen, settings_for(job.settings_by_domain, record).constitution)
    _print_usage(result, screen)
    _print_projection(result, prices, screen)
    for line in result.summary.advice():
        say(line)
    if result.summary.failed:
        raise typer.Exit(FAILED_ROWS)


def prices_of(tokens: str | None, hour: float | None) -> Prices:
    """The prices of the options; exits 2 for token prices that are no two numbers."""
    if tokens is None:
        return Prices(hour=hour)
    try:
        price_in, price_out = (float(part) for part in tokens.split(","))
    except ValueError as error:
        raise typer.BadParameter(
            "two numbers with a comma: the price of a million tokens in, and out", param_hint="--token-prices"
        ) from error
    if not (0 <= price_in < float("inf") and 0 <= price_out < float("inf")):
        raise typer.BadParameter("prices are numbers from 0", param_hint="--token-prices")
    return Prices(tokens=(price_in, price_out), hour=hour)


def _asked(exchange: Exchange) -> str:
    """The last message of a request, shortened, and how long its answer is."""
    request = exchange.request
    text = request.text if request.text is not None else request.messages[-1].content
    short = " ".join(text.split())
    if len(short) > MAX_PROMPT_CHARS:
        half = MAX_PROMPT_CHARS // 2
        short = f"{short[:half]} … {short[-half:]}"
    tokens = exchange.completion.tokens
    return f"{exchange.role:<8}  {short}  [{tokens.prompt} tokens in, {tokens.completion} out]"


def _print_usage(result: Preview, screen: Screen) -> None:
    """A table: what was asked of each role, for the drawn rows."""
    used: dict[EngineRole, Usage] = defaultdict(Usage)
    for index in range(len(result.records)):
        for role, usage in result.by_role(index).items():
            used[role] += usage
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for heading in ("requests", "tokens in", "tokens out", "out, each"):
        table.add_column(heading, justify="right")
    for role, made in MADE.items():
        if role in used:
            usage = used[role]
            each = f"{usage.tokens_out / usage.requests:.0f}"
            table.add_row(made, f"{usage.requests:,}", f"{usage.tokens_in:,}", f"{usage.tokens_out:,}", each)
    screen.console.print()
    screen.console.print(table)


def _print_projection(result: Preview, prices: Prices, screen: Screen) -> None:
    rows = result.total if result.total is not None else max(result.least, PER_ROWS)
    projection = project(result.usage(), rows, rate=result.rate, prices=prices)
    print_lines(["", *projection_lines(result, projection, prices)], screen)


def projection_lines(result: Preview, projection: Projection, prices: Prices) -> Iterator[str]:
    """The projection, a line each."""
    seen = f"{projection.seen} row{'s' * (projection.seen != 1)}"
    if result.total is not None:
        subject = f"{result.job.source.path} has {projection.rows:,} rows"
    elif result.least:
        subject = f"{result.job.source.path} has more than {result.least:,} rows; for {projection.rows:,}"
    else:
        subject = f"how many rows will come is not known; for {projection.rows:,}"
    interval = "with 95 % intervals" if projection.seen > 1 else "no interval from a single row"
    yield f"{subject}. Projected from {seen}, {interval}:"
    yield f"  requests    {shown(projection.requests)}"
    yield f"  tokens in   {shown(projection.tokens_in)}"
    yield f"  tokens out  {shown(projection.tokens_out)}"
    yield f"  time        {_time(result, projection)}"
    if projection.cost:
        price = "token prices" if prices.tokens else "price of an hour"
        yield f"  cost        {shown(projection.cost, digits=2 if projection.cost.value >= 1 else 4)} by the {price}"
    elif prices.hour is not None:
        yield "  cost        not known without a time"
    if result.remembered:
        yield f"{result.remembered} of these answers came from the journal."
    if result.job.journal:
        yield "Nothing was written but the journal: the command without --preview does not ask for these rows again."
    else:
        yield "Nothing was kept: with -o, the answers would go to its journal and not be asked for again."


def _time(result: Preview, projection: Projection) -> str:
    if projection.seconds is None or result.rate is None:
        return "not known: all answers came from the journal"
    seconds = projection.seconds
    text = duration(seconds.value)
    if seconds.low is not None and seconds.high is not None:
        text += f" ({duration(seconds.low)} to {duration(seconds.high)})"
    return f"{text} at most, at {result.rate:.0f} tokens out a second; more rows at once are faster"


def shown(estimate: Estimate, digits: int = 0) -> str:
    """`12,000 (9,000 to 15,000)`."""
    text = f"{estimate.value:,.{digits}f}"
    if estimate.low is None or estimate.high is None:
        return text
    return f"{text} ({estimate.low:,.{digits}f} to {estimate.high:,.{digits}f})"


def duration(seconds: float) -> str:
    """Seconds in the unit that a person would take."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} days"
