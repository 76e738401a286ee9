"""Broken inputs for everything that reads: `python -m tools.fuzz [--inputs 115000] [--seed 1] [--door rows]`.

Forms are changed at random, by seed, and read in a process that may use little more than a gigabyte. A fault is an
error that is no CaigenError, more than a second of processor time for one input, memory that runs out, or a control
character that would reach a terminal. Each fault is printed with its input, which `--number` reads again. Exit code 1
if there is one.
"""

import argparse
import collections
import hashlib
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from caigen.errors import CaigenError
from tools.fuzz.doors import DOORS, check_error
from tools.fuzz.forms import forms
from tools.fuzz.mutate import mutate

CPU_SECONDS = 1.0
HUNG_SECONDS = 30.0  # without a word from the worker
MEMORY_BYTES = 1 << 30  # beside what the worker holds when it begins
BATCH = 500
WEIGHTS = {"journal": 1, "gzip": 3, "constitution": 4, "config": 3}  # slow doors come up less often than the usual 10
SHOWN_INPUT = 300


class Fault(NamedTuple):
    """What went wrong with one input."""

    number: int
    door: str
    what: str
    data: bytes


class Campaign(NamedTuple):
    """Which inputs are read: their number, their seed, and the doors that read them."""

    inputs: int
    seed: int
    doors: Sequence[str] = tuple(DOORS)


class SlowError(Exception):
    """An input took too much processor time."""


class Input(NamedTuple):
    """One input: the door that reads it, and its bytes."""

    door: str
    data: bytes


def make_input(number: int, campaign: Campaign, seeds: dict[str, list[bytes]]) -> Input:
    """The input of a number, always the same."""
    draw = random.Random(f"{campaign.seed}:{number}")
    door = draw.choices(campaign.doors, [WEIGHTS.get(name, 10) for name in campaign.doors])[0]
    return Input(door, mutate(draw.choice(seeds[door]), draw))


def read_one(made: Input, folder: Path) -> str | None:
    """Put an input to its door; what went wrong, None if all is well."""
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        DOORS[made.door](made.data, folder)
    except CaigenError as error:
        check_error(error)
    except SlowError:
        return f"more than {CPU_SECONDS:.0f} s\n{traceback.format_exc(limit=-4)}"
    except MemoryError:
        return "more than 1 GB"
    except Exception:
        return traceback.format_exc(limit=-4)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None


def _slow(_: int, __: Any) -> None:
    raise SlowError


def read_inputs(campaign: Campaign, start: int, tell: Any) -> None:
    """Read the inputs from a number on; `tell` gets each batch's numbers, hashes and faults."""
    signal.signal(signal.SIGPROF, _slow)
    with tempfile.TemporaryDirectory(prefix="caigen-fuzz-") as name:
        folder = Path(name)
        os.environ["CAIGEN_HOME"] = name  # where calibrations are
        seeds = forms(folder)
        hashes: set[bytes] = set()
        faults: list[Fault] = []
        for number in range(start, campaign.inputs):
            tell(("at", number))
            made = make_input(number, campaign, seeds)
            hashes.add(hashlib.blake2b(made.door.encode() + made.data, digest_size=8).digest())
            if what := read_one(made, folder):
                faults.append(Fault(number, made.door, what, made.data))
            if number + 1 == campaign.inputs or len(hashes) >= BATCH:
                tell(("batch", hashes, faults))
                hashes, faults = set(), []


def _work(campaign: Campaign, start: int, pipe: Connection) -> None:
    """Read inputs in a process whose memory is bounded."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    read_inputs(campaign, start, pipe.send)
    pipe.send(("end",))


def read_all(campaign: Campaign) -> tuple[int, list[Fault]]:
    """Read all inputs; how many were distinct, and the faults. A worker that dies is a fault, and is replaced."""
    distinct: set[bytes] = set()
    faults: list[Fault] = []
    start = 0
    while start < campaign.inputs:
        here, there = multiprocessing.get_context("fork").Pipe(duplex=False)
        worker = multiprocessing.get_context("fork").Process(target=_work, args=(campaign, start, there))
        worker.start()
        there.close()
        at, done = start, False
        try:
            while not done and here.poll(HUNG_SECONDS):
                message = here.recv()
                if message[0] == "at":
                    at = message[1]
                elif message[0] == "batch":
                    distinct |= message[1]
                    faults += message[2]
                else:
                    done = True
        except EOFError:
            pass
        if not done:
            worker.join(timeout=1)
            ended = worker.exitcode
            faults.append(Fault(at, "?", "hung" if ended is None else f"the process ended with {ended}", b""))
            worker.kill()
        worker.join()
        start = campaign.inputs if done else at + 1
    return len(distinct), faults


def _place(fault: Fault) -> str:
    """The last two lines of a traceback that say where and what, so that equal faults are told once."""
    lines = [line for line in fault.what.strip().splitlines() if line.strip()]
    return "\n".join([fault.door, *[line for line in lines if line.lstrip().startswith("File")][-1:], lines[-1][:60]])


def main() -> None:
    """Read the options, run the campaign, and print its figures and faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=115_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--door", choices=DOORS, action="append", help="only this one; repeatable")
    parser.add_argument("--number", type=int, help="read this input alone, and keep it in fuzz-input")
    options = parser.parse_args()
    campaign = Campaign(options.inputs, options.seed, options.door or tuple(DOORS))
    if options.number is not None:
        with tempfile.TemporaryDirectory(prefix="caigen-fuzz-") as name:
            os.environ["CAIGEN_HOME"] = name
            made = make_input(options.number, campaign, forms(Path(name)))
            Path("fuzz-input").write_bytes(made.data)
            print(made.door, len(made.data), "bytes in fuzz-input")
            DOORS[made.door](made.data, Path(name))
        return
    began = time.monotonic()
    distinct, faults = read_all(campaign)
    groups = collections.defaultdict(list)
    for fault in faults:
        groups[_place(fault)].append(fault)
    for same in sorted(groups.values(), key=len, reverse=True):
        smallest = min(same, key=lambda fault: len(fault.data))
        print(f"--- {len(same)} faults, such as number {smallest.number} at {smallest.door}: {smallest.what}")
        print(repr(smallest.data[:SHOWN_INPUT]))
    seconds = time.monotonic() - began
    print(f"{options.inputs} inputs, {distinct} distinct, {len(faults)} faults, {len(groups)} places, {seconds:.0f} s")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
