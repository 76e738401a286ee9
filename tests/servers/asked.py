"""Behaviours by what a server is asked: parameters it refuses, model lists, addresses, deadlines."""

from tests.servers.behaviour import Behaviour
from tests.servers.stand_in import Call, Reply, error, sound


def refuses_seed(call: Call) -> Reply:
    """Mistral's way to say that a field is unknown."""
    if "seed" in call.body:
        return error({"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs"}]}, 422)
    return sound(call)


ASKED: dict[str, Behaviour] = {
    "sound": Behaviour(most=9),
    "seed_forbidden": Behaviour(refuses_seed),
}
