"""A local server that speaks OpenAI's protocol as it is told."""

import json
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[str, dict[str, Any]], tuple[Any, ...]]  # status, body, perhaps Retry-After


def completion(text: str, **extra: Any) -> bytes:
    choice = {"message": {"role": "assistant", "content": text, **extra}, "finish_reason": "stop"}
    return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 4, "completion_tokens": 2}}).encode()


class Quiet(BaseHTTPRequestHandler):
    """Keeps connections open and says nothing on stderr."""

    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        """What was sent."""
        return self.rfile.read(int(self.headers["content-length"]))

    def log_message(self, *args: Any) -> None:
        pass


class _ThreadingServer(ThreadingHTTPServer):
    """A server that says nothing of clients that went away."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Listening:
    """A server on a free port of this machine, in a thread of its own."""

    def __init__(self, handler: type[Quiet]) -> None:
        self.server = _ThreadingServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Server(Listening):
    """A server whose replies are told; keeps what it was asked. `owner` is whom it says its models are owned by,
    `names` are those of its models.
    """

    def __init__(self, reply: Reply, owner: str = "") -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.names: tuple[str, ...] = ("m1", "m2")
        outer = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                served = [{"id": name} | ({"owned_by": owner} if owner else {}) for name in outer.names]
                self._send(200, json.dumps({"data": served}).encode())

            def do_POST(self) -> None:
                body = json.loads(self.body())
                outer.asked.append((self.path, body))
                self._send(*reply(self.path, body))

            def _send(self, status: int, body: bytes, retry_after: str = "") -> None:
                if not status:  # hang up without a word
                    self.close_connection = True
                    return
                self.send_response(status)
                if retry_after:
                    self.send_header("retry-after", retry_after)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                with suppress(BrokenPipeError):  # whoever asked has given up
                    self.wfile.write(body)

        super().__init__(Handler)
