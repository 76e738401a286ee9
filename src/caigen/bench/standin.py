"""A stand-in for a model server, with a known time for each token: `python -m caigen.bench.standin SETTINGS`.

It speaks OpenAI's chat protocol and shows vLLM's two metrics of its queue. It answers a fixed number of requests at
once and queues the others, like `vllm serve`; a token takes the same time whatever the load, so that runs can be
compared.
"""

import asyncio
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from subprocess import PIPE, Popen
from typing import Any

import orjson

from caigen.bench.workload import length


@dataclass(frozen=True)
class Pace:
    """Requests answered at once, seconds to the first token and for each token, and lengths of answers in tokens."""

    slots: int = 64
    first: float = 0.03
    token: float = 0.004
    median: int = 96
    longest: int = 384


class StandIn:
    """The server: answers at the pace."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.running = self.waiting = 0
        self._slots = asyncio.Semaphore(pace.slots)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until the client closes it."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                request_line, *header_lines = head.split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in header_lines if line)
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                content = await self._answer(request_line.split(" ", 2)[1], body)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(content) + content)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, path: str, body: bytes) -> bytes:
        """The content for a path: models, metrics, or a chat completion."""
        if path.endswith("/models"):
            return orjson.dumps({"data": [{"id": "stand-in"}]})
        if path.endswith("/metrics"):
            return f"vllm:num_requests_running {self.running}\nvllm:num_requests_waiting {self.waiting}\n".encode()
        request = orjson.loads(body)
        messages = request["messages"]
        # the same request always gets the same length
        tokens = length(str(_checksum(messages)), 0, median=self.pace.median, longest=self.pace.longest)
        # a slot is a place in a batch of vLLM: the request waits for one, then runs
        self.waiting += 1
        async with self._slots:
            self.waiting -= 1
            self.running += 1
            await asyncio.sleep(self.pace.first + tokens * self.pace.token)
            self.running -= 1
        prompt_tokens = sum(len(message["content"].split()) for message in messages)
        text = _critique(messages, tokens) if "response_format" in request else _words(messages, tokens)
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": prompt_tokens, "completion_tokens": tokens}
        return orjson.dumps({"choices": [choice], "usage": usage})


def _checksum(messages: list[dict[str, Any]]) -> int:
    return zlib.crc32(orjson.dumps(messages))


def _words(messages: list[dict[str, Any]], tokens: int) -> str:
    """An answer of `tokens` words that depends on the messages, so that no two are alike."""
    number = _checksum(messages)
    words = []
    for n in range(tokens):
        is_start = n % 12 == 0  # of a sentence
        words.append(f"Sentence {number % 10**6} says" if is_start else f"word{(number * n) % 997}")
    return " ".join(words) + "."


def _critique(messages: list[dict[str, Any]], tokens: int) -> str:
    """A critique in JSON that quotes the last answer, or the last message if there is no answer."""
    answers = [message["content"] for message in messages if message["role"] == "assistant"]
    quoted = answers[-1] if answers else messages[-1]["content"]
    critique = {
        "text": _words(messages[-1:], tokens),
        "quotes": [" ".join(quoted.split()[:8])],
        "verdict": "violates",
        "severity": 2,
    }
    return orjson.dumps(critique).decode()


@contextmanager
def standing_in(pace: Pace) -> Iterator[str]:
    """Start a stand-in in a process of its own; gives its URL. Raises OSError if it does not start."""
    command = [sys.executable, "-m", "caigen.bench.standin", orjson.dumps(asdict(pace)).decode()]
    with Popen(command, stdout=PIPE, text=True) as process:
        try:
            # it prints its port once it listens
            if process.stdout is None or not (port := process.stdout.readline().strip()):
                raise OSError("the stand-in server did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


async def _run(pace: Pace) -> None:
    """Serve on a free port, which is printed first."""
    server = await asyncio.start_server(StandIn(pace).serve, "127.0.0.1", 0, limit=1 << 22)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_run(Pace(**orjson.loads(sys.argv[1]))))
