"""Comparisons a second: a judge that says one letter for each order, beside one that writes its reasons first."""

import time
from pathlib import Path
from typing import Any

from caigen.constitution.model import load
from caigen.demo.truth import comparisons
from caigen.engines.base import Engine, Sampling
from caigen.engines.child import Model
from caigen.engines.gate import Gate
from caigen.engines.pool import Pool, open_pool
from caigen.journal import Journal, RememberingEngine
from caigen.records import Candidate, Message, Record
from caigen.runners.local import at_work, run
from caigen.stages.label import LabelSettings, label
from caigen.stages.prompts import Brief, Templates

REASONS = 96  # tokens


async def judging(model: Model, count: int, folder: Path, *, reasons: int = REASONS) -> dict[str, Any]:
    """Both ways on the same comparisons and the same engine, its prefix cache emptied between them; each reasoning has
    `reasons` tokens.
    """
    wanted = [_record(row) for row in comparisons(count)]
    written = Sampling(max_tokens=reasons, ignore_eos=True)
    ways = {
        "letter": LabelSettings(compare="candidates"),
        "reasons": LabelSettings(compare="candidates", cot=True, sampling=written),
    }
    async with await open_pool(model, 1) as pool:
        await _timed(pool, wanted[:8], ways["reasons"], folder / "warm")
        found = {name: await _timed(pool, wanted, settings, folder / name) for name, settings in ways.items()}
    rates = {name: round(count / seconds, 2) for name, seconds in found.items()}
    return {
        "comparisons": count,
        "reason_tokens": reasons,
        "letter_per_second": rates["letter"],
        "reasons_per_second": rates["reasons"],
        "speedup": round(found["reasons"] / found["letter"], 2),
    }


async def _timed(pool: Pool, wanted: list[Record], settings: LabelSettings, journal: Path) -> float:
    """Seconds as `caigen label` works, with its journal."""
    await pool.forget_prefixes()
    kept = Journal(journal)
    judge: Engine = RememberingEngine(Gate(pool), kept)
    templates = Templates.load()
    briefs = {name: Brief(constitution=load(name), templates=templates) for name in {r.meta["domain"] for r in wanted}}

    async def way(record: Record) -> Record:
        return await label(record, judge, briefs[record.meta["domain"]], settings)

    began = time.monotonic()
    async for record in run(wanted, way, at_work=at_work([pool])):
        if not record.comparisons:
            raise AssertionError(f"{record.id} was not compared")
    kept.close()
    return time.monotonic() - began


def _record(row: dict[str, Any]) -> Record:
    texts = (row["chosen"], row["rejected"])
    return Record(
        id=row["id"],
        prompt=(Message(role="user", content=row["prompt"]),),
        candidates=tuple(Candidate(text=text) for text in texts),
        meta={"domain": row["domain"]},
    )
