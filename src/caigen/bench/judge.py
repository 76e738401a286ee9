"""Comparisons a second: a judge that says one letter for each order, beside one that writes its reasons first."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from caigen.constitution.load import load
from caigen.demo.truth import comparisons
from caigen.engines.base import Engine, Sampling
from caigen.engines.child import Model
from caigen.engines.journal import Journal
from caigen.engines.limit import ConcurrencyLimiter
from caigen.engines.open import DEMO
from caigen.engines.pool import Pool, open_pool
from caigen.engines.remembering import RememberingEngine
from caigen.io.comparisons import read_comparison
from caigen.records import Record
from caigen.runners.local import at_work, run
from caigen.stages.label import LabelSettings, label
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import for_demo
from caigen.stages.templates import Templates

REASONS = (64, 128, 256)  # tokens


async def judging(model: Model, count: int, folder: Path, *, reasons: Sequence[int] = REASONS) -> dict[str, Any]:
    """Both ways on the same comparisons and the same engine, its prefix cache emptied between them; with each of `reasons`
    every reasoning has so many tokens.
    """
    wanted = [read_comparison(row) for row in comparisons(count)]
    found = []
    async with await open_pool(model, 1) as pool:
        await _timed(pool, wanted[:8], _written(reasons[0]), folder / "warm")
        alone = await _timed(pool, wanted, LabelSettings(compare="candidates"), folder / "letter")
        for tokens in reasons:
            seconds = await _timed(pool, wanted, _written(tokens), folder / str(tokens))
            found.append(
                {"tokens": tokens, "per_second": round(count / seconds, 2), "speedup": round(seconds / alone, 2)}
            )
    return {"comparisons": count, "letter_per_second": round(count / alone, 2), "reasons": found}


def _written(tokens: int) -> LabelSettings:
    return LabelSettings(compare="candidates", cot=True, sampling=Sampling(max_tokens=tokens, ignore_eos=True))


async def _timed(pool: Pool, wanted: list[Record], settings: LabelSettings, journal: Path) -> float:
    """Seconds as `caigen label` works, with its journal."""
    await pool.forget_prefixes()
    kept = Journal(journal)
    judge: Engine = RememberingEngine(ConcurrencyLimiter(pool), kept)
    templates = Templates.load()
    settings_by_domain = {
        name: PromptSettings(constitution=load(name), templates=templates)
        for name in {r.meta["domain"] for r in wanted}
    }
    if pool.model.startswith(f"{DEMO}@"):
        settings_by_domain = {name: for_demo(prompt_settings) for name, prompt_settings in settings_by_domain.items()}

    async def way(record: Record) -> Record:
        return await label(record, judge, settings_by_domain[record.meta["domain"]], settings)

    began = time.monotonic()
    async for record in run(wanted, way, at_work=at_work([pool])):
        if not record.comparisons:
            raise AssertionError(f"{record.id} was not compared")
    kept.close()
    return time.monotonic() - began
