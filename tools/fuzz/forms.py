"""Real forms of everything that is read, by the door that reads them: what the mutations begin with."""

import json
from pathlib import Path
from typing import Any

from tools.fuzz.doors import kept_journal, packed

REPOSITORY = Path(__file__).parents[2]
HH = "\n\nHuman: Is it safe?\n\nAssistant: It always is."
TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Is it safe?"},
    {"role": "assistant", "content": "It always is."},
]
RECORD = {
    "schema": "caigen.record/1",
    "id": "a",
    "prompt": TURNS[:2],
    "candidates": [
        {
            "text": "It always is.",
            "rounds": [
                {
                    "principle": "GEN-001",
                    "critique": {
                        "text": "It promises.",
                        "verdict": "violates",
                        "severity": 2,
                        "spans": [{"start": 3, "end": 9, "quote": "always"}],
                        "quotes": ["always"],
                        "tokens": {"prompt": 10, "completion": 3},
                    },
                    "revision": {"text": "It often is.", "tokens": {"prompt": 20, "completion": 4}},
                }
            ],
        }
    ],
    "status": "done",
    "meta": {"source": "x", "number": 3},
}
ROWS: list[Any] = [
    {"prompt": "Is it safe?", "id": "a", "source": "x"},
    {"prompt": TURNS[:2], "response": "It always is.", "system": "Be brief."},
    {"prompt": [TURNS[1]], "completion": [TURNS[2]]},
    {"messages": TURNS},
    {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Is it"}, {"type": "text", "text": " safe?"}]}
        ]
    },
    {"chosen": HH, "rejected": HH.replace("always", "never")},
    {"chosen": TURNS, "rejected": [*TURNS[:2], {"role": "assistant", "content": "No."}]},
    {"prompt": "Is it safe?", "chosen": "It is.", "rejected": "No."},
    {"prompt": "Is it safe?", "chosen": [TURNS[2]], "rejected": [TURNS[2]], "principle": "GEN-001"},
    {"custom_id": "r1", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m", "messages": TURNS[:2]}},
    {"conversations": [{"from": "human", "value": "Is it safe?"}, {"from": "gpt", "value": "It is."}]},
    {"instruction": "Say it.", "input": "safe", "output": "It is safe."},
    {"question": "Is it safe?", "answer": "It is."},
    {"prompt": "Is it safe?", "responses": ["It is.", "No."], "scores": [1, 2]},
    {
        "prompt": "Is it?",
        "response_0": "Yes.",
        "response_1": "No.",
        "is_response_0_safe": True,
        "better_response_id": 0,
    },
    {"input": "Is it safe?", "target_scores": {"It is.": 1, "No.": 0}},
    {"input": "Is it safe?", "targets": {"choices": ["It is.", "No."], "labels": [1, 0]}},
    {"prompt": "Think.", "response": "<think>well</think>It is."},
    {"instruction": "Say it.", "completions": [{"model": "m", "response": "It is.", "overall_score": 7.5}]},
    RECORD,
]
ANSWERS: list[Any] = [
    {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "A"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 2}},
    },
    {
        "choices": [
            {
                "index": 0,
                "message": {"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "A"}]},
                "finish_reason": "stop",
                "logprobs": {
                    "content": [
                        {
                            "token": "A",
                            "logprob": -0.1,
                            "top_logprobs": [{"token": "A", "logprob": -0.1}, {"token": "B", "logprob": -2.5}],
                        }
                    ]
                },
            }
        ]
    },
    {"choices": [{"message": {"content": None, "refusal": "No.", "reasoning_content": "hm"}, "finish_reason": None}]},
    {"choices": [{"text": "It is.", "finish_reason": "length", "logprobs": {"tokens": ["A"], "token_logprobs": [-1]}}]},
    {"error": {"message": "quota", "type": "insufficient_quota", "code": 429}},
]
BODIES: list[Any] = [
    {"prompt": "Is it safe?", "response": "It is."},
    {"items": [{"prompt": TURNS[:2], "response": "It is.", "id": 3}]},
    {"query": ["Is it safe? It is."], "prompts": ["Is it safe?"], "labels": ["a"]},
    {"prompt": "Is it safe?", "a": "It is.", "b": "No.", "principle": "GEN-001"},
]
TRAINING_ROWS: list[Any] = [
    {"prompt": TURNS[:2], "chosen": [TURNS[2]], "rejected": [TURNS[2]], "margin": 0.5},
    {"messages": TURNS},
    {"prompt": "Is it?", "completion": " It is."},
    {"conversations": [{"from": "human", "value": "Is it?"}], "chosen": {"from": "gpt", "value": "a"}, "rejected": {}},
    {"data_source": "caigen", "prompt": TURNS[:2], "reward_model": {"ground_truth": "a"}, "extra_info": {}},
]
CONSTITUTION = """schema: caigen.constitution/1
id: mine
title: &name "Mine"
version: "1.0.0"
principles:
  - id: GEN-001
    rev: 1
    title: *name
    text: >
      The answer promises nothing.
    critique:
      request: Say where it promises.
    revision:
      request: Rewrite it without.
    severity: high
    weight: 1.5
"""
IMPORTED: list[Any] = [
    {"harmful0": {"prompt": ["CritiqueRequest: Say where.\n\nCritique:"], "edit_request": "RevisionRequest: Rewrite."}},
    {"constitutions": [{"critic": "Say where.", "revision": "Rewrite."}]},
    ["Please choose the better one. Options: (A) {a} (B) {b}"],
]
RUN_FILE = (
    'input: "p.jsonl"\nmodel: "demo"\nrounds: 2\ntemperature: 0.7\nprinciple: ["GEN-001"]\ntake: none\noutput: "o"\n'
)
EXAMPLE = {
    "prompt": "Is it safe?",
    "answer": "Always.",
    "critique_request": "Say where.",
    "critique": "It promises.",
    "revision_request": "Rewrite.",
    "revision": "Often.",
    "verdict": "violates",
    "severity": 1,
    "quotes": ["Always"],
}
CALIBRATION = {
    "schema": "caigen.calibration/1",
    "judge": {"key": "0123456789abcdef", "model": "m"},
    "constitutions": ["general"],
    "figures": {"decided": 10, "comparisons": 12, "accuracy": 0.8, "accuracy_interval": [0.5, 0.95], "principles": {}},
}
CARD = """---
license: mit
tags:
  - caigen
configs:
  - config_name: a
    data_files: "a.jsonl"
---

<!-- caigen-card [{"file": "a.jsonl", "kind": "sft", "to": "trl", "rows": 3, "reasons": {"empty": 1},
"constitutions": ["general@1.0.0"], "models": ["m@1"]}] -->
"""
TEXTS = [
    "It promises “always” and **never** asks.\n\nIt promises always, and never asks. 猫はいつも安全です。",
    '```json\n{"text": "It promises.", "quotes": ["always"], "verdict": "violates", "severity": 2}\n```\n\nIt is.',
    "<think>hm</think>Here is the revised answer:\n**It often is.**\n\nIt always is.",
    "a b a b a b a b\n\na b b a b b a b b",
]


