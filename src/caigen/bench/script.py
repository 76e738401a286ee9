"""What an engineer would write in an afternoon in place of `caigen run --endpoint`: the other arm of `bench script`.

The same prompts, principles, templates and schema, a number of prompts at once, and for each three awaits in a row:
answer, critique, revision. No retries, no journal, no seeds; one line of JSON for each prompt.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from caigen.engines.base import Sampling
from caigen.records import Candidate, Critique, Message, Record
from caigen.stages.requests import CRITIQUE_SCHEMA, PromptSettings

TIMEOUT_SECONDS = 600


@dataclass
class Script:
    """The script at one server, `in_flight` prompts at a time; counts requests by stage and the tokens generated."""

    url: str
    model: str
    prompt_settings: PromptSettings
    sampling: Sampling
    in_flight: int
    requests: Counter[str] = field(default_factory=Counter)
    tokens: int = 0

    async def run(self, records: Sequence[Record], output: Path) -> dict[str, Any]:
        """Write a row for each record to `output`; returns the number of rows, requests by stage, and tokens."""
        rows = 0
        # a prompt holds its place for all three requests
        limit = asyncio.Semaphore(self.in_flight)
        limits = httpx.Limits(max_connections=self.in_flight, max_keepalive_connections=self.in_flight)
        async with httpx.AsyncClient(base_url=self.url, limits=limits, timeout=TIMEOUT_SECONDS) as client:

            async def limited(record: Record) -> dict[str, Any] | None:
                async with limit:
                    return await self._row(client, record)

            with output.open("w", encoding="utf-8") as stream:
                for done in asyncio.as_completed([limited(record) for record in records]):
                    if row := await done:
                        stream.write(json.dumps(row, ensure_ascii=False) + "\n")
                        rows += 1
        return {"rows": rows, "requests": dict(self.requests), "tokens": self.tokens}

    async def _row(self, client: httpx.AsyncClient, record: Record) -> dict[str, Any] | None:
        """Answer, critique and revision of one prompt; None if the critique is not the JSON that was asked for."""
        settings, sampling = self.prompt_settings, self.sampling
        principle = settings.choose_principle(record.id, 0, Candidate(text=""))
        answer = await self._ask(client, "sample", record.prompt)
        request = settings.critique_request(record.prompt, answer, principle, sampling)
        schema = {"name": "critique", "schema": json.loads(CRITIQUE_SCHEMA), "strict": True}
        form = {"type": "json_schema", "json_schema": schema}
        # structured output as OpenAI's protocol asks for it
        text = await self._ask(client, "critique", request.messages, response_format=form)
        try:
            fields = json.loads(text)
            critique = Critique(**fields | {"quotes": tuple(fields["quotes"])})
        except (ValueError, KeyError, TypeError):
            return None
        row = {"id": record.id, "answer": answer, "critique": fields}
        if critique.verdict != "complies":
            request = settings.revision_request(record.prompt, answer, critique, principle, sampling=sampling)
            row["revision"] = await self._ask(client, "revise", request.messages)
        return row

    async def _ask(self, client: httpx.AsyncClient, stage: str, messages: Sequence[Message], **more: Any) -> str:
        """Send one request and return its text."""
        self.requests[stage] += 1
        body = {
            "model": self.model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "max_tokens": self.sampling.max_tokens,
            "temperature": self.sampling.temperature,
            **more,
        }
        response = await client.post("/v1/chat/completions", json=body)
        response.raise_for_status()
        completion = response.json()
        self.tokens += completion["usage"]["completion_tokens"]
        text: str = completion["choices"][0]["message"]["content"]
        return text
