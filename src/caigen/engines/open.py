"""EngineOptions -> Engines: load or connect each model that a run asks, once, and give it its roles.

A model is named in one of three ways: `demo` for the bundled demo model, a folder or hub name for vLLM, or a server's
URL.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from caigen.choices import ANSWER_SECONDS, STALL_SECONDS
from caigen.engines import child, device
from caigen.engines.address import is_server, read_address, with_scheme
from caigen.engines.base import Engine, Layer, unwrap
from caigen.engines.deferred import DeferredEngine, content_of, get_known, set_known
from caigen.engines.endpoint import DEFAULT_CONCURRENCY, MAX_CONCURRENCY, EndpointEngine, open_endpoint
from caigen.engines.journal import Journal
from caigen.engines.limit import ConcurrencyLimiter, adapt_limit
from caigen.engines.model_names import check_model
from caigen.engines.pool import Pool, open_pool
from caigen.engines.remembering import RememberingEngine
from caigen.engines.roles import ROLES, EngineRole
from caigen.errors import EngineError
from caigen.text.secrets import parse_url, public_mapping, public_url

DEMO = "demo"
DEMO_PATH = Path(__file__).resolve().parent.parent / "demo" / "model"


@dataclass(frozen=True)
class EngineOptions:
    """The models that the user named, and how they are run.

    `model` and `endpoint` name the policy. `critic`, `reviser` and `judge` name the models of these roles, by a model
    name or a URL (`URL#model`); None stands for the policy's model. `roles` are those that the run asks: no other
    role's model is loaded. A model that is loaded here runs in processes of its own, `data_parallel` of them. `timeout`
    is in seconds for each answer of a server, `tokenizer` names the tokenizer of its model.
    """

    model: str | None = None
    endpoint: str | None = None
    critic: str | None = None
    reviser: str | None = None
    judge: str | None = None
    roles: tuple[EngineRole, ...] = ROLES
    api_key: str | None = None
    args: dict[str, Any] = field(default_factory=dict)
    template_kwargs: dict[str, Any] = field(default_factory=dict)
    concurrency: int | None = None
    data_parallel: int | None = None
    stall: float = STALL_SECONDS
    stop_loops: bool = False
    timeout: float = ANSWER_SECONDS
    tokenizer: str | None = None

    def __post_init__(self) -> None:
        """A server named without `http://` gets its scheme.

        Raises EngineError for an endpoint that is no URL, and for a URL without a host or with a broken one.
        """
        for name in ("endpoint", "model", "critic", "reviser", "judge"):
            value = getattr(self, name)
            if value and "://" not in value and (name == "endpoint" or is_server(value)):
                object.__setattr__(self, name, with_scheme(value))
        if self.endpoint and not is_url(self.endpoint):
            # without user and password
            shown = self.endpoint.rpartition("@")[2]
            raise EngineError(f"endpoint {shown}: begin with http:// or https://")
        for name in ("endpoint", "model", "critic", "reviser", "judge"):
            _check_url(name, getattr(self, name))

    @property
    def policy(self) -> str:
        """The policy's model: a name, or a URL with `#model` where the user named one there."""
        if not self.endpoint:
            return self.model or DEMO
        return f"{self.endpoint}#{self.model}" if self.model else self.endpoint

    @property
    def names(self) -> dict[EngineRole, str]:
        """The model of each role that is asked, as it was named."""
        # the fields and the property `policy` are named as the roles
        return {role: getattr(self, role) or self.policy for role in self.roles}

    @property
    def unnamed(self) -> tuple[EngineRole, ...]:
        """The roles whose model nobody named, so that records or the default must say it."""
        if self.model or self.endpoint:
            return ()
        return tuple(role for role in self.roles if role == "policy" or not getattr(self, role))

    @property
    def local(self) -> bool:
        """Whether a model is loaded on this machine."""
        return bool(self.loaded)

    @property
    def loaded(self) -> frozenset[str]:
        """The models that are loaded on this machine, by name; they share its cores."""
        return frozenset(name for name in self.names.values() if not is_url(name))

    @property
    def all_demo(self) -> bool:
        """Whether no other model than the demo model is asked."""
        return set(self.names.values()) == {DEMO}


