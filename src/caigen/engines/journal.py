"""An engine that remembers: answers are kept in SQLite by the hash of all that shapes them.

A run that is repeated asks everything again and gets at once what was answered before; nothing else in caigen resumes.
"""

import asyncio
import dataclasses
import fcntl
import hashlib
import math
import os
import queue
import sqlite3
import struct
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from caigen.engines.base import Closing, Completion, Engine, Request, Sampling
from caigen.errors import CaigenError, RequestError
from caigen.hashing import HashSet
from caigen.records import Message, Tokens

FORMAT = 2
SEAL = 8  # bytes of checksum before each answer
LONGEST = 1 << 26  # characters of an answer with its thought; SQLite refuses a billion bytes, which would end the run
MOST_TOKENS = 1 << 40  # in one answer; a greater number is no count
BATCH = 4096  # answers in one transaction, at most
MOMENT = 0.1  # seconds that answers are gathered; each commit makes who reads forget the pages that it has in memory
BEHIND = 8192  # answers not on disk yet
KNOWN = 5_000_000  # answers
PAUSE = 0.02  # seconds
OFD = hasattr(fcntl, "F_OFD_GETLK")  # Linux
FLOCK = "hhqqi4x"  # struct flock: kind, whence, start, length, process
REQUEST = tuple(field.name for field in dataclasses.fields(Request) if field.name not in ("messages", "sampling"))
SAMPLING = tuple(field.name for field in dataclasses.fields(Sampling))
MESSAGE = tuple(Message.model_fields)


class Journal:
    """Answers by key in one SQLite file, written by a thread of its own.

    The first answer to a question stays, also where several processes share one journal (`alone`). An entry that is not
    what was written (its checksum differs) is not there for who asks; `damaged` counts such.
    Raises CaigenError for a file of another format, or one that cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        self._rejected: set[str] = set()  # keys whose entry is to be replaced
        self._failure: BaseException | None = None
        self._closing = threading.Event()
        self._queue: queue.SimpleQueue[tuple[str, bytes] | None] = queue.SimpleQueue()
        self._pending: dict[str, bytes] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._presence = _present(path.with_name(path.name + "-lock"))
        except OSError as error:
            raise CaigenError(f"{path}: cannot be written: {error.strerror}") from error
        try:
            self._reader = self._open()
            # all that is there, where there was nothing before: saves looking
            self._written = HashSet(short=True) if self._empty() else None
        except CaigenError:
            self._leave()
            raise
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

    @property
    def alone(self) -> bool:
        """Whether nobody else has this journal open now; where the system cannot tell, somebody may have."""
        return OFD and _lock(self._presence, fcntl.F_OFD_GETLK, fcntl.F_WRLCK) == fcntl.F_UNLCK

    def get(self, key: str) -> bytes | None:
        """The answer kept under a key.

        Raises CaigenError when the journal can no longer be read or written.
        """
        self.check()
        if self._written is not None and key not in self._written and self.alone:
            return None
        if waiting := self._pending.get(key):
            return waiting[SEAL:]
        kept = self._one("SELECT answer FROM answers WHERE key = ?", bytes.fromhex(key))
        if kept is None or key in self._rejected:
            return None
        if not isinstance(kept, bytes) or kept[:SEAL] != _seal(key, kept[SEAL:]):
            self.reject(key)
            return None
        return kept[SEAL:]

    def reject(self, key: str) -> None:
        """Count an entry as damaged; the next answer under its key replaces it."""
        self.damaged += 1
        self._rejected.add(key)

    def check(self) -> None:
        """Raises CaigenError when the journal can no longer be written."""
        if self._failure:
            raise CaigenError(f"{self.path}: cannot be written: {self._failure}") from self._failure

    def put(self, key: str, answer: bytes) -> None:
        """Keep an answer, unless one is there; it is on disk within a moment, and after `close` for certain."""
        if self._written is not None:
            self._written.add(key)
            if self._written.count > KNOWN:  # finding one among so many costs as much as looking
                self._written = None
        sealed = _seal(key, answer) + answer
        self._pending[key] = sealed
        self._queue.put((key, sealed))

    @property
    def behind(self) -> int:
        """Answers that are not on disk yet."""
        return len(self._pending)

    async def settled(self, key: str) -> None:
        """Return when an answer that was put is on disk, or another process's before it."""
        while key in self._pending:
            self.check()
            await asyncio.sleep(PAUSE)

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
        self._leave()
        self.check()

    def _leave(self) -> None:
        with suppress(OSError):  # the folder may be gone
            if self.alone:
                Path(self._presence.name).unlink(missing_ok=True)
        self._presence.close()

    def _write_all(self) -> None:
        try:
            base = sqlite3.connect(self.path, isolation_level=None, timeout=60)
            base.execute("PRAGMA synchronous=NORMAL")
            base.execute("PRAGMA wal_autocheckpoint=10000")
            open_ = True
            while open_:
                batch, open_ = self._batch()
                base.execute("BEGIN")
                self._insert(base, batch)
                base.execute("COMMIT")
                for key, _ in batch:
                    self._pending.pop(key, None)
            base.close()
        except (sqlite3.Error, OSError) as error:
            self._failure = error

    def _insert(self, base: sqlite3.Connection, batch: list[tuple[str, bytes]]) -> None:
        for key in self._rejected & {key for key, _ in batch}:
            base.execute("DELETE FROM answers WHERE key = ?", (bytes.fromhex(key),))
            self._rejected.discard(key)
        rows = [(bytes.fromhex(key), sealed) for key, sealed in batch]
        base.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?)", rows)

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


