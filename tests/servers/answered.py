"""Behaviours by what a server answers: errors in a 200, finish reasons, thoughts, usage, sizes, secrets."""

from tests.servers.behaviour import Behaviour

ANSWERED: dict[str, Behaviour] = {}