@dataclass
class Engines:
    """The engines of one run, by the role in which they are asked; roles of one model share one engine.

    `waited` is the seconds until another caigen released the device, `load_seconds` those until all were open.
    """

    by_role: Mapping[EngineRole, RememberingEngine]
    waited: float = 0.0
    load_seconds: float = 0.0

    @classmethod
    def of_one(cls, engine: RememberingEngine) -> "Engines":
        """The same engine in every role."""
        return cls(dict.fromkeys(ROLES, engine))

    def __getitem__(self, role: EngineRole) -> RememberingEngine:
        return self.by_role[role]

    @property
    def all(self) -> list[RememberingEngine]:
        """Each engine once."""
        return list(dict.fromkeys(self.by_role.values()))

    @property
    def models(self) -> dict[EngineRole, str]:
        """The model of each role, with its revision."""
        return {role: engine.model for role, engine in self.by_role.items()}

    @property
    def left_out(self) -> dict[EngineRole, frozenset[str]]:
        """What the engine of each role could not follow of its requests' settings; roles without such are left out."""
        return {role: engine.left_out for role, engine in self.by_role.items() if engine.left_out}

    def take_notes(self) -> list[str]:
        """Return what the engines have to tell a user, each line once."""
        return [line for engine in self.all for line in engine.take_notes()]

    def load(self) -> tuple[int, int]:
        """Requests running, and how many there could be."""
        limiters = self._layers(ConcurrencyLimiter)
        room = sum(min(limiter.max_running, limiter.capacity) for limiter in limiters)
        return sum(limiter.running for limiter in limiters), room

    @property
    def restarts(self) -> int:
        """How often an engine stood still and was started anew."""
        return sum(pool.restarts for pool in self._layers(Pool))

    @property
    def generated(self) -> int:
        """Completion tokens of this run so far; with models loaded here also those of answers that are not finished."""
        count = 0
        for engine in self.all:
            pool = unwrap(engine, Pool)
            # the pool's count is a moment old, that of the answers is exact
            count += max(engine.tokens.completion, pool.generated if pool else 0)
        return count

    def _layers(self, kind: type[Layer]) -> list[Layer]:
        """The layer of a class within each engine that has one."""
        layers = [unwrap(engine, kind) for engine in self.all]
        return [layer for layer in layers if layer is not None]

    def counting_anew(self) -> "Engines":
        """The same engines, with counts of their own that begin at zero; what they answer is not kept in a journal."""
        # one for each engine, not for each role, so that shared engines stay shared
        counting = {engine: RememberingEngine(engine, None) for engine in self.all}
        return Engines({role: counting[engine] for role, engine in self.by_role.items()})


async def open_engines(
    options: EngineOptions,
    journal: Journal | None,
    stack: AsyncExitStack,
    waiting: Callable[[Path], None] | None,
    *,
    opening: Callable[[str], None] | None = None,
) -> Engines:
    """Load or connect each distinct model once; `stack` closes the engines, and the device lock after them.

    A model that the journal knows, from an earlier command, is opened at the first request that the journal has no
    answer to. `waiting` is called with the lock's path while another caigen holds the device. Without it no lock is
    taken: then something else gives out the devices. `opening` is called with a model's name before it is loaded or
    connected.

    Raises EngineError.
    """
    for name in options.loaded - {DEMO}:  # before the wait for the device
        check_model(name)
    work = _Opening(options, journal, stack, waiting=waiting, telling=opening)
    opened: dict[str, RememberingEngine] = {}
    # each name once, in the order of the roles: the policy, which most requests go to, is loaded first
    for name in dict.fromkeys(options.names.values()):
        opened[name] = RememberingEngine(await work.open_or_defer(name), journal)
    work.engines.by_role = {role: opened[name] for role, name in options.names.items()}
    return work.engines


