"""`caigen serve`."""

from typing import Annotated

import typer

from caigen.cli import options as o
from caigen.cli.terminal import say

SERVER = "Server"


def serve(
    host: Annotated[
        str, typer.Option(help="Address; any but this machine's own needs a token.", rich_help_panel=SERVER)
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port.", rich_help_panel=SERVER)] = 8790,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="CAIGEN_SERVE_TOKEN", help="Asked of every client as a bearer token.", rich_help_panel=SERVER
        ),
    ] = None,
    max_body: Annotated[int, typer.Option(min=1, help="Megabytes of one request at most.", rich_help_panel=SERVER)] = 8,
    rate: Annotated[
        float, typer.Option(min=0.0, help="Requests a second of one client; 0 is no limit.", rich_help_panel=SERVER)
    ] = 0.0,
    constitution: o.ConstitutionName = None,
    principle: o.PrincipleIds = [],  # noqa: B006
    model: o.Model = None,
    endpoint: o.Endpoint = None,
    engine_arg: o.EngineArg = [],  # noqa: B006
    chat_template_kwarg: o.TemplateArg = [],  # noqa: B006
    in_flight: o.InFlight = None,
    data_parallel: o.DataParallel = None,
    stall: o.Stall = 600.0,
) -> None:
    """Rewards on line: /get_reward (OpenRLHF), /score, /compare, /health, /metrics. Ctrl-C ends it once all is answered."""
    from caigen.cli.build import engine_options
    from caigen.serve import Serving, check
    from caigen.serve import serve as run

    serving = Serving(host, port, token, max_body << 20, rate)
    engines = engine_options(locals())
    check(serving)
    say(f"serving on http://{host}:{port} once the model is loaded; Ctrl-C ends it")
    run(serving, engines, constitution or "general", tuple(principle))
