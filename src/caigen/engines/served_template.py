"""What a vLLM server tells of its chat template and tokenizer, by `/tokenize`."""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from caigen.engines.http_client import HttpClient
from caigen.engines.quirks import thinking_kwargs
from caigen.text import reasoning


@dataclass(frozen=True)
class TemplateThoughts:
    """The format of the thought that a server's chat template opens: by default, and with thinking switched off.

    `has_switch` says that the template renders differently with thinking switched off.
    """

    default: reasoning.Format | None = None
    off: reasoning.Format | None = None
    has_switch: bool = False


async def read_thoughts(client: HttpClient, model: str, template_kwargs: dict[str, Any]) -> TemplateThoughts:
    """What a server's template opens; nothing where the server does not tell."""
    default = await render_prompt(client, model, template_kwargs)
    off = await render_prompt(client, model, template_kwargs | thinking_kwargs(False))
    has_switch = default is not None and off is not None and default != off
    return TemplateThoughts(_open_thought(default), _open_thought(off), has_switch)


async def render_prompt(client: HttpClient, model: str, kwargs: dict[str, Any]) -> str | None:
    """The prompt that the server's template makes of a short message, with single spaces; None if unknown."""
    tokens = await _tokens(
        client,
        {
            "model": model,
            "messages": [{"role": "user", "content": "x"}],
            "return_token_strs": True,
            "chat_template_kwargs": kwargs,
        },
        "token_strs",
    )
    if tokens is None:
        return None  # an older server, or another kind
    # tokenizers write a space as ▁ or Ġ, and a line break as Ċ or <0x0A>
    prompt = "".join(map(str, tokens))
    return re.sub("[▁ĠĊ\\s]+", " ", prompt.replace("<0x0A>", " ")).strip()


async def is_control_token(client: HttpClient, model: str, name: str) -> bool | None:
    """Whether a name is one token for the server; None if it does not tell."""
    tokens = await _tokens(client, {"model": model, "prompt": name, "add_special_tokens": False}, "tokens")
    return None if tokens is None else len(tokens) == 1


async def _tokens(client: HttpClient, body: dict[str, Any], name: str) -> list[Any] | None:
    content = await client.probe("/tokenize", body)
    try:
        tokens = orjson.loads(content or b"")[name]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return tokens if isinstance(tokens, list) else None


def _open_thought(prompt: str | None) -> reasoning.Format | None:
    """The format of the thought that is open at the end of a prompt."""
    for format_ in reasoning.FORMATS:
        if prompt and prompt.endswith(format_.open.strip()):
            return format_
    return None
