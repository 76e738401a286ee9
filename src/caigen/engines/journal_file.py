"""The file of a journal: no link, the same file from beginning to end, and why it cannot be used."""

import os
import sqlite3
from pathlib import Path

from caigen.errors import CaigenError

FULL_BYTES = 1 << 16  # less room than this is a full disk: SQLite's shared memory needs 32 KiB
BESIDE = ("-lock", "-wal", "-shm", "-journal")  # endings of files that SQLite or Presence makes beside a journal
ADVICE = "move it away or name another with --journal"


def check_no_links(path: Path) -> None:
    """Raises CaigenError if the journal or a file beside it is a symbolic link: SQLite would write where it leads."""
    try:
        for name in (path, *(path.with_name(path.name + ending) for ending in BESIDE)):
            if name.is_symlink():
                raise CaigenError(f"{name}: is a symbolic link; name the file itself with --journal, or remove it")
    except (OSError, ValueError) as error:  # a name that is too long, or has a null byte
        raise CaigenError(f"{path}: cannot be written: {os_reason(error)}; {ADVICE}") from error


def place(path: Path) -> tuple[int, int] | None:
    """Which file a name stands for: its device and inode; None where there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def reason(error: BaseException, path: Path) -> str:
    """Why a journal cannot be used: a full disk and another process are named, with what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the part that says where in SQLite
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_disk_full(path)):
        return "the disk is full; make room, then the same command again goes on"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another process holds it (database is locked); end that one, then the same command again goes on"
    return os_reason(error) if isinstance(error, OSError) else str(error)


def os_reason(error: BaseException) -> str:
    """The system's own words for an error."""
    return getattr(error, "strerror", None) or str(error)


def _is_disk_full(path: Path) -> bool:
    """Whether the file system of a path has no room for one more page."""
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < FULL_BYTES
