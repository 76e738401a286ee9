"""What an engineer would write in an afternoon in place of `caigen run --endpoint`: the other arm of `bench --script`.

The same prompts, principles, templates and schema, so many prompts at once, and for each three awaits in a row: answer,
critique, revision. No retries, no journal, no seeds; one line of JSON for each prompt.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from caigen.engines.base import Sampling
from caigen.records import Candidate, Critique, Message, Record
from caigen.stages.requests import CRITIQUE_SCHEMA, PromptSettings


async def chains(
    url: str,
    model: str,
    records: Sequence[Record],
    prompt_settings: PromptSettings,
    sampling: Sampling,
    places: int,
    output: Path,
) -> dict[str, Any]:
    """Rows written to `output`, requests by stage, and tokens that the server generated."""
    requests: Counter[str] = Counter()
    tokens = rows = 0
    room = asyncio.Semaphore(places)
    form = {"name": "critique", "schema": json.loads(CRITIQUE_SCHEMA), "strict": True}
    limits = httpx.Limits(max_connections=places, max_keepalive_connections=places)

    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=600) as client:

        async def ask(stage: str, messages: Sequence[Message], **more: Any) -> str:
            nonlocal tokens
            requests[stage] += 1
            body = {
                "model": model,
                "messages": [{"role": turn.role, "content": turn.content} for turn in messages],
                "max_tokens": sampling.max_tokens,
                "temperature": sampling.temperature,
                **more,
            }
            response = await client.post("/v1/chat/completions", json=body)
            response.raise_for_status()
            answer = response.json()
            tokens += answer["usage"]["completion_tokens"]
            text: str = answer["choices"][0]["message"]["content"]
            return text

        async def one(record: Record) -> dict[str, Any] | None:
            principle = prompt_settings.choose_principle(record.id, 0, Candidate(text=""))
            async with room:
                answer = await ask("sample", record.prompt)
                wanted = prompt_settings.critique_request(record.prompt, answer, principle, sampling)
                said = await ask(
                    "critique", wanted.messages, response_format={"type": "json_schema", "json_schema": form}
                )
                try:
                    found = json.loads(said)
                    critique = Critique(**found | {"quotes": tuple(found["quotes"])})
                except (ValueError, KeyError, TypeError):
                    return None  # not the JSON asked for
                row = {"id": record.id, "answer": answer, "critique": found}
                if critique.verdict != "complies":
                    wanted = prompt_settings.revision_request(
                        record.prompt, answer, critique, principle, sampling=sampling
                    )
                    row["revision"] = await ask("revise", wanted.messages)
                return row

        with output.open("w", encoding="utf-8") as stream:
            for done in asyncio.as_completed([one(record) for record in records]):
                if row := await done:
                    stream.write(json.dumps(row, ensure_ascii=False) + "\n")
                    rows += 1
    return {"rows": rows, "requests": dict(requests), "tokens": tokens}
