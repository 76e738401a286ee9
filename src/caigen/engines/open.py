"""Which engine a name means: the bundled demo model, a model for vLLM, or a server's URL."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caigen.engines import child, device
from caigen.engines.base import Engine, Layer, unwrap
from caigen.engines.endpoint import DEFAULT_CONCURRENCY, MAX_CONCURRENCY, EndpointEngine, open_endpoint
from caigen.engines.identity import check_folder
from caigen.engines.journal import Journal
from caigen.engines.limit import ConcurrencyLimiter, adapt_limit
from caigen.engines.pool import STALL_SECONDS, Pool, open_pool
from caigen.engines.remembering import RememberingEngine
from caigen.errors import EngineError

DEMO = "demo"
DEMO_PATH = Path(__file__).resolve().parent.parent / "demo" / "model"


@dataclass(frozen=True)
class EngineOptions:
    """What the user said about engines. `critic` is a model name or a URL (`URL#model`), None for the same model.

    A model that is loaded here runs in a process of its own, with `data_parallel` in so many.
    """

    model: str | None = None
    endpoint: str | None = None
    critic: str | None = None
    api_key: str | None = None
    args: dict[str, Any] = field(default_factory=dict)
    template_kwargs: dict[str, Any] = field(default_factory=dict)
    concurrency: int | None = None
    data_parallel: int | None = None
    stall: float = STALL_SECONDS
    stop_loops: bool = False

    @property
    def local(self) -> bool:
        """Whether a model is loaded on this machine."""
        return not self.endpoint or bool(self.critic and not is_url(self.critic))

    @property
    def loaded(self) -> frozenset[str]:
        """The models that are loaded on this machine, by name; they share its cores."""
        named = (None if self.endpoint else self.model or DEMO, self.critic)
        return frozenset(name for name in named if name and not is_url(name))

    @property
    def demo(self) -> bool:
        """Whether the bundled demo model is used."""
        return not self.endpoint and self.model in (None, DEMO)

    @property
    def all_demo(self) -> bool:
        """Whether no other model than the demo model is asked."""
        return self.demo and self.critic in (None, DEMO)


@dataclass
class Engines:
    """The engines of one run, each remembering; `critic` is `policy` unless another was named. `waited`: seconds until another
    caigen let go of the device.
    """

    policy: RememberingEngine
    critic: RememberingEngine
    waited: float = 0.0

    @property
    def all(self) -> list[RememberingEngine]:
        """Each engine once."""
        return [self.policy] if self.critic is self.policy else [self.policy, self.critic]

    def load(self) -> tuple[int, int]:
        """Requests running, and how many there could be."""
        limiters = self._layers(ConcurrencyLimiter)
        room = sum(min(limiter.max_running, limiter.capacity) for limiter in limiters)
        return sum(limiter.running for limiter in limiters), room

    @property
    def restarts(self) -> int:
        """How often an engine stood still and was started anew."""
        return sum(pool.restarts for pool in self._layers(Pool))

    def _layers(self, kind: type[Layer]) -> list[Layer]:
        """The layer of a class within each engine that has one."""
        layers = [unwrap(engine, kind) for engine in self.all]
        return [layer for layer in layers if layer is not None]


async def open_engines(
    options: EngineOptions, journal: Journal | None, stack: AsyncExitStack, waiting: Callable[[Path], None] | None
) -> Engines:
    """Load or connect; `stack` closes the engines, and the device lock after them. Without `waiting` no lock is taken:
    something else gives out the devices.

    Raises EngineError.
    """
    for name in options.loaded:  # before the wait for the device
        check_folder(path_of(name))
    waited = await device.hold(stack, waiting) if options.local and waiting else 0.0
    spec = f"{options.endpoint}#{options.model or ''}" if options.endpoint else options.model or DEMO
    policy = await _enter(await _open(spec, options), options, journal, stack)
    if not options.critic or options.critic == spec:
        return Engines(policy, policy, waited)
    return Engines(policy, await _enter(await _open(options.critic, options), options, journal, stack), waited)


async def _enter(
    engine: Engine, options: EngineOptions, journal: Journal | None, stack: AsyncExitStack
) -> RememberingEngine:
    """An engine behind a gate, remembering; with a server that says how many requests wait there the gate keeps pace."""
    await stack.enter_async_context(engine)
    if not isinstance(engine, EndpointEngine) or options.concurrency:
        return RememberingEngine(ConcurrencyLimiter(engine, options.concurrency), journal)
    gate = ConcurrencyLimiter(engine, DEFAULT_CONCURRENCY)
    if await engine.load():
        pace = asyncio.create_task(adapt_limit(gate, engine.load, max_running=MAX_CONCURRENCY))
        stack.callback(pace.cancel)
    return RememberingEngine(gate, journal)


async def _open(spec: str, options: EngineOptions) -> Engine:
    if is_url(spec):
        url, _, model = spec.partition("#")
        return await open_endpoint(
            url,
            model or None,
            api_key=options.api_key,
            capacity=options.concurrency or MAX_CONCURRENCY,
            template_kwargs=options.template_kwargs,
        )
    if spec == DEMO and not (DEMO_PATH / "model.safetensors").is_file():
        raise EngineError(f"the demo model's weights are not in {DEMO_PATH}; make them with `make demo-model`")
    more = options.template_kwargs, options.stop_loops, len(options.loaded)
    loaded = child.Model(path_of(spec), spec, options.args, *more)
    return await open_pool(loaded, options.data_parallel or 1, options.stall)


def path_of(name: str) -> str:
    """What loads a model: the folder of the demo model, else its name."""
    return str(DEMO_PATH) if name == DEMO else name


def is_url(spec: str) -> bool:
    """Whether a model is named by the server it is on."""
    return spec.startswith(("http://", "https://"))
