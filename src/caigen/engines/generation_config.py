"""What a model's own `generation_config` asks for, and caigen does not do: `sampling values -> a line for the user`."""

from typing import Any

# values that change nothing, by the names of `generation_config.json`
NEUTRAL_VALUES = {
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 0,
    "min_p": 0.0,
    "typical_p": 1.0,
    "repetition_penalty": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
}


def not_applied(name: str, own: dict[str, Any]) -> str:
    """A line that names the values of a model's generation_config that are not applied; empty if there are none.

    `{"top_k": 20, "temperature": 0.6, "top_p": 1.0}` names `temperature 0.6, top_k 20`.
    """
    values = []
    for field, neutral in NEUTRAL_VALUES.items():
        value = own.get(field, neutral)
        if value not in (neutral, None) and not (field == "top_k" and value == -1):
            values.append(f"{field} {value}")
    if not values:
        return ""
    asked = ", ".join(values)
    return f"note: the generation_config of {name} has {asked}; not applied: --temperature and --top-p alone hold"
