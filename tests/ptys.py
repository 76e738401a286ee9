"""Run the command line on a terminal of a given width, as a person does."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import environment

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SHOW_CURSOR = "\x1b[?25h"  # a display has ended


@dataclass
class Shown:
    """What a terminal was sent until the command ended."""

    code: int
    raw: str

    @property
    def lines(self) -> list[str]:
        """All lines ever drawn, without colours."""
        text = CONTROL.sub("\n", COLOUR.sub("", self.raw))
        return [line for line in re.split(r"[\r\n]+", text) if line.strip()]

    @property
    def left(self) -> list[str]:
        """The lines that stay after the display."""
        last = self.raw.rpartition(SHOW_CURSOR)[2]
        return [line for line in re.split(r"[\r\n]+", CONTROL.sub("", last)) if line.strip()]


def in_terminal(
    *args: str | Path, columns: int, cwd: Path, shell: str = "", interrupt_at: str = "", timeout: float = 60, **env: str
) -> Shown:
    """Run caigen, or a `shell` line, on a terminal; Ctrl-C is pressed once `interrupt_at` is shown."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    variables = {key: value for key, value in environment(TERM="xterm", **env).items() if key != "COLUMNS"}
    command = ["bash", "-c", shell] if shell else [sys.executable, "-m", "caigen", *map(str, args)]
    process = subprocess.Popen(
        # setsid and TIOCSCTTY by `script`'s way: the terminal is the command's own, so that Ctrl-C reaches it
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env=variables,
        preexec_fn=lambda: (os.setsid(), fcntl.ioctl(0, termios.TIOCSCTTY, 0)),  # type: ignore[arg-type,return-value]
    )
    os.close(theirs)
    raw, until = b"", time.monotonic() + timeout
    try:
        while time.monotonic() < until:
            if not select.select([ours], [], [], 0.2)[0]:
                continue
            try:
                received = os.read(ours, 1 << 16)
            except OSError:  # the other end is closed
                break
            if not received:
                break
            raw += received
            if interrupt_at and interrupt_at.encode() in raw:
                interrupt_at = ""
                os.write(ours, b"\x03")
        code = process.wait(max(1.0, until - time.monotonic()))
    finally:
        process.kill()
        os.close(ours)
    return Shown(code, raw.decode())
