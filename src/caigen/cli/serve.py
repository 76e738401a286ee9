"""`caigen serve`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from caigen.cli import options as o
from caigen.cli.terminal import say

SERVER, OPENRLHF = "Server", "OpenRLHF (/get_reward)"


def serve(
    host: Annotated[
        str, typer.Option(help="Address; any but this machine's own needs a token.", rich_help_panel=SERVER)
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port.", rich_help_panel=SERVER)] = 8790,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="CAIGEN_SERVE_TOKEN",
            help="Asked of every client, as a bearer token, as http://x:TOKEN@HOST or as ?token=TOKEN.",
            rich_help_panel=SERVER,
        ),
    ] = None,
    max_body: Annotated[int, typer.Option(min=1, help="Megabytes of one request at most.", rich_help_panel=SERVER)] = 8,
    rate: Annotated[
        float, typer.Option(min=0.0, help="Requests a second of one client; 0 is no limit.", rich_help_panel=SERVER)
    ] = 0.0,
    timeout: Annotated[
        float,
        typer.Option(
            min=1.0, help="Seconds of one request; what is not read by then is unread.", rich_help_panel=SERVER
        ),
    ] = 170.0,
    prompts: Annotated[
        Path | None,
        typer.Option(help="File of export-prompts: prompts are looked up by label.", rich_help_panel=OPENRLHF),
    ] = None,
    policy_tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Model that is trained: its chat template takes prompts apart.",
            rich_help_panel=OPENRLHF,
        ),
    ] = None,
    unread: Annotated[
        str,
        typer.Option(
            metavar="raise|mean|NUMBER", help="What a text without a reward is answered with.", rich_help_panel=OPENRLHF
        ),
    ] = "raise",
    constitution: o.ConstitutionName = None,
    principle: o.PrincipleIds = [],  # noqa: B006
    model: o.Model = None,
    endpoint: o.Endpoint = None,
    engine_arg: o.EngineArg = [],  # noqa: B006
    chat_template_kwarg: o.TemplateArg = [],  # noqa: B006
    in_flight: o.InFlight = None,
    data_parallel: o.DataParallel = None,
    stall: o.Stall = 600.0,
    think: o.ThinkOption = o.Think.auto,
    think_tokens: o.ThinkTokens = 2048,
) -> None:
    """Rewards on line: /get_reward (OpenRLHF), /score, /compare, /health, /metrics. Ctrl-C ends it once all is answered."""
    from caigen.cli.build import engine_options, thinking
    from caigen.engines.base import Sampling
    from caigen.judge.queries import open_queries
    from caigen.judge.server import Serving, check
    from caigen.judge.server import serve as run
    from caigen.judge.unread import policy_of

    serving = Serving(host, port, token, max_body << 20, rate, timeout, unread=policy_of(unread))
    values = locals()
    engines, sampling = engine_options(values), Sampling(**thinking(values))
    check(serving)
    serving = replace(serving, sampling=sampling, queries=open_queries(prompts, policy_tokenizer))
    say(f"serving on http://{host}:{port} once the model is loaded; Ctrl-C ends it")
    run(serving, engines, constitution or "general", tuple(principle))
