"""`caigen demo`: choose prompts, measure the answers by the checker, print one record's rounds."""

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
from caigen.records import Candidate, Critique, Record, Round
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import DEMO_PREFIX
from caigen.stages.templates import Templates
from caigen.text.visible import one_line, visible

CORE = 4  # principles of each domain that the demo model's answers may break
FILES = ("records.jsonl", "pairs.jsonl", "sft.jsonl", "critique_sft.jsonl", "summary.json")


def examples() -> Path:
    """The folder of example prompts, in the package or in the repository."""
    packaged = Path(__file__).resolve().parents[1] / "examples"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "examples"


def write_prompts(path: Path, count: int) -> None:
    """Write `count` example prompts, alternating between the four domains."""
    domains = [list(Reader(file)) for file in sorted(examples().glob("*.jsonl"))]
    alternating = [record for row in zip(*domains, strict=True) for record in row]
    with Writer(path) as rows:
        for record in alternating[:count]:
            rows.write({"id": record.id, "prompt": record.prompt[0].content, **record.meta})


def settings_by_domain(seed: int) -> dict[str, PromptSettings]:
    """The prompt settings of each domain, with the principles that its answers may break."""
    settings = {}
    for domain in worlds.load().domains:
        constitution = load(f"{DEMO_PREFIX}{domain}")
        core = tuple(principle.id for principle in constitution.principles[:CORE])
        settings[domain] = PromptSettings(
            constitution=constitution, templates=Templates.load(demo=True), seed=seed, only=core
        )
    return settings


def flawed(records: Iterable[Record], rounds: int) -> list[float]:
    """The share of texts with a flaw after 0, 1, … rounds, by the checker; empty if there are no texts."""
    world = worlds.load()
    flaws_by_round: list[list[bool]] = [[] for _ in range(rounds + 1)]
    for record in records:
        if record.status != "done":
            continue
        for candidate in record.candidates:
            texts = candidate.history()
            for number, flaws in enumerate(flaws_by_round):
                # a candidate with fewer rounds keeps its last text
                text = texts[min(number, len(texts) - 1)]
                flaws.append(bool(world.flaws(record.meta["domain"], text)))
    if not flaws_by_round[0]:
        return []
    return [sum(flaws) / len(flaws) for flaws in flaws_by_round]


def show(folder: Path, rounds: int, console: Console) -> None:
    """Print one record's rounds, the share of flawed answers, and the files of the run."""
    records = list(Reader(folder / "records.jsonl"))
    done = [record for record in records if record.status == "done" and record.candidates]
    if done:
        # drawn, not chosen, so that it says nothing about how well the run went
        drawn = min(done, key=lambda record: uniform("chain", record.id))
        console.print(_rounds_panel(drawn, drawn.candidates[0]))
        console.print(f"One of {len(done)} chains, drawn at random.")
    shares = flawed(records, rounds)
    if shares:
        steps = []
        for number, after in enumerate(shares[1:], 1):
            steps.append(f"{after:.0%} after {number} round{'s' if number > 1 else ''}")
        console.print(
            f"Flawed answers, by the checker that knows the truth: {shares[0]:.0%} as sampled, {', '.join(steps)}."
        )
    for file in FILES:
        line = one_line(f"  {folder / file}")
        if file.endswith(".jsonl"):
            rows = (folder / file).read_bytes().count(b"\n")
            line += f"  {rows} rows"
        console.print(line, highlight=False, markup=False)


def _rounds_panel(record: Record, candidate: Candidate) -> Panel:
    """Prompt, answer, and each round's critique and revision."""
    parts: list[Text] = [
        Text.assemble(("prompt    ", "bold"), visible(record.prompt[-1].content)),
        Text.assemble(("answer    ", "bold"), visible(candidate.text)),
    ]
    # the text that each round starts from
    history = candidate.history()
    for before, round_ in zip(history, candidate.rounds, strict=False):
        parts += _critique_lines(round_.principle, round_.critique)
        parts.append(Text.assemble(("revision  ", "bold"), _revision(before, round_)))
    return Panel(Group(*parts), title=Text(one_line(record.id)), title_align="left")


def _critique_lines(principle: str, critique: Critique | None) -> list[Text]:
    """The critique and its quotes."""
    text = visible(critique.text) if critique else "(none asked for)"
    lines = [Text.assemble(("\ncritique  ", "bold"), (f"{principle}  ", "cyan"), text)]
    if critique:
        lines += [Text.assemble(("quote     ", "bold"), (visible(span.quote), "red")) for span in critique.spans]
    return lines


def _revision(before: str, round_: Round) -> Text:
    """The revision with its new words in green, or why there is none."""
    if round_.revision is None:
        unused = round_.critique.flags if round_.critique else ()
        if unused:
            return Text(f"none: the critique is not used ({', '.join(unused)})", "yellow")
        return Text("none needed: the text stands", "dim")
    if round_.revision.flags:
        return Text(f"not used: {', '.join(round_.revision.flags)}", "yellow")
    return _highlight_changes(before, round_.revision.text)


def _highlight_changes(before: str, after: str) -> Text:
    """The later text with its new words in green."""
    old, new = before.split(), visible(after).split()
    text = Text()
    # compared word by word; words that are only gone are not shown
    for change, _, _, start, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if start < end:
            text.append(" ".join(new[start:end]) + " ", style="" if change == "equal" else "green")
    return text
