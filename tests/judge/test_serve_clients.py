"""`caigen serve` with clients that send too much, too slowly, or go away; the judge is a server that takes its time."""

import asyncio
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import httpx
import pytest

from caigen.constitution.load import load
from caigen.engines.scripted import ScriptedEngine
from caigen.judge.guard import Progress
from caigen.judge.judge import Judge
from caigen.judge.listening import make_server
from caigen.judge.server import Serving, application
from caigen.judge.turns import Caller, Turns
from caigen.stages.requests import PromptSettings
from caigen.stages.templates import Templates
from tests.judge.test_serve_process import start
from tests.judging import GOOD, PROMPT, JudgeServer, answer
from tests.stages.test_score import promises

TEXTS = 4096  # in one request, the most that the server takes
ANSWER_SECONDS = 0.1  # of the judge


class SlowJudge(JudgeServer):
    """Answers each question a little later."""

    def _reply(self, path: str, body: dict[str, Any]) -> tuple[Any, ...]:
        time.sleep(ANSWER_SECONDS)
        return 200, answer(0.1)


@pytest.fixture
def slow_judge() -> Iterator[SlowJudge]:
    judge = SlowJudge()
    yield judge
    judge.close()


@contextmanager
def greedy_client(address: str, requests: int = 5) -> Iterator[None]:
    """Requests of many texts each, all in progress; afterwards their client goes away at once."""
    items = [{"prompt": PROMPT, "response": f"{GOOD} {number}"} for number in range(TEXTS)]
    body = json.dumps({"items": items}).encode()
    host, _, port = address.removeprefix("http://").partition(":")
    head = f"POST /score HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    connections = []
    for _ in range(requests):
        connection = socket.create_connection((host, int(port)))
        connection.sendall(head + body)
        connections.append(connection)
    yield
    for connection in connections:
        connection.close()


def score(address: str, seconds: float) -> httpx.Response:
    return httpx.post(f"{address}/score", json={"prompt": PROMPT, "response": GOOD}, timeout=seconds, trust_env=False)


@pytest.mark.process
@pytest.mark.timeout(120)
def test_a_greedy_client_starves_nobody_and_is_forgotten_when_it_leaves(slow_judge: SlowJudge) -> None:
    with start("--endpoint", slow_judge.url, "--model", "m1", "--principle", "GEN-001") as (address, process):
        with greedy_client(address):
            until = time.monotonic() + 30
            while len(slow_judge.asked) < 100 and time.monotonic() < until:
                time.sleep(0.05)
            answered = score(address, 10.0)  # 20,480 texts would take half a minute
            assert answered.json()["scores"][0]["reward"] == pytest.approx(0.9)
            assert len(slow_judge.asked) < TEXTS
        time.sleep(1)
        asked = len(slow_judge.asked)
        time.sleep(1)
        assert len(slow_judge.asked) == asked
        assert score(address, 5.0).status_code == 200
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in said


@pytest.mark.process
@pytest.mark.timeout(120)
@pytest.mark.parametrize("signals", [1, 2])
def test_ctrl_c_ends_it_within_seconds(slow_judge: SlowJudge, signals: int) -> None:
    with (
        start("--endpoint", slow_judge.url, "--model", "m1", "--principle", "GEN-001") as (address, process),
        greedy_client(address),
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as half,
    ):
        half.sendall(b"POST /score HTTP/1.1\r\ncontent-length: 900\r\n\r\n{")  # a body that never comes
        time.sleep(2)
        began = time.monotonic()
        for _ in range(signals):
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
        _, said = process.communicate(timeout=20)
        assert time.monotonic() - began < 10, "seconds"
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert "journal" not in said
    assert [line for line in said.splitlines() if not line.startswith("serving on")] == []


@pytest.mark.process
def test_ctrl_c_while_the_judge_is_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with start("--endpoint", url, wait=False) as (_, process):
            connection, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=8)
            connection.close()
    assert "Traceback" not in said
    assert "journal" not in said


# -- without a process


@contextmanager
def served(header_seconds: float = 10.0, **serving: Any) -> Iterator[int]:
    """The port of a server in a thread, with a judge that answers at once."""
    judge = Judge(ScriptedEngine(promises), PromptSettings(constitution=load("general"), templates=Templates.load()))

    @asynccontextmanager
    async def opened() -> Any:
        yield judge

    progress = Progress()
    app = application(opened, Serving(**serving), progress)
    server = make_server(app, progress, host="127.0.0.1", port=0, header_seconds=header_seconds)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def is_closed(connection: socket.socket, seconds: float) -> bool:
    """Whether the server closes a connection within a time."""
    connection.settimeout(seconds)
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


SCORE = json.dumps({"prompt": PROMPT, "response": GOOD}).encode()
WHOLE = b"POST /score HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(SCORE), SCORE)


