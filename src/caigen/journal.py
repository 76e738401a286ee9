"""An engine that remembers: answers are kept in SQLite by the hash of all that shapes them.

A run that is repeated asks everything again and gets at once what was answered before; nothing else in caigen resumes.
"""

import asyncio
import dataclasses
import hashlib
import queue
import sqlite3
import threading
from pathlib import Path
from typing import Any

import orjson

from caigen.engines.base import Closing, Completion, Engine, Request, Sampling
from caigen.errors import CaigenError
from caigen.records import Tokens
from caigen.seen import Seen

FORMAT = 1
SAMPLING = tuple(key.name for key in dataclasses.fields(Sampling))
BATCH = 4096  # answers in one transaction, at most
MOMENT = 0.1  # seconds that answers are gathered; each commit makes who reads forget the pages that it has in memory
BEHIND = 8192  # answers not on disk yet
KNOWN = 5_000_000  # answers
PAUSE = 0.01  # seconds


class Journal:
    """Answers by key in one SQLite file, written by a thread of its own. Two processes may share one; each then asks for
    itself what the other has not written before it started.

    Raises CaigenError for a file of another format, or one that cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CaigenError(f"{path}: cannot be written: {error.strerror}") from error
        self._failure: BaseException | None = None
        self._closing = threading.Event()
        self._queue: queue.SimpleQueue[tuple[str, bytes] | None] = queue.SimpleQueue()
        self._pending: dict[str, bytes] = {}
        self._reader = self._open()
        # all that is there, where there was nothing before: saves looking
        self._written = Seen(short=True) if self._empty() else None
        self._thread = threading.Thread(target=self._write_all, name="caigen-journal", daemon=True)
        self._thread.start()

    def _open(self) -> sqlite3.Connection:
        try:
            base = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            found = base.execute("PRAGMA user_version").fetchone()[0]
            empty = not base.execute("SELECT 1 FROM sqlite_master").fetchone()
            if found != FORMAT and not (found == 0 and empty):
                base.close()
                raise CaigenError(
                    f"{self.path}: a journal of format {found}, this caigen writes format {FORMAT}; move it away or name another with --journal"
                )
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=NORMAL")
            base.execute(f"PRAGMA user_version={FORMAT}")
            base.execute("CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, answer BLOB NOT NULL)")
            base.execute("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        except sqlite3.Error as error:
            raise CaigenError(
                f"{self.path}: not a journal of caigen, or not writable: {error}; move it away or name another with --journal"
            ) from error
        return base

    def get(self, key: str) -> bytes | None:
        """The answer kept under a key.

        Raises CaigenError when the journal can no longer be written.
        """
        self.check()
        if self._written is not None and key not in self._written:
            return None
        waiting = self._pending.get(key)
        return waiting or self._one("SELECT answer FROM answers WHERE key = ?", bytes.fromhex(key))

    def check(self) -> None:
        """Raises CaigenError when the journal can no longer be written."""
        if self._failure:
            raise CaigenError(f"{self.path}: cannot be written: {self._failure}") from self._failure

    def put(self, key: str, answer: bytes) -> None:
        """Keep an answer; it is on disk within a moment, and after `close` for certain."""
        if self._written is not None:
            self._written.add(key)
            if self._written.count > KNOWN:  # finding one among so many costs as much as looking
                self._written = None
        self._pending[key] = answer
        self._queue.put((key, answer))

    @property
    def behind(self) -> int:
        """Answers that are not on disk yet."""
        return len(self._pending)

    def fact(self, name: str) -> str | None:
        """A named text kept beside the answers."""
        found: str | None = self._one("SELECT value FROM facts WHERE name = ?", name)
        return found

    def _empty(self) -> bool:
        return self._one("SELECT 1 FROM answers") is None

    def _one(self, query: str, *values: object) -> Any:
        try:
            row = self._reader.execute(query, values).fetchone()
        except sqlite3.Error as error:
            raise CaigenError(
                f"{self.path}: cannot be read: {error}; move it away or name another with --journal"
            ) from error
        return row[0] if row else None

    def note(self, name: str, value: str) -> None:
        """Keep a named text."""
        try:
            self._reader.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        except sqlite3.Error as error:
            raise CaigenError(f"{self.path}: cannot be written: {error}") from error

    def close(self) -> None:
        """Write what is left.

        Raises CaigenError when that fails.
        """
        self._closing.set()
        self._queue.put(None)
        self._thread.join()
        self._reader.close()
        self.check()

    def _write_all(self) -> None:
        try:
            base = sqlite3.connect(self.path, isolation_level=None, timeout=60)
            base.execute("PRAGMA synchronous=NORMAL")
            base.execute("PRAGMA wal_autocheckpoint=10000")
            open_ = True
            while open_:
                batch, open_ = self._batch()
                base.execute("BEGIN")
                base.executemany(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?)",
                    [(bytes.fromhex(key), answer) for key, answer in batch],
                )
                base.execute("COMMIT")
                for key, _ in batch:
                    self._pending.pop(key, None)
            base.close()
        except (sqlite3.Error, OSError) as error:
            self._failure = error

    def _batch(self) -> tuple[list[tuple[str, bytes]], bool]:
        batch: list[tuple[str, bytes]] = []
        item = self._queue.get()
        if self._queue.qsize() < BATCH:
            self._closing.wait(MOMENT)
        while item is not None:
            batch.append(item)
            if len(batch) >= BATCH or self._queue.empty():
                return batch, True
            item = self._queue.get()
        return batch, False


class RememberingEngine(Closing):
    """An engine around an engine: asks it only what the journal does not know. Counts both."""

    def __init__(self, engine: Engine, journal: Journal | None) -> None:
        self.engine, self.journal = engine, journal
        self.model, self.capacity = engine.model, engine.capacity
        self.conversations = engine.conversations
        self.asked = self.remembered = 0
        self.tokens = Tokens()

    async def complete(self, request: Request) -> Completion:
        """The kept answer, or the engine's, which is then kept."""
        key = request_key(self.model, request) if self.journal else ""
        if self.journal and (known := self.journal.get(key)):
            self.remembered += 1
            return _decode(known)
        self.asked += 1
        completion = await self.engine.complete(request)
        spent = completion.tokens
        self.tokens = Tokens(
            prompt=self.tokens.prompt + spent.prompt,
            cached=self.tokens.cached + spent.cached,
            completion=self.tokens.completion + spent.completion,
        )
        if self.journal:
            self.journal.put(key, _encode(completion))
            while self.journal.behind > BEHIND:  # a slow disk slows the run down, memory stays bounded
                self.journal.check()
                await asyncio.sleep(PAUSE)
        return completion

    async def close(self) -> None:
        """Close the engine; the journal belongs to who opened it."""
        await self.engine.close()


def request_key(model: str, request: Request) -> str:
    """Hash of the model and of everything in the request (hex, 32 digits)."""
    asked = request.sampling
    content: dict[str, Any] = {
        "model": model,
        "messages": [[m.role, m.content] for m in request.messages],
        "text": request.text,
        "sampling": {name: getattr(asked, name) for name in SAMPLING},
        "schema": request.schema,
        "choices": request.choices,
    }
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _encode(completion: Completion) -> bytes:
    spent = completion.tokens
    return orjson.dumps(
        [
            completion.text,
            completion.finish_reason,
            [spent.prompt, spent.cached, spent.completion],
            completion.reasoning,
            completion.choices,
        ]
    )


def _decode(kept: bytes) -> Completion:
    text, finish_reason, (prompt, cached, spent), reasoning, choices = orjson.loads(kept)
    return Completion(text, finish_reason, Tokens(prompt=prompt, cached=cached, completion=spent), reasoning, choices)