def _present(path: Path) -> BinaryIO:
    """A file on which everybody who has the journal open holds a shared lock; the last one removes it."""
    while True:
        stream = path.open("a+b")
        if OFD:
            _lock(stream, fcntl.F_OFD_SETLKW, fcntl.F_RDLCK)
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(stream.fileno()).st_ino:
                return stream
        stream.close()  # it was removed between our two calls


def _lock(stream: BinaryIO, command: int, kind: int) -> int:
    """Set or ask for a lock on a whole file that belongs to this stream alone (fcntl(2), open file description locks);
    returns the kind of a lock that is in its way.
    """
    asked = struct.pack(FLOCK, kind, os.SEEK_SET, 0, 0, 0)
    kind_found: int = struct.unpack_from("h", fcntl.fcntl(stream, command, asked))[0]
    return kind_found


def _seal(key: str, answer: bytes) -> bytes:
    """A checksum against damage, over the key too, so that no answer passes for another's; it is no signature."""
    return hashlib.blake2b(answer, digest_size=SEAL, key=key.encode()).digest()


class RememberingEngine(Closing):
    """An engine around an engine: asks it only what the journal does not know. Counts both."""

    def __init__(self, engine: Engine, journal: Journal | None) -> None:
        self.engine, self.journal = engine, journal
        self.model, self.capacity = engine.model, engine.capacity
        self.conversations = engine.conversations
        self.sent = self.cached = 0
        self.tokens = Tokens()

    async def complete(self, request: Request) -> Completion:
        """The kept answer, or the engine's, which is then kept.

        Raises RequestError `bad_answer` where the engine's is not what a `Completion` must be; that one is not kept.
        """
        key = request_key(self.model, request) if self.journal else ""
        if self.journal and (known := _known(self.journal, key)):
            self.cached += 1
            return known
        self.sent += 1
        completion = await self.engine.complete(request)
        if fault := _fault(completion):
            raise RequestError("bad_answer", f"{self.model}: {fault}")
        spent = completion.tokens
        self.tokens = Tokens(
            prompt=self.tokens.prompt + spent.prompt,
            cached=self.tokens.cached + spent.cached,
            completion=self.tokens.completion + spent.completion,
        )
        return await _kept(self.journal, key, completion) if self.journal else completion

    async def close(self) -> None:
        """Close the engine; the journal belongs to who opened it."""
        await self.engine.close()


def _known(journal: Journal, key: str) -> Completion | None:
    kept = journal.get(key)
    if kept is None:
        return None
    if (found := _decode(kept)) is None:
        journal.reject(key)
    return found


async def _kept(journal: Journal, key: str, completion: Completion) -> Completion:
    """The answer that the journal keeps, so that records and journal say the same: this one, or the one that came first
    where the same was asked twice at once, here or by another process.
    """
    if known := _known(journal, key):
        return known
    journal.put(key, _encode(completion))
    while journal.behind > BEHIND:  # a slow disk slows the run down, memory stays bounded
        journal.check()
        await asyncio.sleep(PAUSE)
    if journal.alone:
        return completion
    await journal.settled(key)
    return _known(journal, key) or completion


def request_key(model: str, request: Request) -> str:
    """Hash of the model and of everything in the request (hex, 32 digits)."""
    content: dict[str, Any] = {name: getattr(request, name) for name in REQUEST}
    content["model"] = model
    content["messages"] = [[getattr(turn, name) for name in MESSAGE] for turn in request.messages]
    content["sampling"] = {name: getattr(request.sampling, name) for name in SAMPLING}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _fault(completion: Completion) -> str | None:
    """What is wrong with an answer; None where all of it is as `Completion` says and can be written as UTF-8."""
    spent = completion.tokens
    if not _is_text(completion.text):
        return f"the answer is no text: {completion.text!r:.60}"
    if not all(said is None or _is_text(said) for said in (completion.finish_reason, completion.reasoning)):
        return f"the finish reason or the thought is no text: {completion.finish_reason!r:.60}, {completion.reasoning!r:.60}"
    if len(completion.text) + len(completion.reasoning or "") > LONGEST:
        return f"an answer of more than {LONGEST:,} characters"
    if not all(type(n) is int and 0 <= n < MOST_TOKENS for n in (spent.prompt, spent.cached, spent.completion)):
        return f"{spent!r:.80} are no counts of tokens"
    if not all(_is_text(word) and type(value) in (int, float) for word, value in completion.choices.items()):
        return f"{completion.choices!r:.80} are no log-probabilities by word"
    return None


def _is_text(said: object) -> bool:
    if not isinstance(said, str):
        return False
    try:
        return said.isascii() or bool(said.encode())
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def _encode(completion: Completion) -> bytes:
    spent = completion.tokens
    # JSON has no infinity and no NaN
    choices = {word: p if math.isfinite(p) else str(p) for word, p in completion.choices.items()}
    return orjson.dumps(
        [
            completion.text,
            completion.finish_reason,
            [spent.prompt, spent.cached, spent.completion],
            completion.reasoning,
            choices,
        ]
    )


def _decode(kept: bytes) -> Completion | None:
    """An answer as it was encoded; None for anything else."""
    try:
        text, finish_reason, (prompt, cached, spent), reasoning, choices = orjson.loads(kept)
        tokens = Tokens.model_construct(prompt=prompt, cached=cached, completion=spent)
        found = {word: float(p) for word, p in choices.items()}
    except (ValueError, TypeError, AttributeError):
        return None
    completion = Completion(text, finish_reason, tokens, reasoning, found)
    return None if _fault(completion) else completion