@pytest.mark.parametrize("begun", [b"", b"GET /hea", b"POST /score HTTP/1.1\r\nhost: x\r\nx: ", WHOLE + b"GET /he"])
def test_headers_that_do_not_come_end_the_connection(begun: bytes) -> None:
    with served(header_seconds=1.0) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(begun)
        assert is_closed(connection, 8.0)  # behind a whole request it is uvicorn's own deadline, of 5 seconds


def test_headers_that_come_byte_by_byte_win_no_time() -> None:
    with served(header_seconds=1.0) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        began = time.monotonic()
        with suppress(ConnectionError):
            for byte in b"GET /health HTTP/1.1\r\nx: " + b"y" * 100:
                connection.sendall(bytes([byte]))
                time.sleep(0.1)
        assert time.monotonic() - began < 4


def test_a_request_that_takes_longer_than_the_deadline_of_headers_is_answered() -> None:
    with served(header_seconds=0.2, arrival=5.0) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        head, _, body = WHOLE.partition(b"\r\n\r\n")
        connection.sendall(head + b"\r\n\r\n" + body[:10])
        time.sleep(1)
        connection.sendall(body[10:])
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [("GET /health", "", 200), ("POST /health", "", 405), ("GET /metrics", "", 401), ("POST /score", "", 401),
     ("POST /score", "secret", 401), ("POST /score", "Bearer wrong", 401), ("GET /score", "Bearer secret", 405),
     ("POST /no", "Bearer secret", 404)],
)  # fmt: skip
def test_no_body_is_waited_for_before_the_token_is_checked(path: str, token: str, status: int) -> None:
    with served(token="secret") as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(3)
        header = f"authorization: {token}\r\n" if token else ""
        connection.sendall(f"{path} HTTP/1.1\r\nhost: x\r\n{header}content-length: 100000\r\n\r\nx".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 %d" % status)


@pytest.mark.parametrize(
    "request_line", [b"GET /\xff\xfe HTTP/1.1", b"GET /%ED%A0%80 HTTP/1.1", b"POST /score?token=%ED%A0%80 HTTP/1.1"]
)
def test_odd_bytes_in_an_address_are_no_500_and_stop_nobody(request_line: bytes) -> None:
    with served(token="secret") as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.settimeout(3)
            connection.sendall(request_line + b"\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
            assert connection.recv(4096)[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 401", b"HTTP/1.1 404")
        assert httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200


def test_half_a_surrogate_pair_is_a_400_and_the_connection_goes_on() -> None:
    with served() as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        for body in (
            b'{"prompt": "a\\ud800", "response": "x"}',
            b'{"prompt": "a", "response": "x", "id": "\\udc00"}',
            b'{"\\ud800": 1, "prompt": "a", "response": "x"}',
            b'{"prompt": "a", "response": "\xed\xa0\x80"}',
        ):
            assert http.post("/score", content=body).status_code == 400
            assert http.post("/score", content=SCORE).status_code == 200


# -- turns


def order_of_turns(limit: int, callers: list[Caller], gone: tuple[int, ...] = ()) -> list[Caller]:
    """In which order texts of these callers begin, if they all wait; those with a number in `gone` are cancelled."""
    begun: list[Caller] = []
    at_once = most = 0

    async def work() -> None:
        nonlocal at_once, most
        turns = Turns(lambda: limit)

        async def one(caller: Caller) -> None:
            nonlocal at_once, most
            async with turns.turn(caller):
                begun.append(caller)
                at_once += 1
                most = max(most, at_once)
                try:
                    await asyncio.sleep(0)
                finally:
                    at_once -= 1

        tasks = [asyncio.create_task(one(caller)) for caller in callers]
        await asyncio.sleep(0)
        for number in gone:
            tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert turns.running == 0

    asyncio.run(work())
    assert most <= limit
    return begun


def test_clients_take_turns_and_so_do_their_requests() -> None:
    a1, a2, b1 = Caller("a", 1), Caller("a", 2), Caller("b", 3)
    assert order_of_turns(1, [a1, a1, a1, a1, a2, a2, b1, b1]) == [a1, a1, b1, a2, b1, a1, a2, a1]
    assert len(order_of_turns(3, [a1] * 50 + [b1])) == 51
    assert b1 in order_of_turns(3, [a1] * 50 + [b1])[:5]


def test_texts_of_a_client_that_has_gone_take_no_place() -> None:
    a, b = Caller("a", 1), Caller("b", 2)
    assert order_of_turns(1, [a, a, a, b], gone=(1, 2)) == [a, b]
    assert order_of_turns(1, [a, a, a, b], gone=(0,)) == [a, a, b, a]  # the first had begun: its place is passed on


def test_more_places_are_taken_when_the_judge_has_more_room() -> None:
    async def work() -> None:
        limit = 1
        turns = Turns(lambda: limit)
        running: list[int] = []

        async def one() -> None:
            async with turns.turn(Caller("a", 1)):
                running.append(turns.running)
                await asyncio.sleep(0.01)

        tasks = [asyncio.create_task(one()) for _ in range(8)]
        await asyncio.sleep(0)
        limit = 4
        await asyncio.gather(*tasks)
        assert max(running) == 4

    asyncio.run(work())
