"""An engine that is opened at the first request which the journal cannot answer: a finished run loads nothing."""

import asyncio
import hashlib
import platform
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from caigen.engines.base import BaseEngine, Completion, Engine, Request, Wrapper
from caigen.engines.device import gpus
from caigen.engines.identity import hash_files
from caigen.engines.journal import Journal
from caigen.errors import EngineError


class ModelChangedError(EngineError):
    """An opened model is another one than that whose answers the journal has given so far; `changed` says it."""

    def __init__(self, earlier: str, now: str) -> None:
        self.changed = f"{now} is another model than {earlier}, which gave the answers in the journal"
        super().__init__(f"{self.changed}; give the same command again")


@dataclass(frozen=True)
class Known:
    """What is known of a model without loading it: what it was when a journal's answers were made.

    `content` is a hash of its files, None for a model at a server.
    """

    model: str
    capacity: int
    conversations: int
    content: str | None = None


class DeferredEngine(Wrapper):
    """An engine that is opened by `opening` at its first request. Until then it is what is `known` of it.

    Requests raise what `opening` raises, ModelChangedError where it opens another model.
    """

    def __init__(self, known: Known, opening: Callable[[], Awaitable[Engine]]) -> None:
        super().__init__(_Unopened(known))
        self._opening = opening
        self._task: asyncio.Task[Engine] | None = None

    async def complete(self, request: Request) -> Completion:
        """Open the engine if need be, and answer one request."""
        if isinstance(self.engine, _Unopened):
            # all requests wait for one task, and none may cancel it
            self._task = self._task or asyncio.create_task(self._open())
            self.engine = await asyncio.shield(self._task)
        return await self.engine.complete(request)

    async def close(self) -> None:
        """End an opening that nobody waits for any more; who opened the engine closes it."""
        if self._task and not self._task.done():
            self._task.cancel()
        if self._task:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _open(self) -> Engine:
        engine = await self._opening()
        if engine.model != self.model:
            raise ModelChangedError(self.model, engine.model)
        return engine


class _Unopened(BaseEngine):
    """Stands in the place of an engine that is not open."""

    def __init__(self, known: Known) -> None:
        self.model, self.capacity, self.conversations = known.model, known.capacity, known.conversations

    async def complete(self, request: Request) -> Completion:
        """Raises EngineError: it has no model."""
        raise EngineError(f"{self.model} is not open")


def get_known(journal: Journal, settings: dict[str, Any], content: str | None) -> Known | None:
    """What a journal knows of the model with these settings; None if nothing, or if its files have changed."""
    kept = journal.get_meta(_fact(settings))
    try:
        known = Known(**orjson.loads(kept or "null"))
    except (ValueError, TypeError):
        return None
    return known if known.content == content else None


def set_known(journal: Journal, settings: dict[str, Any], content: str | None, engine: Engine) -> None:
    """Keep what a model is, beside its answers."""
    known = Known(engine.model, engine.capacity, engine.conversations, content)
    journal.set_meta(_fact(settings), orjson.dumps(asdict(known)).decode())


def _fact(settings: dict[str, Any]) -> str:
    """The name under which a journal keeps it: by the settings, and the machine, which decides about some of them."""
    machine = [platform.node(), platform.machine(), bool(gpus())]
    content = orjson.dumps([settings, machine], option=orjson.OPT_SORT_KEYS, default=str)
    return f"model {hashlib.sha256(content).hexdigest()[:32]}"


def content_of(path: str, args: dict[str, Any]) -> str | None:
    """A hash of a model's files, and of files that its arguments name; None for a model that is not on this disk.

    A name on the hub stands for the commit that is in the local cache.
    """
    digest = hashlib.sha256()
    if Path(path).exists():
        hash_files(digest, Path(path))
    elif commit := _cached_commit(path, args.get("revision")):
        digest.update(f"{path}:{commit}".encode())
    else:
        return None
    for name, value in sorted(args.items()):
        if isinstance(value, str) and "/" in value and Path(value).exists():
            digest.update(f"{name}=".encode())
            hash_files(digest, Path(value))
    return digest.hexdigest()


def _cached_commit(name: str, revision: object) -> str | None:
    """The commit of a hub model in the local cache; None where there is none."""
    try:
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(name, "config.json", revision=str(revision) if revision else None)
    except (ImportError, ValueError):  # no hub client, or no name of a hub model
        return None
    return Path(found).parent.name if isinstance(found, str) else None
