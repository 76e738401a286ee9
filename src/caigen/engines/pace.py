"""How many requests a server is sent at once: more while it has none waiting, fewer while many wait.

As TCP finds a line's capacity: doubled until the first time that any wait (slow start, RFC 5681), then additive increase and
multiplicative decrease (Chiu and Jain 1989).
"""

import asyncio
from collections.abc import Awaitable, Callable

from caigen.engines.gate import Gate

PACE = 2.0  # seconds between looks
STEP = 16  # requests more, once some have waited
LESS = 0.8  # of the room, while more than QUEUE of it wait at the server
QUEUE = 0.25
LEAST = 8  # requests
Load = Callable[[], Awaitable[tuple[int, int] | None]]  # requests running and waiting there; None where it does not say


async def keep_pace(gate: Gate, load: Load, *, most: int, every: float = PACE) -> None:
    """Until the server says nothing of its queue, or for ever."""
    waited = False  # ever
    while True:
        await asyncio.sleep(every)
        found = await load()
        if found is None:
            return
        _, waiting = found
        waited = waited or waiting > 0
        if waiting > QUEUE * gate.room:
            gate.widen(max(LEAST, int(LESS * gate.room)))
        elif not waiting and gate.running >= gate.room:
            gate.widen(min(most, gate.room + STEP if waited else 2 * gate.room))
