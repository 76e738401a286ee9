"""`caigen demo`: choose prompts, measure by the checker, print one chain."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from caigen.constitution.load import load
from caigen.demo import world as worlds
from caigen.hashing import uniform
from caigen.io.read import Reader
from caigen.io.write import Writer
from caigen.records import Candidate, Record
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import DEMO
from caigen.stages.templates import Templates

CORE = 4  # principles of each domain that the demo model's answers may break


def examples() -> Path:
    """The folder of example prompts, in the package or in the repository."""
    packaged = Path(__file__).resolve().parents[1] / "examples"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "examples"


def write_prompts(path: Path, count: int) -> None:
    """`count` example prompts, in turn from the four domains."""
    files = [list(Reader(file)) for file in sorted(examples().glob("*.jsonl"))]
    turns = [record for row in zip(*files, strict=True) for record in row]
    with Writer(path) as rows:
        for record in turns[:count]:
            rows.write({"id": record.id, "prompt": record.prompt[0].content, **record.meta})


def settings_by_domain(seed: int) -> dict[str, PromptSettings]:
    """One brief per domain, with the principles that its answers may break."""
    found = {}
    for domain in worlds.load().domains:
        constitution = load(f"{DEMO}{domain}")
        core = tuple(rule.id for rule in constitution.principles[:CORE])
        found[domain] = PromptSettings(
            constitution=constitution, templates=Templates.load(demo=True), seed=seed, only=core
        )
    return found


def flawed(records: Iterable[Record], rounds: int) -> list[float]:
    """Share of flawed texts after 0, 1, … rounds, by the checker; NaN-free: no texts give an empty list."""
    world = worlds.load()
    histories = [
        (record.meta["domain"], candidate.history())
        for record in records
        if record.status == "done"
        for candidate in record.candidates
    ]
    if not histories:
        return []
    return [
        sum(bool(world.flaws(domain, texts[min(n, len(texts) - 1)])) for domain, texts in histories) / len(histories)
        for n in range(rounds + 1)
    ]


def show(folder: Path, rounds: int, console: Console) -> None:
    """Print one chain, what the checker found, and where everything lies."""
    records = list(Reader(folder / "records.jsonl"))
    whole = [record for record in records if record.status == "done" and record.candidates]
    if whole:  # drawn, not chosen: which one it is says nothing of how well it went
        drawn = min(whole, key=lambda record: uniform("chain", record.id))
        console.print(_chain(drawn, drawn.candidates[0]))
        console.print(f"One of {len(whole)} chains, drawn at random.")
    shares = flawed(records, rounds)
    if shares:
        steps = ", ".join(f"{share:.0%} after {n} round{'s' if n > 1 else ''}" for n, share in enumerate(shares) if n)
        console.print(f"Flawed answers, by the checker that knows the truth: {shares[0]:.0%} as sampled, {steps}.")
    for file in ("records.jsonl", "pairs.jsonl", "sft.jsonl", "critique_sft.jsonl", "summary.json"):
        lines = (folder / file).read_bytes().count(b"\n")
        console.print(f"  {folder / file}" + (f"  {lines} rows" if file.endswith("l") else ""), highlight=False)


def _chain(record: Record, candidate: Candidate) -> Panel:
    parts: list[Text] = [
        Text.assemble(("prompt    ", "bold"), record.prompt[-1].content),
        Text.assemble(("answer    ", "bold"), candidate.text),
    ]
    history = candidate.history()
    for number, turn in enumerate(candidate.rounds, 1):
        said = turn.critique.text if turn.critique else "(none asked for)"
        parts.append(Text.assemble(("\ncritique  ", "bold"), (f"{turn.principle}  ", "cyan"), said))
        if turn.critique:
            parts += [Text.assemble(("quote     ", "bold"), (span.quote, "red")) for span in turn.critique.spans]
        if turn.revision is None:
            unused = turn.critique.flags if turn.critique else ()
            why = f"none: the critique is not used ({', '.join(unused)})" if unused else "none needed: the text stands"
            parts.append(Text.assemble(("revision  ", "bold"), (why, "yellow" if unused else "dim")))
        elif turn.revision.flags:
            parts.append(
                Text.assemble(("revision  ", "bold"), (f"not used: {', '.join(turn.revision.flags)}", "yellow"))
            )
        else:
            parts.append(Text("revision  ", "bold") + _changed(history[number - 1], turn.revision.text))
    return Panel(Group(*parts), title=f"{record.id}", title_align="left")


def _changed(before: str, after: str) -> Text:
    """The later text with its new words in green."""
    old, new = before.split(), after.split()
    text = Text()
    for what, _, _, start, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if start < end:
            text.append(" ".join(new[start:end]) + " ", style="" if what == "equal" else "green")
    return text
