"""The journal: answers of models in one SQLite file, by a key that stands for everything that shapes an answer.

This file stores bytes under keys; remembering.py makes the keys and encodes the answers. Nothing else in caigen
resumes: a run that is repeated sends every request again and gets at once what was answered before.
"""

import asyncio
import hashlib
import queue
import re
import sqlite3
import threading
from pathlib import Path
from typing import Any, NamedTuple

from caigen.engines.journal_file import ADVICE, check_no_links, os_reason, place, reason
from caigen.engines.presence import Presence
from caigen.errors import CaigenError
from caigen.hashing import HashSet

FORMAT = 2
UNSEALED_FORMAT = 1  # the same without checksums; they are added when it is opened
CHECKSUM_BYTES = 8  # before each answer
MAX_BATCH_ANSWERS = 4096  # in one transaction
BATCH_SECONDS = 0.1  # answers are gathered; each commit makes readers forget the pages that they have in memory
MAX_KEYS_IN_MEMORY = 5_000_000
POLL_SECONDS = 0.02  # while waiting for the disk
BUSY_SECONDS = 60.0  # while another process writes
CHECKPOINT_PAGES = 10_000
MOVED = "it was removed or replaced while it was used; give the same command again"
COMMAND = "command"  # under this name a journal keeps whose it is
OLDER_LIMITS = "older_limits"


class _Entry(NamedTuple):
    """An answer on its way to the disk, its checksum in front."""

    key: str
    sealed: bytes
    ended: "Ended | None" = None


class Ended(NamedTuple):
    """Says that an answer ended by itself: the key of its request without `max_tokens`, and what `max_tokens` was."""

    key: str
    max_tokens: int


