"""A local server that speaks OpenAI's protocol as it is told."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[str, dict[str, Any]], tuple[Any, ...]]  # status, body, perhaps Retry-After


def completion(text: str, **extra: Any) -> bytes:
    choice = {"message": {"role": "assistant", "content": text, **extra}, "finish_reason": "stop"}
    return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 4, "completion_tokens": 2}}).encode()


class Server:
    """A server whose replies are told; keeps what it was asked."""

    def __init__(self, reply: Reply) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send(200, json.dumps({"data": [{"id": "m1"}, {"id": "m2"}]}).encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
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

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
