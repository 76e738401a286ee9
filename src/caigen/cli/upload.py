"""Upload what an export wrote to a Hugging Face data set."""

from pathlib import Path

import typer

from caigen.cli.options import ExportOptions
from caigen.cli.terminal import say


def check_push(repo: str | None, output: Path | None) -> None:
    """Exit 2 where there is nothing to upload or no such name on the hub;
    raises CaigenError where nobody could upload.
    """
    if repo is None:
        return
    from caigen.io import hub
    from caigen.io.streams import is_device

    if output is None or str(output) == "-" or is_device(output):
        raise typer.BadParameter("needs --output: a file to upload", param_hint="--push-to-hub")
    if not hub.is_repository(repo):
        raise typer.BadParameter(f"{repo} is not ORG/NAME as the hub takes it", param_hint="--push-to-hub")
    hub.check_login()


def push(repo: str, output: Path, options: ExportOptions) -> None:
    """Upload the files of an export and say where they are now.

    Raises CaigenError, which names the files that are kept here.
    """
    from caigen.errors import CaigenError
    from caigen.exports.publish import publish
    from caigen.exports.row_files import export_files

    files = export_files(output, split=options.split is not None, to=options.to)
    try:
        url = publish(repo, files, private=options.private)
    except CaigenError as error:
        raise CaigenError(f"{error}; kept here: {', '.join(map(str, files))}") from error
    say(f"{url}: {', '.join(file.name for file in files)}, with their data card")
