"""`caigen demo`: choose prompts, measure the answers by the checker, print one record's rounds."""

from collections.abc import Iterable
from pathlib import Path

from caigen.constitution.load import load
from caigen.demo import world as worlds
from caigen.hashing import uniform
from caigen.io.read import Reader
from caigen.io.write import Writer
from caigen.looking.chain import Chain
from caigen.looking.marks import Marks
from caigen.looking.principles import PrincipleTexts
from caigen.looking.screen import Screen
from caigen.records import Record
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import DEMO_PREFIX
from caigen.stages.templates import Templates
from caigen.text.visible import one_line

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


def show(folder: Path, rounds: int, screen: Screen) -> None:
    """Print one record's rounds, the share of flawed answers, and the files of the run."""
    records = list(Reader(folder / "records.jsonl"))
    done = [record for record in records if record.status == "done" and record.candidates]
    if done:
        # drawn, not chosen, so that it says nothing about how well the run went
        drawn = min(done, key=lambda record: uniform("chain", record.id))
        screen.write(Chain(Marks(screen.colour), PrincipleTexts()).lines(drawn))
        screen.console.print(
            f"\nOne of {len(done)} chains, drawn at random; more: caigen show {folder}", soft_wrap=True
        )
    shares = flawed(records, rounds)
    if shares:
        steps = []
        for number, after in enumerate(shares[1:], 1):
            steps.append(f"{after:.0%} after {number} round{'s' if number > 1 else ''}")
        screen.console.print(
            f"Flawed answers, by the checker that knows the truth: {shares[0]:.0%} as sampled, {', '.join(steps)}."
        )
    for file in FILES:
        line = one_line(f"  {folder / file}")
        if file.endswith(".jsonl"):
            rows = (folder / file).read_bytes().count(b"\n")
            line += f"  {rows} rows"
        screen.console.print(line, soft_wrap=True)