def forms(folder: Path) -> dict[str, list[bytes]]:
    """The forms of each door; `folder` is for a journal that is made there."""
    lines = [json.dumps(row).encode() for row in ROWS]
    rows = [*lines, b"\n".join(lines), json.dumps(ROWS[:3]).encode()]
    shipped = [path.read_bytes() for path in sorted((REPOSITORY / "constitutions").glob("*.yaml"))]
    return {
        "rows": rows,
        "sides": rows,
        "comparisons": rows,
        "gzip": [packed(rows[0]), packed(b"\n".join(lines)), packed(b"\n" * 10_000)],
        "text": [b"Is it safe?\nSay it.\n", b"\xef\xbb\xbfIs it safe?\r\n"],
        "constitution": [CONSTITUTION.encode()] * 4 + [min(shipped, key=len)],
        "constitution_json": [json.dumps(value).encode() for value in IMPORTED],
        "config": [RUN_FILE.encode()],
        "few_shot": [json.dumps([EXAMPLE]).encode()],
        "calibration": [json.dumps(CALIBRATION).encode()],
        "answer": [json.dumps(value).encode() for value in ANSWERS],
        "body": [json.dumps(value).encode() for value in BODIES],
        "card": [CARD.encode()],
        "training_rows": [json.dumps(value).encode() for value in TRAINING_ROWS],
        "texts": [text.encode() for text in TEXTS],
        "journal": [kept_journal(folder)],
    }
