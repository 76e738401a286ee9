"""The tables of docs/real-models.md: `python -m tests.real_model.figures` prints them. Give --speed for those of
speed alone.

They are made by the commands that a user would give, on the prompts of the check and 40 rows of hh-rlhf where these
are at hand.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from caigen.engines.cpu import core_count, has_bf16
from caigen.records import unfinished
from tests.conftest import ROOT, environment
from tests.real_model.conftest import MODEL, RULES, RUN, Row, prompts_to, rows
from tests.real_model.speed import OWN

FOLDER = ROOT / "build" / "real-model-figures"
Line = tuple[object, ...]


def table(*lines: Line) -> None:
    """Print a Markdown table, its head first."""
    head, *rest = lines
    for line in (head, ["---"] * len(head), *rest):
        print("|", " | ".join(map(str, line)), "|")
    print()


def process(model: Path) -> None:
    """`run`, `label` and `score` into FOLDER, anew; `score` under four rules, as in the check."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    prompts_to(FOLDER / "prompts.jsonl")
    named = ("--model", str(model), "--overwrite")
    files = [FOLDER / name for name in ("prompts.jsonl", "out", "out/records.jsonl", "labeled.jsonl", "scored.jsonl")]
    caigen("run", files[0], *named, *RUN, "-o", files[1], "--journal", FOLDER / "run.journal")
    caigen("label", files[2], *named, "-o", files[3], "--summary", FOLDER / "label.json")
    caigen("score", files[3], *named, *RULES, "-o", files[4], "--summary", FOLDER / "score.json")


def caigen(*args: object) -> None:
    """One command; rows that fail are figures too."""
    done = subprocess.run([sys.executable, "-m", "caigen", *map(str, args)], env=environment(), check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(f"caigen {args[0]}: exit code {done.returncode}")


def main_path() -> None:
    """What the model made of the prompts."""
    records = rows(FOLDER / "scored.jsonl")
    counts: dict[str, Row] = {
        name: json.loads((FOLDER / path).read_text("utf-8"))
        for name, path in (("run", "out/summary.json"), ("label", "label.json"), ("score", "score.json"))
    }
    answers = [candidate for record in records for candidate in record.get("candidates", [])]
    turns = [turn for candidate in answers for turn in candidate.get("rounds", [])]
    critiques = [turn["critique"] for turn in turns if turn.get("critique")]
    revisions = [turn["revision"] for turn in turns if turn.get("revision")]
    comparisons = [one for record in records for one in record.get("comparisons", [])]
    scores = [score for candidate in answers for score in candidate.get("scores", [])]
    quotes = sum(len(set(critique.get("quotes", []))) for critique in critiques)
    spans = sum(len(critique.get("spans", [])) for critique in critiques)
    usable = [critique for critique in critiques if not flags(critique)]
    run, spent = counts["run"], counts["run"]["tokens"]
    asked = run["requests"]["sent"]
    beyond = asked - len(answers) - len(critiques) - len(revisions)
    table(
        ("", "count", "of which"),
        ("prompts", run["read"], f"done {run['done']}, failed {run['failed']} ({words(run['reasons'])})"),
        ("answers", len(answers), words(Counter(one.get("finish_reason") for one in answers))),
        ("critiques", len(critiques), words(Counter(one["verdict"] for one in critiques))),
        ("critiques without a flag", len(usable), f"flags: {words(tally(critiques))}"),
        ("quotes in critiques", quotes, f"found in the text: {spans}"),
        ("revisions", len(revisions), f"usable {sum(not flags(one) for one in revisions)}"),
        ("flags of revisions", sum(tally(revisions).values()), words(tally(revisions))),
        ("comparisons by `label`", len(comparisons), words(Counter(one["status"] for one in comparisons))),
        ("texts under `score`", len(scores), f"with a reward {sum(one.get('reward') is not None for one in scores)}"),
        ("rows written by `run`", sum(run["outputs"].values()), words(run["outputs"])),
        ("requests of `run`", asked, f"beyond one for each text in the records: {beyond}"),
        ("tokens written", spent["completion"], f"read {spent['prompt']}, of which in the cache {spent['cached']}"),
    )
    print(f"`run`'s notes: {words(run['notes'])}.\n")
    times = [(name, *(one["seconds"][key] for key in ("load", "generate", "total"))) for name, one in counts.items()]
    table(("command", "load, s", "generate, s", "total, s"), *times)


def flags(part: Row) -> list[str]:
    """What makes a text unusable, by word."""
    found = [*part.get("flags", [])]
    cut = unfinished(part.get("finish_reason"))
    return found if not cut or cut in found else [*found, cut]


def tally(parts: Iterable[Row]) -> Counter[str]:
    """How often each flag was set."""
    return Counter(flag for part in parts for flag in flags(part))


def words(counts: Any) -> str:
    """Counts as words, the greatest first."""
    return ", ".join(f"{what} {count}" for what, count in Counter(counts).most_common()) or "none"


def speeds(model: Path) -> None:
    """Tokens per second by numbers and threads; without bf16 instructions as the same machine behaves without them."""
    table(
        ("processor", "dtype", "threads", "tokens/s", "tokens per CPU second", "load, s", "memory, MB"),
        *speed_lines(model),
    )


def speed_lines(model: Path) -> Iterator[Line]:
    """One line for each arrangement, each in a process of its own."""
    for pretend in (False, True) if has_bf16() else (False,):
        processor = "without bf16 instructions" if pretend or not has_bf16() else "with bf16 instructions"
        for dtype in ("bfloat16", "float32"):
            for threads in dict.fromkeys((1, core_count())):
                yield (processor, dtype, threads, *speed(model, dtype, threads, no_bf16=pretend).values())
    yield ("this one", f"{OWN} (demo model)", 1, *speed(ROOT / "src/caigen/demo/model", OWN, 1).values())


def speed(model: Path, dtype: str, threads: int, *, no_bf16: bool = False) -> Row:
    """What tests/real_model/speed.py measures."""
    command = [sys.executable, "-m", "tests.real_model.speed", str(model), "--dtype", dtype, "--threads", str(threads)]
    done = subprocess.run(
        [*command, *(["--no-bf16"] if no_bf16 else [])],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment(),
    )
    found: Row = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Read the arguments, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--speed", action="store_true", help="the speeds alone")
    parser.add_argument("--path", action="store_true", help="the main path alone")
    parser.add_argument("--kept", action="store_true", help="what the last call left, without asking the model")
    options = parser.parse_args()
    if not options.speed:
        if not options.kept:
            process(options.model)
        main_path()
    if not (options.path or options.kept):
        speeds(options.model)


if __name__ == "__main__":
    main()
