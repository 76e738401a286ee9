"""Errors of a server that went away -> the same with what probably ended it, and how to start it so that it stays.

vLLM's CPU build ends with `RuntimeError: CPU Generator does not use offset` when a request with a seed has its prompt
split over two steps (chunked prefill, on by default). The client sees an error of the engine core, then no server.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from caigen.engines.base import Request
from caigen.errors import EngineError, RequestError

GONE = "no answer any more"  # of the client, where no request has a reply
# what vLLM's server says of its own end, in an answer with HTTP 500
_DEAD_ENGINE = re.compile(r"EngineCore encountered an issue|EngineDeadError|CPU Generator does not use offset")
_OFFSET = re.compile(r"CPU Generator does not use offset")
START_AGAIN = "start it with --no-enable-chunked-prefill and run the same command again (docs/real-models.md)"
SEEDED_ON_CPU = f"vLLM on a CPU ends so when a prompt with a seed is split over two steps: {START_AGAIN}"


@contextmanager
def explaining_loss(owner: str, request: Request) -> Iterator[None]:
    """Add to the error of a server that went away what to do; `owner` is whom it said its models are owned by.

    Raises EngineError also for a request to which vLLM says that its engine has ended: no further one can succeed.
    """
    try:
        yield
    except (EngineError, RequestError) as error:
        advice = loss_advice(str(error), owner, seeded=request.sampling.seed is not None)
        if not advice:
            raise
        raise EngineError(f"{error}; {advice}") from error


def loss_advice(message: str, owner: str, *, seeded: bool) -> str:
    """What to do about a server that went away, by the last error; empty where nothing is known, or it is there."""
    is_dead = bool(_DEAD_ENGINE.search(message))
    if _OFFSET.search(message):
        return SEEDED_ON_CPU
    if not seeded or owner != "vllm" or not (is_dead or GONE in message):
        return "its engine has ended; its log says why" if is_dead else ""
    return f"its log says why; {SEEDED_ON_CPU}"
