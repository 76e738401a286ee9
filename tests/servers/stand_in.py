"""Stand-in servers: `Call -> Reply`. Each behaviour is one thing that a real OpenAI-compatible server does.

`StandIn` listens on this machine. `sound` answers as a good server does: its answers promise too much, its critiques
find the promise, its revisions leave it out. A behaviour is `sound` with one difference.
"""

import json
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.server import Listening, Quiet

ANSWER = "Honey keeps for years. This always cures a cold."
REVISED = "Honey keeps for years. It may ease a cold."
PROMISE = "always cures"
CRITIQUE = {
    "text": "It promises a cure.",
    "quotes": ["This always cures a cold."],
    "verdict": "violates",
    "severity": 2,
}
PRAISE = {"text": "Nothing is wrong.", "quotes": [], "verdict": "complies", "severity": 0}
MODEL = "stand-in"


@dataclass(frozen=True)
class Call:
    """What a client sent. `number` counts the POSTs, from 1."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any]
    number: int = 0

    @property
    def text(self) -> str:
        """The last message, or the plain text."""
        messages = self.body.get("messages") or [{"content": self.body.get("prompt", "")}]
        return str(messages[-1]["content"])

    @property
    def form(self) -> str:
        """The type of the response format; empty without one."""
        return str(self.body.get("response_format", {}).get("type", ""))

    @property
    def schema(self) -> str:
        """The JSON schema of the response format, as text; empty without one."""
        return json.dumps(self.body["response_format"]["json_schema"]) if self.form == "json_schema" else ""


@dataclass(frozen=True)
class Reply:
    """What the server replies: a JSON value, or bytes as they are. With `drip` a byte is sent each so many seconds;
    status 0 hangs up without a word.
    """

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0


Handler = Callable[[Call], Reply]


def asks_for(call: Call) -> str:
    """What a request is for, by the words of the shipped templates: `critique`, `revision`, `letter`, `answer`."""
    if "review your last answer" in call.text:
        return "critique"
    if "Write the revised answer" in call.text:
        return "revision"
    if "A or B only" in call.text or "Yes or No only" in call.text:
        return "letter"
    return "answer"


def words_of(call: Call) -> str:
    """What a good model says."""
    wanted = asks_for(call)
    if wanted == "critique":
        answers = [turn["content"] for turn in call.body.get("messages", []) if turn["role"] == "assistant"]
        return json.dumps(CRITIQUE if any(PROMISE in text for text in answers[-1:]) else PRAISE)
    if wanted == "letter":
        return max(letters(call).items(), key=lambda entry: entry[1])[0]
    return REVISED if wanted == "revision" else ANSWER


def letters(call: Call) -> dict[str, float]:
    """The probability of each of a judge's letters: a text that promises is the worse one."""
    whole = "\n".join(str(turn["content"]) for turn in call.body["messages"])
    if "A or B only" in call.text:
        first = whole.partition("(A)")[2].partition("(B)")[0]
        a = 0.1 if PROMISE in first else 0.9
        return {"A": a, "B": 1 - a}
    yes = 0.9 if PROMISE in whole else 0.1
    return {"Yes": yes, "No": 1 - yes}


def sound(call: Call) -> Reply:
    """A good answer."""
    return Reply(completion(call))


def completion(call: Call, text: str | None = None, **choice: Any) -> dict[str, Any]:
    """A chat completion of a text, by default what a good model says; `choice` changes fields of the choice."""
    content = words_of(call) if text is None else text
    logprobs = _logprobs(call) if call.body.get("logprobs") and asks_for(call) == "letter" else None
    return {
        "id": "c-1",
        "object": "chat.completion",
        "model": call.body.get("model"),
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content},
                "finish_reason": "stop",
                "logprobs": logprobs,
            }
            | choice
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 6, "total_tokens": 15},
    }


def _logprobs(call: Call) -> dict[str, Any]:
    entries = [{"token": word, "logprob": math.log(p)} for word, p in letters(call).items()]
    entries.sort(key=lambda entry: -float(str(entry["logprob"])))
    return {"content": [entries[0] | {"top_logprobs": entries[: call.body.get("top_logprobs", 0)]}]}


def error(message: Any, status: int = 400, **fields: Any) -> Reply:
    """An error in OpenAI's form."""
    return Reply({"error": {"message": message, "type": "invalid_request_error"} | fields}, status)


def listing(*names: str, **fields: Any) -> Handler:
    """A model list in OpenAI's form."""
    return lambda call: Reply({"object": "list", "data": [{"id": name, "object": "model"} | fields for name in names]})


def fixed(body: Any, status: int = 200, **headers: str) -> Handler:
    """The same reply to every call."""
    return lambda call: Reply(body, status, headers)


class StandIn(Listening):
    """A server that replies to POST by one handler and to GET by another; `calls` are the POSTs it got.

    Without `anywhere` it knows the paths of OpenAI's API alone: others are HTTP 404.
    """

    def __init__(self, post: Handler, get: Handler, *, anywhere: bool = False) -> None:
        self.calls: list[Call] = []
        outer = self

        class Handling(Quiet):
            def do_GET(self) -> None:  # noqa: N802 - the name is that of http.server
                call = self._call({})
                known = anywhere or call.path == "/v1/models"
                self._send(get(call) if known else Reply({"error": {"message": "no such path"}}, 404))

            def do_POST(self) -> None:  # noqa: N802 - likewise
                call = self._call(json.loads(self.body()))
                outer.calls.append(call)
                known = anywhere or call.path in ("/v1/chat/completions", "/v1/completions")
                self._send(post(call) if known else Reply({"error": {"message": "no such path"}}, 404))

            def _call(self, body: dict[str, Any]) -> Call:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                return Call(parts.path, query, headers, body, len(outer.calls) + 1)

            def _send(self, reply: Reply) -> None:
                if not reply.status:
                    self.close_connection = True
                    return
                content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in ({"content-length": str(len(content))} | reply.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # whoever asked has given up
                    self._write(content, reply.drip)

            def _write(self, content: bytes, drip: float) -> None:
                if not drip:
                    self.wfile.write(content)
                    return
                for number in range(len(content)):
                    self.wfile.write(content[number : number + 1])
                    time.sleep(drip)

        super().__init__(Handling)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign] # whoever asked has gone
        self.server.daemon_threads = True
        self.server.block_on_close = False