class Journal:
    """Answers by key (32 hex digits) in one SQLite file, written by a thread of its own.

    The first answer under a key stays, also when several processes share one journal. A damaged entry, whose checksum
    is wrong, counts as missing; `damaged` is their number.

    Raises CaigenError for a file of another format, or a file that cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        self._rejected: set[str] = set()  # keys whose entry is to be replaced
        self._failure: BaseException | None = None  # what ended the writing thread
        self._closing = threading.Event()
        self._queue: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()  # None: no more will come
        self._pending: dict[str, bytes] = {}  # sealed answers that are not on disk yet
        check_no_links(path)
        self._pending_limits: dict[str, int] = {}  # `max_tokens` of those that ended by themselves
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._presence = Presence(path.with_name(path.name + "-lock"))
        except OSError as error:
            raise CaigenError(f"{path}: cannot be written: {os_reason(error)}") from error
        try:
            self._reader = self._open()
            self._place = place(path)
            # if the file was empty, memory knows every key, which saves asking the file for new ones
            self._keys = HashSet(short=True) if self._is_empty() else None
            self.older_limits = self._read_older_limits()
        except CaigenError:
            self._presence.leave()
            raise
        self._thread = threading.Thread(target=self._write_all, name="caigen-journal", daemon=True)
        self._thread.start()

    @property
    def alone(self) -> bool:
        """Whether nobody else has this journal open now; False also where the system cannot tell."""
        return self._presence.alone

    @property
    def unwritten(self) -> int:
        """The number of answers that are not on disk yet."""
        return len(self._pending)

    def get(self, key: str) -> bytes | None:
        """Return the answer under a key; None if there is none.

        Raises CaigenError when the journal can no longer be read or written.
        """
        self.check()
        # 1. memory: keys that are nowhere, and answers that are not on disk yet
        if self._keys is not None and key not in self._keys and self.alone:
            return None
        if sealed := self._pending.get(key):
            return sealed[CHECKSUM_BYTES:]
        # 2. the file, unless its entry is known to be damaged
        sealed = self._read_value("SELECT answer FROM answers WHERE key = ?", bytes.fromhex(key))
        if sealed is None or key in self._rejected:
            return None
        answer = _unseal(key, sealed)
        if answer is None:
            self.reject(key)
        return answer

    def get_limit(self, key: str) -> int | None:
        """The `max_tokens` under which a request was answered whose answer ended by itself; `key` as in `Ended`.

        Raises CaigenError when the journal can no longer be read.
        """
        if self._keys is not None and key not in self._keys and self.alone:
            return None
        if key in self._pending_limits:
            return self._pending_limits[key]
        limit: int | None = self._read_value("SELECT max_tokens FROM ended WHERE key = ?", bytes.fromhex(key))
        return limit

    def put(self, key: str, answer: bytes, ended: Ended | None = None) -> None:
        """Keep an answer, unless its key has one. It is on disk within a moment, at the latest after `close`.

        `ended` says that it ended by itself, so that it may serve other limits too.
        """
        if self._keys is not None:
            self._keys.add(key)
            if ended:
                self._keys.add(ended.key)
            if self._keys.count > MAX_KEYS_IN_MEMORY:  # from here on asking the file costs as much
                self._keys = None
        sealed = _seal(key, answer)
        self._pending[key] = sealed
        if ended:
            self._pending_limits.setdefault(*ended)
        self._queue.put(_Entry(key, sealed, ended))

    def reject(self, key: str) -> None:
        """Count the entry under a key as damaged; the next answer under the key replaces it."""
        self.damaged += 1
        self._rejected.add(key)

    def count(self) -> int:
        """How many answers are on disk.

        Raises CaigenError when the journal cannot be read.
        """
        number: int = self._read_value("SELECT count(*) FROM answers")
        return number

    def check(self) -> None:
        """Raises CaigenError when the journal can no longer be written."""
        if self._failure:
            raise CaigenError(f"{self.path}: cannot be written: {reason(self._failure, self.path)}") from self._failure

    async def wait_until_written(self, key: str) -> None:
        """Return when there is an answer under the key on disk: the one that was put, or an earlier one.

        Raises CaigenError when the journal can no longer be written.
        """
        while key in self._pending:
            self.check()
            await asyncio.sleep(POLL_SECONDS)

    async def wait_for_disk(self, max_unwritten: int) -> None:
        """Return when at most so many answers are not on disk yet. Raises CaigenError as `check`."""
        while self.unwritten > max_unwritten:
            self.check()
            await asyncio.sleep(POLL_SECONDS)

    def get_meta(self, name: str) -> str | None:
        """Return a named text that is kept beside the answers; None if there is none.

        Raises CaigenError when the journal can no longer be read.
        """
        value: str | None = self._read_value("SELECT value FROM facts WHERE name = ?", name)
        return value

    def set_meta(self, name: str, value: str) -> None:
        """Keep a named text beside the answers; it replaces an earlier one.

        Raises CaigenError when the journal can no longer be written.
        """
        try:
            self._reader.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        except sqlite3.Error as error:
            raise CaigenError(f"{self.path}: cannot be written: {reason(error, self.path)}") from error

    def close(self) -> None:
        """Write all answers to disk and close the file.

        Raises CaigenError when that fails.
        """
        self._closing.set()
        self._queue.put(None)
        self._thread.join()
        self._reader.close()
        self._presence.leave()
        self.check()

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            self._check_format(connection)
            # a write-ahead log: readers and the writer do not wait for each other, and a kill loses a moment at most
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, answer BLOB NOT NULL)")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS ended (key BLOB PRIMARY KEY, max_tokens INTEGER NOT NULL) WITHOUT ROWID"
            )
            connection.execute("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
            _seal_all(connection)
        except (sqlite3.Error, ValueError) as error:  # ValueError: a text in it is not UTF-8
            why = reason(error, self.path)
            if why == str(error):  # neither a full disk nor another process
                why = f"not a journal of caigen, or not writable: {error}; {ADVICE}"
            raise CaigenError(f"{self.path}: {why}") from error
        return connection

    def _check_format(self, connection: sqlite3.Connection) -> None:
        """Raises CaigenError unless the file is a journal of this format, or new: number 0 and no tables."""
        number = connection.execute("PRAGMA user_version").fetchone()[0]
        has_tables = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
        if number in (FORMAT, UNSEALED_FORMAT) or (number == 0 and not has_tables):
            return
        connection.close()
        raise CaigenError(f"{self.path}: a journal of format {number}, this caigen writes format {FORMAT}; {ADVICE}")

    def _read_older_limits(self) -> tuple[int, ...]:
        """The limits under which a caigen that did not note them has asked, as the mark of its command says."""
        kept = self.get_meta(OLDER_LIMITS)
        if kept is None:
            older = self._read_value("SELECT 1 FROM ended") is None
            mark = self.get_meta(COMMAND) if older else None
            kept = " ".join(sorted(set(re.findall(r'"max_tokens": (\d+)', mark or ""))))
            self.set_meta(OLDER_LIMITS, kept)
        return tuple(map(int, re.findall(r"\d+", kept)))

    def _is_empty(self) -> bool:
        return self._read_value("SELECT 1 FROM answers") is None

    def _read_value(self, query: str, *values: object) -> Any:
        """The first value of the first row; None if there is no row."""
        try:
            row = self._reader.execute(query, values).fetchone()
        except (sqlite3.Error, ValueError) as error:
            why = reason(error, self.path)
            advice = f"; {ADVICE}" if why == str(error) else ""
            raise CaigenError(f"{self.path}: cannot be read: {why}{advice}") from error
        return row[0] if row else None

    def _write_all(self) -> None:
        """The writing thread: one transaction for each batch, until `close`. What ends it earlier is in `_failure`."""
        try:
            connection = sqlite3.connect(self.path, isolation_level=None, timeout=BUSY_SECONDS)
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
            more = True
            while more:
                batch, more = self._next_batch()
                connection.execute("BEGIN")
                self._insert(connection, batch)
                connection.execute("COMMIT")
                if place(self.path) != self._place:  # SQLite goes on with the file that has no name any more
                    raise OSError(MOVED)
                # only now can the file answer for them
                for entry in batch:
                    self._pending.pop(entry.key, None)
                    if entry.ended:
                        self._pending_limits.pop(entry.ended.key, None)
            connection.close()
        except (sqlite3.Error, OSError, ValueError) as error:
            self._failure = error

    def _insert(self, connection: sqlite3.Connection, batch: list[_Entry]) -> None:
        for key in self._rejected & {entry.key for entry in batch}:
            connection.execute("DELETE FROM answers WHERE key = ?", (bytes.fromhex(key),))
            self._rejected.discard(key)
        rows = [(bytes.fromhex(entry.key), entry.sealed) for entry in batch]
        # OR IGNORE: the first answer stays
        connection.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?)", rows)
        limits = [(bytes.fromhex(entry.ended.key), entry.ended.max_tokens) for entry in batch if entry.ended]
        connection.executemany("INSERT OR IGNORE INTO ended VALUES (?, ?)", limits)

    def _next_batch(self) -> tuple[list[_Entry], bool]:
        """Wait for answers and gather them for a moment; returns them and whether more will come."""
        batch: list[_Entry] = []
        entry = self._queue.get()
        if self._queue.qsize() < MAX_BATCH_ANSWERS:
            self._closing.wait(BATCH_SECONDS)
        while entry is not None:
            batch.append(entry)
            if len(batch) >= MAX_BATCH_ANSWERS or self._queue.empty():
                return batch, True
            entry = self._queue.get()
        return batch, False


def _seal_all(connection: sqlite3.Connection) -> None:
    """Set the format of a journal; one without checksums gets them, all in one transaction."""
    connection.execute("BEGIN IMMEDIATE")  # another process may be doing the same
    if connection.execute("PRAGMA user_version").fetchone()[0] == UNSEALED_FORMAT:
        connection.create_function("seal", 2, lambda key, answer: _seal(key.hex(), answer), deterministic=True)
        connection.execute("UPDATE answers SET answer = seal(key, answer) WHERE typeof(answer) = 'blob'")
    connection.execute(f"PRAGMA user_version={FORMAT}")
    connection.execute("COMMIT")


def _seal(key: str, answer: bytes) -> bytes:
    """An answer with its checksum before it."""
    return _checksum(key, answer) + answer


def _unseal(key: str, sealed: Any) -> bytes | None:
    """The answer behind its checksum; None if it is not what was written under this key."""
    if not isinstance(sealed, bytes):
        return None
    checksum, answer = sealed[:CHECKSUM_BYTES], sealed[CHECKSUM_BYTES:]
    if checksum != _checksum(key, answer):
        return None
    return answer


def _checksum(key: str, answer: bytes) -> bytes:
    """A checksum against damage, no signature. It includes the key, so that no answer passes for another key's."""
    return hashlib.blake2b(answer, digest_size=CHECKSUM_BYTES, key=key.encode()).digest()
