"""Records and rows that the tests of exports share."""

from pathlib import Path
from typing import Any

from caigen.engines.open import DEMO_PATH
from caigen.exports.formats import FORMATS
from caigen.exports.pairs import PairSettings
from caigen.exports.row_sink import RowSink
from caigen.exports.shaping import Shaping
from caigen.exports.sinks import PairSink, PromptSink, SftSink, SpanSink
from caigen.exports.tokenizer import load_tokenizer
from caigen.records import Candidate, Critique, Message, Record, Revision, Round, Span
from caigen.stages.requests import PromptSettings


def records() -> list[Record]:
    """Three dialogues, one of them with a system message and earlier turns."""
    talk = (
        Message(role="system", content="Be kind."),
        Message(role="user", content="Hi"),
        Message(role="assistant", content="Hello"),
        Message(role="user", content="More?"),
    )
    prompts = [
        (Message(role="user", content="What works?"),),
        talk,
        (Message(role="user", content="What \u2028 next?"),),
    ]
    turn = Round(
        principle="GEN-001@1",
        critique=Critique(
            text="It promises.", verdict="violates", severity=2, spans=(Span(start=5, end=11, quote="always"),)
        ),
        revision=Revision(text="This often works."),
    )
    candidate = Candidate(text="This always works.", finish_reason="stop", rounds=(turn,))
    return [
        Record(id=f"r{n}", prompt=prompt, candidates=(candidate,), status="done") for n, prompt in enumerate(prompts)
    ]


def sink_of(kind: str, path: Path, prompt_settings: PromptSettings, shaping: Shaping) -> RowSink:
    if kind == "pairs":
        return PairSink(path, PairSettings(), shaping=shaping)
    if kind == "sft":
        return SftSink(path, "both", {"": prompt_settings}, shaping=shaping)
    if kind == "spans":
        return SpanSink(path, load_tokenizer(str(DEMO_PATH)), shaping=shaping)
    return PromptSink(path, shaping=shaping)


def written(kind: str, to: str, folder: Path, prompt_settings: PromptSettings, **shaping: Any) -> Path:
    path = folder / f"{kind}.{'parquet' if FORMATS[to].parquet else 'jsonl'}"
    with sink_of(kind, path, prompt_settings, Shaping(to, **shaping)) as sink:
        for record in records():
            sink.take(record)
    return path


def chain(*texts: str, id: str = "r") -> Record:
    """A record whose candidate was revised from text to text."""
    rounds = tuple(
        Round(
            principle=f"GEN-00{number}@1",
            critique=Critique(text="c", verdict="violates", severity=1),
            revision=Revision(text=text, finish_reason="stop"),
        )
        for number, text in enumerate(texts[1:], 1)
    )
    candidate = Candidate(text=texts[0], finish_reason="stop", rounds=rounds)
    return Record(id=id, prompt=records()[0].prompt, candidates=(candidate,), status="done")


TALK = [turn.model_dump() for turn in records()[1].prompt]


GOOD, BAD = ({"role": "assistant", "content": text} for text in ("This often works.", "This always works."))


USER, SYSTEM = {"role": "user", "content": "q"}, {"role": "system", "content": "s"}


GOOD_PAIR = {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]}
