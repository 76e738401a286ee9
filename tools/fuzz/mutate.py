"""mutate: bytes of a real form, a random generator -> bytes that are like it and wrong somewhere"""

import json
import random
from collections.abc import Callable
from typing import Any

ODD_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 1e308, -1e-300, 2**63, 2**64, -(2**70), 10**400),
    *(float("nan"), float("inf"), float("-inf")),
    *(
        "",
        " ",
        "\n",
        "\x00",
        "\ud800",
        "a\udfff",
        "\u202e",
        "\x1b[31m",
        "\x9b2J",
        "\u2028",
        "é",
        "e\u0301",
        "\U0001f469\u200d\U0001f469",
    ),
    *(
        "<think>",
        "</think>",
        "[/THINK]",
        "<|im_end|>",
        "```",
        "caigen.record/1",
        "caigen.record/99",
        "Human:",
        "\n\nHuman: a\n\nAssistant: b",
    ),
    *(
        [],
        {},
        [[]],
        [{}],
        [None],
        {"": 0},
        {"role": "user", "content": "x"},
        [{"role": "tool", "content": None}],
        [1, "a", None],
    ),
    *({"type": "text", "text": "x"}, {"a": {"b": {"c": []}}}, "a" * 3000, "a b " * 700, ["x"] * 300),
]
TOKENS = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b",",
        b":",
        b"\n",
        b"\r\n",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\\u0000",
        b"\\ud800",
    ),
    *(
        b"&a ",
        b"*a",
        b"<<: *a",
        b"!!omap ",
        b"!!set ",
        b"!!python/name:os ",
        b"!!binary ",
        b"!!float x",
        b"? ",
        b"- ",
        b"---\n",
        b"...\n",
        b"%YAML 1.1\n",
    ),
    *(
        b"null",
        b"NaN",
        b"1e999",
        b"-0",
        b"0x_",
        b"2020-99-99",
        b"|\n",
        b">\n",
        b"#",
        b"'",
        b"\t",
        b"\x1b[2J",
        b"\xc2\x9b",
        b"\xe2\x80\xae",
    ),
    *(b"<!-- caigen-card ", b" -->", b"</think>", b"<think>", b"\x1f\x8b", b"<|im_end|>", b"caigen.record/1"),
]
MAX_BYTES = 200_000


def mutate(seed: bytes, draw: random.Random) -> bytes:
    """Change a form in one to four places, as values of its JSON where it is JSON, or as bytes."""
    data = seed
    for _ in range(draw.randint(1, 4)):
        change = draw.choice(_CHANGES)
        data = change(data, draw)[:MAX_BYTES]
    return data


def _json_value(data: bytes, draw: random.Random) -> bytes:
    """Replace, remove, repeat or wrap one value of the JSON in a line."""
    lines = data.split(b"\n")
    index = draw.randrange(len(lines))
    try:
        value = json.loads(lines[index] if len(lines) > 2 else data)
        written = json.dumps(_changed(value, draw)).encode()
    except (ValueError, RecursionError):
        return _token(data, draw)
    if len(lines) <= 2:
        return written
    lines[index] = written
    return b"\n".join(lines)


def _changed(value: Any, draw: random.Random) -> Any:
    """The value with one part changed, found by a walk downwards."""
    if isinstance(value, dict) and value and draw.random() < 0.85:
        key = draw.choice(list(value))
        content = dict(value)
        action = draw.random()
        if action < 0.12:
            del content[key]
        elif action < 0.2:
            content[str(draw.choice(ODD_VALUES))[:40]] = content.pop(key)
        elif action < 0.25:
            content[key] = value
        else:
            content[key] = _changed(content[key], draw)
        return content
    if isinstance(value, list) and value and draw.random() < 0.85:
        items = list(value)
        index = draw.randrange(len(items))
        action = draw.random()
        if action < 0.12:
            del items[index]
        elif action < 0.24:
            items += [items[index]] * draw.choice((1, 2, 50))
        else:
            items[index] = _changed(items[index], draw)
        return items
    action = draw.random()
    if action < 0.05:
        return _nested(value, draw.choice((2, 30, 101, 260, 900)), draw)
    if action < 0.2 and isinstance(value, str):
        return value + str(draw.choice(ODD_VALUES))[:3000]
    return draw.choice(ODD_VALUES)


def _nested(value: Any, levels: int, draw: random.Random) -> Any:
    for _ in range(levels):
        value = [value] if draw.random() < 0.5 else {"a": value}
    return value


def _bytes(data: bytes, draw: random.Random) -> bytes:
    """Change some single bytes."""
    content = bytearray(data)
    for _ in range(draw.choice((1, 1, 3, 20))):
        if content:
            content[draw.randrange(len(content))] = draw.randrange(256)
    return bytes(content)


def _token(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] + draw.choice(TOKENS) * draw.choice((1, 1, 1, 2, 120, 3000)) + data[at:]


def _cut(data: bytes, draw: random.Random) -> bytes:
    start, end = sorted((draw.randrange(len(data) + 1), draw.randrange(len(data) + 1)))
    return draw.choice((data[:start], data[end:], data[:start] + data[end:], data[start:end]))


def _repeat(data: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    piece = data[start : start + draw.choice((1, 5, 40, 400))]
    return data[:start] + piece * draw.choice((2, 3, 50, 500)) + data[start:]


_CHANGES: list[Callable[[bytes, random.Random], bytes]] = [*[_json_value] * 6, _bytes, _token, _token, _cut, _repeat]
