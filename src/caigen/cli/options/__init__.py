"""The options of the commands, each written once: groups as frozen dataclasses whose fields carry the flags.

`groups.grouped` gives a command the flags of its groups. Nothing here loads the library, so that `--help` stays quick.
"""

from caigen.cli.options.files import (
    ComparisonInput,
    ConfigOptions,
    ExportOptions,
    Folder,
    FolderOptions,
    InputOptions,
    JournaledOutput,
    Output,
    OutputOptions,
    Overwrite,
    RecordInput,
    RecordOutput,
    ToOption,
)
from caigen.cli.options.judging import ComparisonOptions, JudgeOptions, ScoreOptions, ServerOptions
from caigen.cli.options.models import (
    AnswerOptions,
    ClusterOptions,
    CriticOptions,
    Endpoint,
    EngineArg,
    GenerationOptions,
    Model,
    ModelOptions,
    SamplingOptions,
    Seed,
    SeededThinkOptions,
    ThinkOptions,
)
from caigen.cli.options.principles import (
    ConstitutionOptions,
    CritiqueOptions,
    PrincipleOptions,
    RevisionOptions,
    ServedPrinciples,
    StyleOption,
)
from caigen.cli.options.rows import PairOptions, SftOptions

__all__ = [
    "AnswerOptions",
    "ClusterOptions",
    "ComparisonInput",
    "ComparisonOptions",
    "ConfigOptions",
    "ConstitutionOptions",
    "CriticOptions",
    "CritiqueOptions",
    "Endpoint",
    "EngineArg",
    "ExportOptions",
    "Folder",
    "FolderOptions",
    "GenerationOptions",
    "InputOptions",
    "JournaledOutput",
    "JudgeOptions",
    "Model",
    "ModelOptions",
    "Output",
    "OutputOptions",
    "Overwrite",
    "PairOptions",
    "PrincipleOptions",
    "RecordInput",
    "RecordOutput",
    "RevisionOptions",
    "SamplingOptions",
    "ScoreOptions",
    "Seed",
    "SeededThinkOptions",
    "ServedPrinciples",
    "ServerOptions",
    "SftOptions",
    "StyleOption",
    "ThinkOptions",
    "ToOption",
]
