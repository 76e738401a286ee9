"""uvicorn's server as caigen wants it: deadlines for headers, and an end within seconds. The only import of uvicorn."""

import asyncio
import importlib.util
import time
from typing import Any

from caigen.judge.guard import Progress
from caigen.judge.server_metrics import need

HEADER_SECONDS = 10.0  # from the first byte, or the connection, to the last header of a request
GRACE_SECONDS = 2.0  # for requests in progress, once the server is to end
CLOSE_SECONDS = 3  # for connections to close after that
POLL_SECONDS = 0.05


def make_server(app: Any, progress: Progress, *, host: str, port: int, header_seconds: float = HEADER_SECONDS) -> Any:
    """A uvicorn.Server for an application whose requests are in `progress`.

    `run` serves until SIGINT or SIGTERM, then returns.

    Raises CaigenError if uvicorn is missing.
    """
    uvicorn = need("uvicorn")
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        # the two of uvicorn's protocols that `_HeaderDeadline` knows
        http="httptools" if importlib.util.find_spec("httptools") else "h11",
        ws="none",
        log_level="warning",
        timeout_graceful_shutdown=round(GRACE_SECONDS) + CLOSE_SECONDS,
        lifespan="on",
    )
    config.load()
    config.http_protocol_class = type(
        "Protocol", (_HeaderDeadline, config.http_protocol_class), {"header_seconds": header_seconds}
    )

    class Server(uvicorn.Server):  # type: ignore[misc, name-defined]
        """A server that is ended by its first signal in GRACE_SECONDS, and by a second one at once."""

        signals = 0

        def handle_exit(self, sig: int, frame: Any) -> None:
            # uvicorn would raise the signal again behind its end; here an end by a signal is a usual one
            self.signals += 1
            self.should_exit = True
            if not self.started:  # whatever is being opened is given up
                progress.stop_opening()

        async def shutdown(self, sockets: Any = None) -> None:
            ending = asyncio.create_task(self._end_requests())
            await super().shutdown(sockets)
            ending.cancel()

        async def _end_requests(self) -> None:
            """Refuse what is still in progress once its time is over."""
            until = time.monotonic() + GRACE_SECONDS
            # a signal's handler cannot set an asyncio.Event, so its count is looked at
            while progress.active and time.monotonic() < until and self.signals < 2:  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)
            progress.stop()

    return Server(config)


class _HeaderDeadline:
    """A deadline for the headers of the next request on a connection; a part of uvicorn's HTTP protocols.

    uvicorn itself has a deadline between requests, and none for a request of which some bytes have come.
    """

    header_seconds: float
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)  # type: ignore[misc]
        self._set_deadline()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)  # type: ignore[misc]
        if self._awaits_headers():
            self._set_deadline()  # unless there is one: single bytes win no time
        else:
            self._clear_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        super().connection_lost(exc)  # type: ignore[misc]

    def _awaits_headers(self: Any) -> bool:
        return self.cycle is None or bool(self.cycle.response_complete)

    def _set_deadline(self: Any) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.header_seconds, self._close_late)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close_late(self: Any) -> None:
        self._deadline = None
        if self._awaits_headers():
            self.transport.abort()
