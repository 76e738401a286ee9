"""stage_requests: Record -> the requests that each stage would send for it. No model is asked."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.chat import Chat, check_template
from caigen.engines.roles import ROLES, EngineRole
from caigen.engines.scripted import ScriptedEngine
from caigen.exports.tokenizer import read_tokenizer
from caigen.records import Record
from caigen.stages import registry
from caigen.stages.label import LabelSettings
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings
from caigen.stages.sample import SampleSettings

STAGES = tuple(stage.name for stage in registry.STAGES)
ANSWER, REVISED = "[the model's answer stands here]", "[the model's revised answer stands here]"
# without quotes: they would have to stand in the row's own answer, or the critique is asked for again and not used
CRITIQUE = orjson.dumps(
    {"text": "[the critic's reasons stand here]", "quotes": [], "verdict": "violates", "severity": 1}
).decode()
PLACEHOLDERS: dict[EngineRole, str] = {"policy": ANSWER, "critic": CRITIQUE, "reviser": REVISED}


@dataclass(frozen=True)
class StageRequest:
    """One request, and the stage that sends it."""

    stage: str
    request: Request


async def stage_requests(record: Record, prompt_settings: PromptSettings, sampling: Sampling) -> list[StageRequest]:
    """What each stage asks for a record, in the order of the registry; `revise` for one round.

    The stages themselves make the requests; texts that only a model could give are placeholders.
    """
    requests: list[StageRequest] = []
    name = ""  # of the stage at work

    def engine(role: EngineRole) -> ScriptedEngine:
        def script(request: Request) -> Completion:
            requests.append(StageRequest(name, request))
            words = {word: math.log(1 / len(request.choices)) for word in request.choices}
            return Completion(text=PLACEHOLDERS.get(role, ""), finish_reason="stop", choices=words)

        return ScriptedEngine(script, model="placeholder")

    engines = {role: engine(role) for role in ROLES}
    shown: dict[str, object] = {
        "sample": SampleSettings(sampling=sampling, plain=prompt_settings.style == "plain"),
        "critique": sampling,
        "revise": ReviseSettings(sampling=sampling, always=True),
        "label": LabelSettings(principles=1),
    }
    for entry in registry.STAGES:
        name = entry.name
        record = await entry.ask(record, engines, prompt_settings, shown.get(name, entry.settings))
    return requests


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
