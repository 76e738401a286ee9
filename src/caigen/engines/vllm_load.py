"""Load a model with vLLM: `path, engine arguments -> LoadedEngine`. On a CPU threads and dtype are chosen first.

vLLM is imported here, in `vllm_sampling.py` and nowhere else.
"""

import atexit
import dataclasses
import difflib
import gc
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from caigen.engines import cpu
from caigen.engines.device import gpus
from caigen.engines.identity import check_folder, missing_folder_hint
from caigen.errors import CaigenError, EngineError, needs

CPU_DEFAULTS = {"enforce_eager": True, "block_size": 32, "max_num_seqs": 64, "enable_chunked_prefill": False}
COMMON_ARGS = {
    "enable_prefix_caching": True,
    "disable_log_stats": True,
    "use_tqdm_on_load": False,
    "tokenizer_mode": "hf",  # the chat template and the control tokens are read from it
    "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
}
# Environment variables that quiet vLLM and torch; the user's own values win.
QUIET_ENVIRONMENT = {
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",
    "VLLM_NO_USAGE_STATS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
}
CPU_ENVIRONMENT = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_CPU_KVCACHE_SPACE": "1",
}


class LoadedEngine(NamedTuple):
    """vLLM's LLMEngine, and the engine arguments: the user's with those that were chosen here."""

    engine: Any
    args: dict[str, Any]


def load_engine(path: str, name: str, args: dict[str, Any]) -> LoadedEngine:
    """Load a model; `name` is for messages.

    Raises EngineError where vLLM is missing or the model does not load, CaigenError for an unknown engine argument.
    """
    with _no_collection():
        on_cpu = _import_vllm(path)
        from vllm import EngineArgs
        from vllm.v1.engine.llm_engine import LLMEngine

    _check_args(args, [field.name for field in dataclasses.fields(EngineArgs)])
    check_folder(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            if on_cpu:
                args = _add_dtype(path, args)
            return LoadedEngine(LLMEngine.from_engine_args(_engine_args(path, args, on_cpu=on_cpu)), args)
    except Exception as error:  # a model that does not load can raise anything; the cause is kept
        if wrong := wrong_argument(error, args):
            raise CaigenError(wrong) from error
        raise EngineError(f"model {name} does not load: {first_line(error)}{missing_folder_hint(path)}") from error


def first_line(error: BaseException) -> str:
    """The line of an error's message that says what is wrong; the name of its class where there is no message."""
    lines = list(filter(None, map(str.strip, str(error).splitlines())))
    if not lines:
        return type(error).__name__
    # pydantic: "1 validation error for ModelConfig", "  Value error, no such folder [type=value_error, …]"
    if len(lines) > 1 and "validation error" in lines[0]:
        if not lines[1].startswith("For"):  # "For further information visit …": then there is no reason
            lines = lines[1:]
        return lines[0].removeprefix("Value error, ").split(" [type=")[0]
    return lines[0].split(" [type=")[0]


def wrong_argument(error: Exception, args: Mapping[str, Any]) -> str | None:
    """The user's engine argument that a validation error is about, with the values that it takes; None for others."""
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return None
    for entry in errors():
        name = str(entry.get("loc", ("",))[0]) if entry.get("loc") else ""
        if name not in args:
            continue
        allowed = re.findall(r"'([^']*)'", str(entry.get("ctx", {}).get("expected", "")))
        if not allowed:
            return f"--engine-arg {name}={args[name]}: {str(entry.get('msg', '')).removeprefix('Value error, ')}"
        close = difflib.get_close_matches(str(args[name]), allowed, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return f"--engine-arg {name}={args[name]}: takes one of {', '.join(allowed)}{hint}"
    return None


def _check_args(args: dict[str, Any], names: list[str]) -> None:
    for key in args:
        if key not in names:
            close = difflib.get_close_matches(key, names, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise CaigenError(f"--engine-arg {key}: vllm has no such engine argument{hint}")


def _engine_args(path: str, args: dict[str, Any], *, on_cpu: bool) -> Any:
    """vLLM's EngineArgs: our settings, on a CPU its own defaults, and the user's arguments, the later ones first."""
    from vllm import EngineArgs

    settings: dict[str, Any] = {"model": path} | COMMON_ARGS
    if on_cpu:
        settings |= CPU_DEFAULTS
    return EngineArgs(**(settings | args))


def _add_dtype(path: str, args: dict[str, Any]) -> dict[str, Any]:
    """The arguments with the dtype for this CPU; unchanged where vLLM may choose it."""

    def is_quantized() -> bool:
        return bool(_engine_args(path, args, on_cpu=True).create_model_config().quantization)

    dtype = cpu.choose_dtype(args, cpu.weight_bytes(path), quantized=is_quantized).dtype
    return args | {"dtype": dtype} if dtype else args


@contextmanager
def _no_collection() -> Iterator[None]:
    """Import without garbage collection.

    Importing vLLM makes objects that stay; searching them for garbage took 4 of 10.6 seconds of loading (docs/LOG.md).
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # later collections skip these objects
        atexit.register(gc.unfreeze)  # else libraries that count their objects at exit call these leaked
        if was_on:
            gc.enable()


def _import_vllm(path: str) -> bool:
    """Import vllm with its own output off stdout; returns whether it will run on the CPU.

    Environment variables are set first, since torch and vLLM read them while they are imported. Raises EngineError.
    """
    if not gpus():
        threads = cpu.thread_count(1, cpu.weight_bytes(path))
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    _set_defaults(QUIET_ENVIRONMENT)
    # vLLM logs before it sets up its logging
    logging.getLogger("vllm").setLevel(os.environ["VLLM_LOGGING_LEVEL"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            import torch

            on_cpu = not torch.cuda.is_available()
            if on_cpu:
                _set_defaults(CPU_ENVIRONMENT)
            import vllm  # noqa: F401
    except ImportError as error:
        missing = needs("cuda", "the vllm engine cannot be imported", error)
        raise EngineError(
            f"{missing} or 'caigen[cpu]', see `caigen doctor`, or name a server with --endpoint"
        ) from error
    return on_cpu


def _set_defaults(environment: dict[str, str]) -> None:
    """Set environment variables that are not set yet."""
    for key, value in environment.items():
        os.environ.setdefault(key, value)
