"""`caigen bench judge`: comparisons a second of a judge that says one letter, and of one that writes reasons first."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from caigen.constitution.load import load
from caigen.demo.truth import comparisons
from caigen.engines.base import Sampling
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
from caigen.stages.resolve import adapt_to_demo_model
from caigen.stages.templates import Templates

REASON_TOKENS = (64, 128, 256)
WARM_UP = 8  # comparisons


async def judging(
    model: Model, count: int, folder: Path, *, reason_tokens: Sequence[int] = REASON_TOKENS
) -> dict[str, Any]:
    """Comparisons a second by the letter alone, and after reasons of each length in tokens.

    All are the same comparisons on the same engine, whose prefix cache is emptied before each; `slowdown` is over the
    letter alone. Journals go to `folder`.
    """
    records = [read_comparison(row) for row in comparisons(count)]
    reasons = []
    async with await open_pool(model, 1) as pool:
        # the first requests load what is loaded lazily
        await _seconds(pool, records[:WARM_UP], _with_reasons(reason_tokens[0]), folder / "warm")
        letter = await _seconds(pool, records, LabelSettings(compare="candidates"), folder / "letter")
        for tokens in reason_tokens:
            seconds = await _seconds(pool, records, _with_reasons(tokens), folder / str(tokens))
            row = {"tokens": tokens, "per_second": round(count / seconds, 2), "slowdown": round(seconds / letter, 2)}
            reasons.append(row)
    return {"comparisons": count, "letter_per_second": round(count / letter, 2), "reasons": reasons}


def _with_reasons(tokens: int) -> LabelSettings:
    """Settings under which every reasoning has exactly `tokens` tokens."""
    return LabelSettings(compare="candidates", cot=True, sampling=Sampling(max_tokens=tokens, ignore_eos=True))


async def _seconds(pool: Pool, records: Sequence[Record], settings: LabelSettings, journal_path: Path) -> float:
    """Seconds to label records as `caigen label` does, with its journal."""
    await pool.forget_prefixes()
    # a new journal, so that no answer comes from an earlier run
    journal = Journal(journal_path)
    judge = RememberingEngine(ConcurrencyLimiter(pool), journal)
    settings_by_domain = _settings_by_domain(records, demo=pool.model.startswith(f"{DEMO}@"))

    async def label_record(record: Record) -> Record:
        return await label(record, judge, settings_by_domain[record.meta["domain"]], settings)

    began = time.monotonic()
    async for record in run(records, label_record, at_work=at_work([pool])):
        if not record.comparisons:
            raise AssertionError(f"{record.id} was not compared")
    journal.close()
    return time.monotonic() - began


def _settings_by_domain(records: Sequence[Record], *, demo: bool) -> dict[str, PromptSettings]:
    """The constitution of each domain among the records, for the demo model or another."""
    templates = Templates.load()
    settings_by_domain = {}
    for name in sorted({record.meta["domain"] for record in records}):
        prompt_settings = PromptSettings(constitution=load(name), templates=templates)
        settings_by_domain[name] = adapt_to_demo_model(prompt_settings) if demo else prompt_settings
    return settings_by_domain
