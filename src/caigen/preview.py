"""asked: Record -> the requests that each stage would send for it. No model is asked."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.chat import Chat, check_template
from caigen.engines.scripted import ScriptedEngine
from caigen.exports.tokenizer import read_tokenizer
from caigen.records import Record
from caigen.stages.critique import critique
from caigen.stages.label import LabelSettings, label
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.stages.score import ScoreSettings, score

STAGES = ("sample", "critique", "revise", "label", "score")
ANSWER, REVISED = "[the model's answer stands here]", "[the model's revised answer stands here]"
# without quotes: they would have to stand in the row's own answer, or the critique is asked for again and not used
CRITIQUE = orjson.dumps(
    {"text": "[the critic's reasons stand here]", "quotes": [], "verdict": "violates", "severity": 1}
).decode()


@dataclass(frozen=True)
class Asked:
    """One request, and the stage that sends it."""

    stage: str
    request: Request


async def asked(record: Record, prompt_settings: PromptSettings, sampling: Sampling) -> list[Asked]:
    """What `sample`, `critique`, `revise` (one round), `label` and `score` ask for a record, in this order.

    The stages themselves make the requests; texts that only a model could give are placeholders.
    """
    found: list[Asked] = []
    answers = {"sample": ANSWER, "critique": CRITIQUE, "revise": REVISED}

    def script(request: Request) -> Completion:
        found.append(Asked(stage, request))
        words = {word: math.log(1 / len(request.choices)) for word in request.choices}
        text = answers["critique"] if request.schema else answers.get(stage, "")
        return Completion(text=text, finish_reason="stop", choices=words)

    engine = ScriptedEngine(script, model="placeholder")
    for stage in STAGES:
        if stage == "sample":
            record = await sample(
                record, engine, SampleSettings(sampling=sampling, plain=prompt_settings.style == "plain")
            )
        elif stage == "critique":
            record = await critique(record, engine, prompt_settings, sampling)
        elif stage == "revise":
            record = await revise(
                record, engine, engine, prompt_settings, ReviseSettings(sampling=sampling, always=True)
            )
        elif stage == "label":
            record = await label(record, engine, prompt_settings, LabelSettings(principles=1))
        else:
            record = await score(record, engine, prompt_settings, ScoreSettings())
    return found


def as_model_sees(model: str) -> Callable[[Request], str]:
    """What turns a request into the text that the model's own chat template makes of it, control tokens included.

    Raises CaigenError where the tokenizer cannot be read.
    """
    tokenizer = read_tokenizer(model)
    chat = Chat(tokenizer)
    check_template(tokenizer, model)

    def text(request: Request) -> str:
        ids = chat.encode_text(request.text) if request.text is not None else chat.encode_messages(request.messages).ids
        return str(tokenizer.decode(ids, skip_special_tokens=False))

    return text
