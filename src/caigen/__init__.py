"""caigen: critique-and-revise data generation in the manner of Constitutional AI.

The names below are the public API (docs/library.md); everything else may move. Each is loaded when it is first used, so
that `import caigen` and the command line start at once. A new name is added in three places: the imports for type
checkers and editors, `__all__`, and `_HOMES`; tests/test_exported_members.py holds them together.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from caigen.constitution.format import Constitution, Principle
    from caigen.constitution.load import load as load_constitution
    from caigen.engines.base import Completion, Engine, Request, Sampling
    from caigen.engines.endpoint import open_endpoint
    from caigen.engines.journal import Journal
    from caigen.engines.open import EngineOptions, open_engines
    from caigen.engines.scripted import ScriptedEngine
    from caigen.errors import CaigenError, ConstitutionError, EngineError, InputError, RequestError
    from caigen.exports.pairs import Pair, PairSettings, pairs
    from caigen.library import arun, open_engine, read_records, run, write_records
    from caigen.records import (
        Candidate,
        Comparison,
        Critique,
        Message,
        Provenance,
        Record,
        Revision,
        Round,
        Score,
        Span,
    )
    from caigen.rewards import ConstitutionReward
    from caigen.stages.critique import critique
    from caigen.stages.label import LabelSettings, label
    from caigen.stages.requests import PromptSettings
    from caigen.stages.revise import ReviseSettings, revise
    from caigen.stages.sample import SampleSettings, sample
    from caigen.stages.score import ScoreSettings, score
    from caigen.stages.templates import Templates

__all__ = [
    "CaigenError",
    "Candidate",
    "Comparison",
    "Completion",
    "Constitution",
    "ConstitutionError",
    "ConstitutionReward",
    "Critique",
    "Engine",
    "EngineError",
    "EngineOptions",
    "InputError",
    "Journal",
    "LabelSettings",
    "Message",
    "Pair",
    "PairSettings",
    "Principle",
    "PromptSettings",
    "Provenance",
    "Record",
    "Request",
    "RequestError",
    "ReviseSettings",
    "Revision",
    "Round",
    "SampleSettings",
    "Sampling",
    "Score",
    "ScoreSettings",
    "ScriptedEngine",
    "Span",
    "Templates",
    "__version__",
    "arun",
    "critique",
    "label",
    "load_constitution",
    "open_endpoint",
    "open_engine",
    "open_engines",
    "pairs",
    "read_records",
    "revise",
    "run",
    "sample",
    "score",
    "write_records",
]

# public name -> its module, and its name there where that is another
_HOMES = {
    "CaigenError": "caigen.errors",
    "Candidate": "caigen.records",
    "Comparison": "caigen.records",
    "Completion": "caigen.engines.base",
    "Constitution": "caigen.constitution.format",
    "ConstitutionError": "caigen.errors",
    "ConstitutionReward": "caigen.rewards",
    "Critique": "caigen.records",
    "Engine": "caigen.engines.base",
    "EngineError": "caigen.errors",
    "EngineOptions": "caigen.engines.open",
    "InputError": "caigen.errors",
    "Journal": "caigen.engines.journal",
    "LabelSettings": "caigen.stages.label",
    "Message": "caigen.records",
    "Pair": "caigen.exports.pairs",
    "PairSettings": "caigen.exports.pairs",
    "Principle": "caigen.constitution.format",
    "PromptSettings": "caigen.stages.requests",
    "Provenance": "caigen.records",
    "Record": "caigen.records",
    "Request": "caigen.engines.base",
    "RequestError": "caigen.errors",
    "ReviseSettings": "caigen.stages.revise",
    "Revision": "caigen.records",
    "Round": "caigen.records",
    "SampleSettings": "caigen.stages.sample",
    "Sampling": "caigen.engines.base",
    "Score": "caigen.records",
    "ScoreSettings": "caigen.stages.score",
    "ScriptedEngine": "caigen.engines.scripted",
    "Span": "caigen.records",
    "Templates": "caigen.stages.templates",
    "arun": "caigen.library",
    "critique": "caigen.stages.critique",
    "label": "caigen.stages.label",
    "load_constitution": "caigen.constitution.load:load",
    "open_endpoint": "caigen.engines.endpoint",
    "open_engine": "caigen.library",
    "open_engines": "caigen.engines.open",
    "pairs": "caigen.exports.pairs",
    "read_records": "caigen.library",
    "revise": "caigen.stages.revise",
    "run": "caigen.library",
    "sample": "caigen.stages.sample",
    "score": "caigen.stages.score",
    "write_records": "caigen.library",
}


def __getattr__(name: str) -> Any:
    """Load a public name at its first use.

    Raises AttributeError for any other name.
    """
    if name not in _HOMES:
        raise AttributeError(f"module 'caigen' has no attribute {name!r}")
    module, _, own_name = _HOMES[name].partition(":")
    value = getattr(import_module(module), own_name or name)
    globals()[name] = value  # the next use finds it here
    return value


def __dir__() -> list[str]:
    return __all__