class _Opening:
    """Opens the engines of one run, each now or when it is needed; all loaded ones behind one device lock."""

    def __init__(
        self,
        options: EngineOptions,
        journal: Journal | None,
        stack: AsyncExitStack,
        *,
        waiting: Callable[[Path], None] | None,
        telling: Callable[[str], None] | None,
    ) -> None:
        self.options, self.journal, self.stack = options, journal, stack
        self.waiting, self.telling = waiting, telling
        self.engines = Engines({})
        self._turn = asyncio.Lock()  # models are loaded one after the other
        self._holds_device = False

    async def open_or_defer(self, name: str) -> Engine:
        """The engine of a model, deferred if the journal knows the model."""
        known = None
        if self.journal:
            content = await self._content(name)
            # what is on no disk here may be anything by now
            if content or is_url(name):
                known = get_known(self.journal, self._settings(name), content)
        if known is None:
            return await self.open(name)
        deferred = DeferredEngine(known, partial(self.open, name))
        self.stack.push_async_callback(deferred.close)
        return deferred

    async def open(self, name: str) -> Engine:
        """The engine of a model, behind its concurrency limit; the journal then knows the model.

        Raises EngineError.
        """
        async with self._turn:
            if not is_url(name) and self.waiting and not self._holds_device:
                self.engines.waited += await device.hold(self.stack, self.waiting)
                self._holds_device = True
            if self.telling:
                self.telling(name)
            began = time.monotonic()
            engine = await self.stack.enter_async_context(await _open(name, self.options))
            limited = await _limited(engine, self.options, self.stack)
            if self.journal:
                set_known(self.journal, self._settings(name), await self._content(name), limited)
            self.engines.load_seconds += time.monotonic() - began
            return limited

    def _settings(self, name: str) -> dict[str, Any]:
        """What decides which model a name gives, and what is kept in the journal: no secrets."""
        options = self.options
        settings: dict[str, Any] = {
            "name": public_url(name),
            "template_kwargs": public_mapping(options.template_kwargs),
            "concurrency": options.concurrency,
        }
        if is_url(name):
            return settings
        local = {"args": public_mapping(options.args), "stop_loops": options.stop_loops}
        return settings | local | {"data_parallel": options.data_parallel, "models": len(options.loaded)}

    async def _content(self, name: str) -> str | None:
        return None if is_url(name) else await asyncio.to_thread(content_of, path_of(name), self.options.args)


async def _limited(engine: Engine, options: EngineOptions, stack: AsyncExitStack) -> ConcurrencyLimiter:
    """The engine behind a concurrency limit, which follows the queue of a server that tells its length."""
    if not isinstance(engine, EndpointEngine) or options.concurrency:
        return ConcurrencyLimiter(engine, options.concurrency)
    # a server that does not tell its queue keeps the first limit
    limiter = ConcurrencyLimiter(engine, DEFAULT_CONCURRENCY)
    if await engine.load():
        adapting = asyncio.create_task(adapt_limit(limiter, engine.load, max_running=MAX_CONCURRENCY))
        stack.callback(adapting.cancel)
    return limiter


async def _open(name: str, options: EngineOptions) -> Engine:
    """The engine of one model, by its name.

    Raises EngineError.
    """
    if is_url(name):
        url, _, model = name.partition("#")
        return await open_endpoint(
            url,
            model or None,
            api_key=options.api_key,
            capacity=options.concurrency or MAX_CONCURRENCY,
            template_kwargs=options.template_kwargs,
            timeout=options.timeout,
            tokenizer=options.tokenizer,
        )
    if name == DEMO and not (DEMO_PATH / "model.safetensors").is_file():
        raise EngineError(f"the demo model's weights are not in {DEMO_PATH}; make them with `make demo-model`")
    settings = options.template_kwargs, options.stop_loops, len(options.loaded)
    loaded = child.Model(path_of(name), name, options.args, *settings)
    return await open_pool(loaded, options.data_parallel or 1, options.stall)


def path_of(name: str) -> str:
    """Where a model is loaded from: the folder of the demo model, else its name."""
    return str(DEMO_PATH) if name == DEMO else name


def is_url(name: str) -> bool:
    """Whether a model is named by the server it is on."""
    return is_server(name)


def _check_url(option: str, name: str | None) -> None:
    """Raises EngineError where a model is named by a URL that cannot be read; the URL may hold a password, so that the
    message does not repeat it.
    """
    if not name or not is_url(name):
        return
    problem = f"{option}: the URL cannot be read; write http://HOST:PORT/v1"
    try:
        host = parse_url(name).hostname
    except ValueError as error:
        raise EngineError(problem) from error
    if not host:
        raise EngineError(problem)
    read_address(name)
