"""Roles: in which part a model is asked. This is the one list of them.

The policy answers prompts, the critic criticises the answers, the reviser rewrites them, and the judge compares or
scores texts. A new role is one more name here, a field of that name in `EngineOptions`, and a stage that asks it.
"""

from typing import Literal, get_args

EngineRole = Literal["policy", "critic", "reviser", "judge"]
ROLES: tuple[EngineRole, ...] = get_args(EngineRole)
