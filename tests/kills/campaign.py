"""The kill campaign: `python -m tests.kills.campaign --kills 240`, or `make kills`.

Each way of working (`run`, one file, a pipe, Ray, `serve`) is done once without a kill, as the reference. Then it is
killed at a drawn moment and given again, until as many kills hit as were asked for. What lies there after a kill, and
what lies there at the end, is held against the reference: no row lost, none twice, none torn, no other text. The model
is a stand-in server that answers the same request in the same way.
"""

import argparse
import json
import random
import shutil
import signal
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from caigen.bench.standin import Pace, standing_in
from tests.kills.ways import WAYS, Way

SIGNALS = (*[signal.SIGKILL] * 8, signal.SIGTERM, signal.SIGINT)  # most give no time to clean up
KILLS_IN_A_ROW = (1, 2, 3)  # before the command is left to finish
EARLIEST, LATEST = 0.15, 1.05  # moments of a kill, as shares of the time of the run without one
PACE = Pace(slots=16, first=0.01, token=0.001, median=24, longest=64)
# how the kills are shared out; Ray takes long to start
SHARES = {"run": 0.35, "file": 0.2, "pipe": 0.25, "ray": 0.08, "serve": 0.12}


@dataclass
class Tally:
    """What one way of working showed."""

    kills: int = 0  # signals that reached a process that was at work
    missed: int = 0  # signals that came after it had ended
    finished: int = 0  # commands that were given again until they ended by themselves
    faults: Counter[str] = field(default_factory=Counter)
    first_faults: list[str] = field(default_factory=list)

    def add(self, faults: list[str], moment: str) -> None:
        """Count faults, each named by its first word; keep the first few in full."""
        for fault in faults:
            self.faults[fault.split(":")[0]] += 1
            if len(self.first_faults) < 5:
                self.first_faults.append(f"{moment}: {fault}")


def campaign(way: Way, kills: int, rng: random.Random, folder: Path) -> Tally:
    """Do the work of one way, killed `kills` times in all."""
    tally = Tally()
    started = time.monotonic()
    faults = way.finish(folder / "reference")
    if faults:
        raise SystemExit(f"{way.name}: fails without a kill: {faults[0]}")
    seconds = time.monotonic() - started
    reference = way.contents(folder / "reference")
    attempt = 0
    while tally.kills < kills and attempt < 4 * kills:
        attempt += 1
        work = folder / f"attempt-{attempt}"
        for _ in range(rng.choice(KILLS_IN_A_ROW)):
            moment, sent = rng.uniform(EARLIEST, LATEST) * seconds, rng.choice(SIGNALS)
            hit = way.kill(work, moment, sent, rng)
            tally.kills += hit
            tally.missed += not hit
            when = f"{sent.name} after {moment:.2f} of {seconds:.2f} s"
            tally.add(way.torn(work, reference), when)
            if not hit:
                break
        tally.add(way.finish(work), "given again")
        tally.add(differences(reference, way.contents(work)), "at the end")
        tally.finished += 1
        shutil.rmtree(work, ignore_errors=True)
    return tally


def differences(reference: dict[str, list[str]], found: dict[str, list[str]]) -> list[str]:
    """Say what differs from the reference: lines that are lost, there twice, or others."""
    faults = []
    for name, lines in reference.items():
        missing, extra = Counter(lines), Counter(found.get(name, []))
        missing.subtract(extra)
        lost = [line for line, count in missing.items() if count > 0]
        twice = [line for line, count in missing.items() if count < 0 and line in lines]
        other = [line for line, count in missing.items() if count < 0 and line not in lines]
        faults += [
            f"{word}: {len(these)} lines of {name}, first {these[0][:120]}"
            for word, these in (("lost", lost), ("twice", twice), ("other", other))
            if these
        ]
    return faults


def main() -> None:
    """Run the campaign, print a line for each way, write the figures; exit 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--way", choices=list(SHARES), action="append", help="only this way; repeatable")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    names = options.way or list(SHARES)
    whole = sum(SHARES[name] for name in names)
    tallies = {}
    with standing_in(PACE) as url, TemporaryDirectory(prefix="caigen-kills-") as folder:
        for name in names:
            kills = max(1, round(options.kills * SHARES[name] / whole))
            place = Path(folder) / name
            place.mkdir()
            tally = campaign(WAYS[name](url), kills, random.Random(f"{options.seed} {name}"), place)
            tallies[name] = asdict(tally)
            print(
                f"{name}: {tally.kills} kills, {tally.missed} came too late, given again {tally.finished} times;"
                f" faults {dict(tally.faults) or 'none'}",
                flush=True,
            )
            for line in tally.first_faults:
                print(f"  {line}", flush=True)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(tallies, indent=2))
    sys.exit(any(tally["faults"] for tally in tallies.values()))


if __name__ == "__main__":
    main()
