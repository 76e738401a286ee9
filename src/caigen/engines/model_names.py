"""check_model: a model's name -> nothing, or an error in seconds where it cannot be loaded

A folder must hold a model; a name on the hub is looked for in the cache, then asked for once. Otherwise the libraries
that load it try for a minute, after the wait for the device.
"""

import difflib
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from caigen.engines.identity import check_folder, missing_folder_hint
from caigen.errors import EngineError

HUB_SECONDS = 5.0
LOOKUP_SECONDS = 8.0  # with the look-up of the hub's address, which has no limit of its own
CONFIGS = ("config.json", "params.json")  # params.json: Mistral's own format
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?(:[\w.-]+)?")  # ORG/NAME, an old name without ORG, a GGUF with :QUANT
MAX_NEAR = 3


class Lookup(NamedTuple):
    """What is known of a model: where it is, the architectures that its configuration names, or what is wrong."""

    where: str = ""
    architectures: tuple[str, ...] = ()
    problem: str = ""


def check_model(name: str) -> None:
    """Raises EngineError in seconds where a folder holds no model, and where the hub does not know a name or cannot be
    reached. What cannot be told is left to the engine.
    """
    check_folder(name)
    if problem := look_up(name).problem:
        raise EngineError(f"model {name} does not load: {problem}")


def look_up(name: str) -> Lookup:
    """Find out where a model is, without loading it."""
    path = Path(name).expanduser()
    if path.is_dir():
        return _folder(path)
    if path.exists():
        return Lookup(f"file {path}")
    if "://" in name or os.environ.get("VLLM_USE_MODELSCOPE", "").lower() in ("1", "true"):
        return Lookup("another store")
    if not _HUB_NAME.fullmatch(name):
        return Lookup(problem=f"there is no such folder, and it is no name on the hub{_hint(name)}")
    return _on_hub(name.partition(":")[0])


def _folder(path: Path) -> Lookup:
    config = path / CONFIGS[0]
    if config.is_file():
        return Lookup(f"folder {path}", _architectures(config))
    if any((path / file).is_file() for file in CONFIGS) or any(path.glob("*.gguf")):
        return Lookup(f"folder {path}")
    inner = sorted(str(folder.parent) for folder in path.glob("*/config.json"))[:MAX_NEAR]
    hint = f"; did you mean {' or '.join(inner)}?" if inner else "; name the folder of a model in Hugging Face's form"
    return Lookup(problem=f"the folder has no config.json{hint}")


def _architectures(config: Path) -> tuple[str, ...]:
    import orjson

    try:
        content = orjson.loads(config.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return ()
    named = content.get("architectures") if isinstance(content, dict) else None
    return tuple(map(str, named)) if isinstance(named, list) else ()


def _on_hub(name: str) -> Lookup:
    """What the cache or the hub knows of a name."""
    try:
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError
    except ImportError:
        return Lookup("not looked up: huggingface_hub is not installed")
    try:
        cached = try_to_load_from_cache(name, CONFIGS[0])
    except HFValidationError:
        return Lookup(problem=f"it is no name on the hub{_hint(name)}")
    if isinstance(cached, str):
        return Lookup("the hub's cache here", _architectures(Path(cached)))
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return Lookup(problem=f"it is not in the hub's cache here, and HF_HUB_OFFLINE is set{_hint(name)}")
    return _with_limit(name)


def _with_limit(name: str) -> Lookup:
    """Ask the hub, and give up after LOOKUP_SECONDS."""
    found: list[Lookup] = []
    thread = threading.Thread(target=lambda: found.append(_ask_hub(name)), name="caigen-hub", daemon=True)
    thread.start()
    thread.join(LOOKUP_SECONDS)
    if found:
        return found[0]
    return Lookup(problem=f"the hub did not answer within {LOOKUP_SECONDS:.0f} s{_hint(name)}")


def _ask_hub(name: str) -> Lookup:
    """Ask the hub once."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    try:
        info = HfApi().model_info(name, timeout=HUB_SECONDS)
    except GatedRepoError:
        return Lookup(problem="its owner gives access on request: ask for it on its page, then set HF_TOKEN")
    except RepositoryNotFoundError:
        return Lookup(problem=f"the hub has no such model, or it is private (then set HF_TOKEN){_hint(name)}")
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", 0)
        return Lookup(f"not looked up: the hub answers HTTP {status}")  # it may serve the files all the same
    except Exception as error:  # whatever the HTTP library raises where there is no connection
        reason = f"{type(error).__name__}: {error}".split("\n")[0][:100]
        return Lookup(problem=f"the hub cannot be reached ({reason}){_hint(name)}")
    config: Any = info.config or {}
    return Lookup("the hub", tuple(map(str, config.get("architectures") or ())))


def _hint(name: str) -> str:
    """The folders here that the name may stand for, else what may be named."""
    missing = missing_folder_hint(name)
    near = list(_near_folders(name))
    if near:
        return f"{missing}; did you mean {' or '.join(near)}?"
    return f"{missing}; name a folder, ORG/NAME of a model that can be fetched, or a server with --endpoint"


def _near_folders(name: str) -> Iterator[str]:
    """Folders with a model, here and beside the path, that are named alike."""
    parent = Path(name).expanduser().parent
    for folder in dict.fromkeys((parent, Path())):
        if not folder.is_dir():
            continue
        models = [file.parent for file in folder.glob("*/config.json")]
        close = difflib.get_close_matches(Path(name).name, [model.name for model in models], n=MAX_NEAR)
        yield from (str(folder / one) for one in close)
