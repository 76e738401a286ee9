"""A stand-in for a model server, with a known time for each token: `python -m caigen.bench.standin SETTINGS`.

It speaks OpenAI's chat protocol and shows vLLM's two metrics of its queue. So many requests are answered at once, the
others wait in line, as at `vllm serve`; a token takes the same time whatever else is at work, so that runs can be compared.
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
    """Requests answered at once, seconds to the first token and for each token, and the lengths of answers in tokens."""

    slots: int = 64
    first: float = 0.03
    token: float = 0.004
    median: int = 96
    longest: int = 384


class StandIn:
    """Answers by the pace."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.running = self.waiting = 0
        self._slots = asyncio.Semaphore(pace.slots)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept open for many requests."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                content = await self._answer(head.split(" ", 2)[1], body)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(content) + content)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, path: str, body: bytes) -> bytes:
        if path.endswith("/models"):
            return orjson.dumps({"data": [{"id": "stand-in"}]})
        if path.endswith("/metrics"):
            return f"vllm:num_requests_running {self.running}\nvllm:num_requests_waiting {self.waiting}\n".encode()
        asked = orjson.loads(body)
        said = asked["messages"]
        tokens = length(str(zlib.crc32(orjson.dumps(said))), 0, median=self.pace.median, longest=self.pace.longest)
        self.waiting += 1
        async with self._slots:
            self.waiting -= 1
            self.running += 1
            await asyncio.sleep(self.pace.first + tokens * self.pace.token)
            self.running -= 1
        usage = {"prompt_tokens": sum(len(turn["content"].split()) for turn in said), "completion_tokens": tokens}
        text = _critique(said, tokens) if "response_format" in asked else _words(said, tokens)
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return orjson.dumps({"choices": [choice], "usage": usage})


def _words(said: list[dict[str, Any]], tokens: int) -> str:
    """An answer; a word counts as a token. What was asked is in it, so no two are alike."""
    mark = zlib.crc32(orjson.dumps(said))
    return (
        " ".join(f"word{(mark * n) % 997}" if n % 12 else f"Sentence {mark % 10**6} says" for n in range(tokens)) + "."
    )


def _critique(said: list[dict[str, Any]], tokens: int) -> str:
    answer = next((turn["content"] for turn in reversed(said) if turn["role"] == "assistant"), said[-1]["content"])
    quotes = [" ".join(answer.split()[:8])]
    content = {"text": _words(said[-1:], tokens), "quotes": quotes, "verdict": "violates", "severity": 2}
    return orjson.dumps(content).decode()


@contextmanager
def standing_in(pace: Pace) -> Iterator[str]:
    """The URL of a stand-in in a process of its own."""
    command = [sys.executable, "-m", "caigen.bench.standin", orjson.dumps(asdict(pace)).decode()]
    with Popen(command, stdout=PIPE, text=True) as process:
        try:
            if process.stdout is None or not (port := process.stdout.readline().strip()):
                raise OSError("the stand-in server did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


async def _run(pace: Pace) -> None:
    server = await asyncio.start_server(StandIn(pace).serve, "127.0.0.1", 0, limit=1 << 22)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_run(Pace(**orjson.loads(sys.argv[1]))))
