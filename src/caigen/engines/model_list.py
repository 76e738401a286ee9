"""The models that a server lists, in all forms that servers send: `JSON -> what it says of each`; which is asked."""

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

from caigen.errors import EngineError

NAME_FIELDS = ("id", "name", "model", "slug", "model_name")
LIST_FIELDS = ("data", "models", "result", "items")
MAX_TO_CHOOSE_FROM = 8  # of a longer list the first is no choice, but chance
MAX_NAMES = 8  # in a message
# Models that do not chat, by their names: match `text-embedding-3-small`, `bge-m3`, `whisper-1`, `qwen3-reranker`. No
# match: `ttsam-chat`, `llama-guard`.
_NO_CHAT = re.compile(
    r"(?<![a-z])(?:text-)?embed|rerank|(?<![a-z])(?:bge|e5|gte|minilm|clip|whisper|tts|dall-?e|sdxl|flux|moderation"
    r"|transcribe|stable-diffusion|nomic-embed|jina-(?:embeddings|clip)|image|sora|veo|imagen|lyria|aqa)(?![a-z])"
)
_CHATS = ("chat", "llm", "text", "generat", "completion", "language", "vlm", "model")


@dataclass(frozen=True)
class ModelList:
    """What a server says of its models, by name. `reason` says why there is no list, for a person; else it is empty."""

    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    reason: str = ""

    def described(self, name: str) -> dict[str, Any]:
        """What it says of a model, also of one that it lists as `models/NAME` or `NAME:latest`; empty if nothing."""
        for listed in (name, f"models/{name}", f"{name}:latest", name.removeprefix("models/")):
            if listed in self.models:
                return self.models[listed]
        return {}

    @property
    def chatting(self) -> list[str]:
        """The models that can chat, as far as names and types tell."""
        return [name for name, described in self.models.items() if _can_chat(name, described)]


def read_models(content: bytes) -> dict[str, dict[str, Any]] | None:
    """What a list says of each model, by name; None for what is no list of models."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    for _ in range(3):  # {"data": {"models": […]}}
        if isinstance(value, dict):
            value = next((value[name] for name in LIST_FIELDS if isinstance(value.get(name), list | dict)), None)
    if not isinstance(value, list):
        return None
    models: dict[str, dict[str, Any]] = {}
    for entry in value:
        if isinstance(entry, str):
            models[entry] = {"id": entry}
        elif isinstance(entry, dict):
            name = next((entry[key] for key in NAME_FIELDS if isinstance(entry.get(key), str) and entry[key]), None)
            if name:
                models[name] = dict(entry)
    return models if models or not value else None


def choose_model(listed: ModelList, shown: str) -> tuple[str, str]:
    """The model that is asked where none is named, and a line for the user where there was a choice.

    Raises EngineError if none is listed, or too many.
    """
    if listed.reason:
        raise EngineError(f"{shown}: {listed.reason}: name a model with --model")
    names = listed.chatting
    if not names:
        listing = f" that can chat (it lists {_some(list(listed.models))})" if listed.models else ""
        raise EngineError(f"{shown}: serves no model{listing}; name one with --model")
    if len(names) > MAX_TO_CHOOSE_FROM:
        raise EngineError(f"{shown}: serves {len(names)} models; name one with --model: {_some(names)}")
    if len(listed.models) == 1:
        return names[0], ""
    others = [name for name in listed.models if name != names[0]]
    return names[0], f"note: {shown}: no --model named, so this is {names[0]}; it also lists {_some(others)}"


def unlisted_note(listed: ModelList, name: str, shown: str) -> str:
    """A line for the user where a server does not list the model that is named, or lists none; else empty."""
    if listed.reason or not listed.models or listed.described(name):
        return ""
    return f"note: {shown}: does not list {name}; it lists {_some(list(listed.models))}"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def _can_chat(name: str, described: dict[str, Any]) -> bool:
    """Whether a model can chat, by its type where the server tells it, else by its name."""
    for key in ("type", "task", "model_type", "pipeline_tag", "kind"):
        kind = described.get(key)
        if isinstance(kind, str) and kind.lower() not in ("", "unknown"):
            return any(word in kind.lower() for word in _CHATS) and "embed" not in kind.lower()
    return not _NO_CHAT.search(name.lower())
